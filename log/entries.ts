import { CallboardError } from '#kernel/errors'
import type { Entry, TopicSpec } from './port.ts'

export const DEFAULT_MAX_RECORD_BYTES = 8 * 1024 * 1024
/** Longest key in UTF-8 bytes. LMDB takes 1,978 with our prefix; every implementation keeps to it, so none surprises later. */
const MAX_KEY_BYTES = 1900

/** Topics that `append` alone writes: `commit` refuses them, so that they may live apart from what lanes write. */
export function isAppendOnly(spec: TopicSpec): boolean {
  return spec.cleanup === 'delete' && spec.name.startsWith('connect.')
}

export function topicMap(topics: readonly TopicSpec[]): ReadonlyMap<string, TopicSpec> {
  return new Map(topics.map((spec) => [spec.name, spec]))
}

export function specOf(topics: ReadonlyMap<string, TopicSpec>, topic: string): TopicSpec {
  const spec = topics.get(topic)
  if (!spec) throw new CallboardError('INTERNAL', `The log has no topic "${topic}".`)
  return spec
}

export function checkPartition(partition: number, partitionCount: number): void {
  if (!Number.isInteger(partition) || partition < 0 || partition >= partitionCount)
    throw new CallboardError('INTERNAL', `The log has partitions 0 to ${partitionCount - 1}, not ${partition}.`)
}

/** Names a lane's position; a zero byte is in no name. */
export function positionKey(lane: string, topic: string, partition: number): string {
  return `${lane}\0${topic}\0${partition}`
}

/** An entry with its text parts as bytes, ready to be written. `bytes` counts key, headers and value. */
export interface EncodedEntry {
  readonly key: string
  readonly keyBytes: Uint8Array
  readonly headerBytes: Uint8Array
  readonly value: Uint8Array | null
  readonly bytes: number
}

const noHeaders = Buffer.from('[]')

/** Throws LOG_RECORD_TOO_LARGE, or INTERNAL for a null value on a topic that keeps no state. */
export function encodeEntry(spec: TopicSpec, entry: Entry, maxRecordBytes: number): EncodedEntry {
  if (entry.value === null && spec.cleanup !== 'compact')
    throw new CallboardError('INTERNAL', `Topic "${spec.name}" takes no null values: its records leave by age.`)
  const keyBytes = Buffer.from(entry.key)
  const headerBytes = encodeHeaders(entry.headers)
  const bytes = keyBytes.length + headerBytes.length + (entry.value?.length ?? 0)
  if (bytes > maxRecordBytes || keyBytes.length > MAX_KEY_BYTES)
    throw new CallboardError(
      'LOG_RECORD_TOO_LARGE',
      `A record for "${spec.name}" has ${bytes} bytes (limit ${maxRecordBytes}) and a key of ${keyBytes.length} (limit ${MAX_KEY_BYTES}).`,
      { details: { topic: spec.name, bytes, maxRecordBytes, keyBytes: keyBytes.length, maxKeyBytes: MAX_KEY_BYTES } },
    )
  return { key: entry.key, keyBytes, headerBytes, value: entry.value, bytes }
}

/** Names and values in turn, as a JSON list: half the work of an object, and as short. */
function encodeHeaders(headers: Readonly<Record<string, string>>): Uint8Array {
  const flat: string[] = []
  for (const name of Object.keys(headers)) flat.push(name, headers[name] ?? '')
  return flat.length === 0 ? noHeaders : Buffer.from(JSON.stringify(flat))
}

export function decodeHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {}
  if (text === '[]') return headers
  const flat = JSON.parse(text) as string[]
  for (let i = 0; i + 1 < flat.length; i += 2) headers[flat[i]!] = flat[i + 1]!
  return headers
}
