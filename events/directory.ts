import { isJsonObject, parseJson } from '#kernel/json'

/** Names of what events refer to by id, as Amazon Connect's API lists them. Written by ingest to `callboard.directory`. */
const directoryKinds = ['queue', 'agent'] as const
export type DirectoryKind = (typeof directoryKinds)[number]

export interface DirectoryEntry {
  kind: DirectoryKind
  instanceId: string
  id: string
  arn: string
  /** Of an agent: first and last name, else the user name. */
  name: string
}

export function directoryKey({ kind, instanceId, id }: Pick<DirectoryEntry, 'kind' | 'instanceId' | 'id'>): string {
  return `${directoryPrefix(kind, instanceId)}${id}`
}

export function directoryPrefix(kind: DirectoryKind, instanceId: string): string {
  return `${kind}/${instanceId}/`
}

/** What a record of the topic says, or of what it takes the name away; undefined when it is none of ours. */
export function fromDirectoryRecord({
  key,
  value,
}: {
  key: string
  value: Uint8Array | null
}): DirectoryEntry | Pick<DirectoryEntry, 'kind' | 'id'> | undefined {
  const [kind, , id] = key.split('/', 3)
  if (id === undefined || !isKind(kind)) return undefined
  if (value === null) return { kind, id }
  const parsed = parseJson(new TextDecoder().decode(value))
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined
  const { name, arn, instanceId } = parsed.value
  return typeof name === 'string' && typeof arn === 'string' && typeof instanceId === 'string'
    ? { kind, id, name, arn, instanceId }
    : undefined
}

function isKind(kind: string | undefined): kind is DirectoryKind {
  return directoryKinds.some((known) => known === kind)
}
