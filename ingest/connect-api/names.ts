import { ListQueuesCommand, ListUsersCommand, SearchUsersCommand } from '@aws-sdk/client-connect'
import { directoryKey, directoryPrefix, type DirectoryEntry, type DirectoryKind } from '#events/directory'
import { topics } from '#events/topics'
import type { Clock } from '#kernel/clock'
import { partitionOf } from '#kernel/partition'
import type { Telemetry } from '#kernel/telemetry'
import type { Entry, EventLog } from '#log/port'
import { awsFaultOf } from '../aws/faults.ts'
import type { Source } from '../source.ts'
import type { Abortable, ConnectApi } from './api.ts'
import type { Operation } from './budget.ts'
import { createLoopSource, type Step } from './loop.ts'

const REFRESH_MS = 15 * 60_000
const PAGE = 100
/** 100 000 of a kind: far above every quota. */
const MOST_PAGES = 1_000
/** Names wait for everybody else. */
const URGENCY = 0

interface Named {
  Id?: string | undefined
  Arn?: string | undefined
  Name?: string | undefined
}
type Page = { items: readonly Named[]; token: string | undefined }
type List = (
  api: ConnectApi,
  page: { InstanceId: string; MaxResults: number; NextToken: string | undefined },
  options: Abortable,
) => Promise<Page>

/** How each kind is listed; of several ways the first that we have the permission for. */
const lists: readonly { kind: DirectoryKind; ways: readonly { operation: Operation; list: List }[] }[] = [
  {
    kind: 'queue',
    ways: [
      {
        operation: 'ListQueues',
        // Agents' own queues have no name.
        async list({ connect }, page, options) {
          const answer = await connect.send(new ListQueuesCommand({ ...page, QueueTypes: ['STANDARD'] }), options)
          return { items: answer.QueueSummaryList ?? [], token: answer.NextToken }
        },
      },
    ],
  },
  {
    kind: 'agent',
    ways: [
      {
        operation: 'SearchUsers',
        async list({ connect }, page, options) {
          const answer = await connect.send(new SearchUsersCommand(page), options)
          const items = (answer.Users ?? []).map(({ Id, Arn, Username, IdentityInfo }) => {
            const full = [IdentityInfo?.FirstName, IdentityInfo?.LastName].filter(Boolean).join(' ')
            return { Id, Arn, Name: full === '' ? Username : full }
          })
          return { items, token: answer.NextToken }
        },
      },
      {
        operation: 'ListUsers',
        async list({ connect }, page, options) {
          const answer = await connect.send(new ListUsersCommand(page), options)
          return {
            items: (answer.UserSummaryList ?? []).map(({ Id, Arn, Username }) => ({ Id, Arn, Name: Username })),
            token: answer.NextToken,
          }
        },
      },
    ],
  },
]

export interface NamesDeps {
  api: ConnectApi
  log: EventLog
  clock: Clock
  telemetry: Telemetry
}

/**
 * Keeps `callboard.directory` as Amazon Connect lists it: every 15 minutes, one page after another. Only what changed is written; what
 * is listed no more is deleted. A list we have no permission for is left out and named in health: events tell most names as well.
 */
export function createNamesSource(name: string, { api, log, clock, telemetry }: NamesDeps): Source {
  const all = async (operation: Operation, list: List, signal: AbortSignal): Promise<Named[]> => {
    const found: Named[] = []
    let token: string | undefined
    for (let page = 0; page < MOST_PAGES; page++) {
      const wanted = { InstanceId: api.instanceId, MaxResults: PAGE, NextToken: token }
      const { items, token: next } = await api.call(operation, (options) => list(api, wanted, options), { urgency: URGENCY, signal })
      found.push(...items)
      token = next
      if (token === undefined) break
    }
    return found
  }
  const step = async (signal: AbortSignal): Promise<Step> => {
    const counts: string[] = []
    const denied: string[] = []
    let refusal: unknown
    for (const { kind, ways } of lists) {
      for (const { operation, list } of ways) {
        try {
          const entries = toEntries(await all(operation, list, signal), kind, api.instanceId)
          await write(entries, kind)
          counts.push(`${entries.size} ${kind}`)
          break
        } catch (error) {
          if (awsFaultOf(error) !== 'access-denied') throw error
          refusal = error
          denied.push(`connect:${operation}`)
        }
      }
    }
    if (counts.length === 0) throw refusal
    const without = denied.length === 0 ? '' : `; no permission for ${denied.join(', ')}`
    return { detail: `${counts.join(', ')}${without}`, waitMs: REFRESH_MS }
  }
  const write = async (entries: ReadonlyMap<string, string>, kind: DirectoryKind): Promise<void> => {
    const encoder = new TextEncoder()
    const decoder = new TextDecoder()
    const changes = [...entries].flatMap(([key, text]) => {
      const value = log.table(topics.directory, partitionOf(key, log.partitionCount)).get(key)?.value
      return value && decoder.decode(value) === text ? [] : [{ key, value: encoder.encode(text), headers: {} }]
    })
    const gone: Entry[] = []
    for (let partition = 0; partition < log.partitionCount; partition++)
      for (const { key } of log.table(topics.directory, partition).scan(directoryPrefix(kind, api.instanceId)))
        if (!entries.has(key)) gone.push({ key, value: null, headers: {} })
    if (changes.length + gone.length > 0) await log.append(topics.directory, [...changes, ...gone])
    telemetry.count('directory_changes_total', { kind }, changes.length + gone.length)
  }
  return createLoopSource(name, { clock, telemetry }, step)
}

/** By key, as they are written. What has no name tells nothing. */
function toEntries(items: readonly Named[], kind: DirectoryKind, instanceId: string): Map<string, string> {
  return new Map(
    items.flatMap(({ Id: id, Arn: arn, Name: name }) => {
      if (!id || !name) return []
      const entry: DirectoryEntry = { kind, instanceId, id, arn: arn ?? '', name }
      return [[directoryKey(entry), JSON.stringify(entry)] as const]
    }),
  )
}
