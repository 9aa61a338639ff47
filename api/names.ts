import type { AgentRow, ContactRow } from '#contracts/rows'
import type { DirectoryEntry } from '#events/directory'
import type { QueueRef } from '#events/domain'

/** More distinct queues than an instance can have; beyond it new ones keep their id as name. */
const MAX_QUEUES = 20_000
const MAX_CHANNELS = 100
const MAX_AGENTS = 100_000

export interface KnownQueue {
  id: string
  arn: string
  /** Newest name seen; contact events never carry one. */
  name: string | null
}

/** What rows told about queues and channels, and what Amazon Connect lists beside that. Agents' own queues are left out. */
export interface Names {
  readonly queues: ReadonlyMap<string, KnownQueue>
  readonly channels: ReadonlySet<string>
  /** Names of agents as listed, for those whose events do not tell. */
  readonly agents: ReadonlyMap<string, string>
  /** Both return true when a queue's name became known or changed. */
  learnAgent(row: AgentRow): boolean
  learnContact(row: ContactRow): boolean
  /** A name that events tell is newer than a list, which fills in what they do not. Returns true when something changed. */
  learnEntry(entry: DirectoryEntry): boolean
  forgetEntry(entry: Pick<DirectoryEntry, 'kind' | 'id'>): boolean
}

export function createNames(): Names {
  const queues = new Map<string, KnownQueue>()
  const channels = new Set<string>()
  const agents = new Map<string, string>()
  /** Queues of which no event told. */
  const listedOnly = new Set<string>()
  const learnQueue = ({ id, arn, name }: QueueRef): boolean => {
    if (isAgentQueue(id)) return false
    listedOnly.delete(id)
    const known = queues.get(id)
    if (known && (name === null || known.name === name)) return false
    if (!known && queues.size >= MAX_QUEUES) return false
    queues.set(id, { id, arn, name })
    return true
  }
  const learnChannel = (channel: string | null): void => {
    if (channel !== null && channel !== '' && channels.size < MAX_CHANNELS) channels.add(channel)
  }
  return {
    queues,
    channels,
    agents,
    learnAgent(row) {
      let isNew = false
      for (const queue of row.queues) isNew = learnQueue(queue) || isNew
      for (const { queue, channel } of row.contacts) {
        if (queue) isNew = learnQueue(queue) || isNew
        learnChannel(channel)
      }
      return isNew
    },
    learnContact(row) {
      learnChannel(row.channel)
      return row.queue !== null && learnQueue(row.queue)
    },
    learnEntry({ kind, id, arn, name }) {
      const names = kind === 'agent' ? agents : queues
      const known = kind === 'agent' ? agents.get(id) : queues.get(id)?.name
      if (known === name || (kind === 'queue' && known != null && !listedOnly.has(id))) return false
      if (known === undefined && names.size >= (kind === 'agent' ? MAX_AGENTS : MAX_QUEUES)) return false
      if (kind === 'agent') agents.set(id, name)
      else {
        if (known === undefined) listedOnly.add(id)
        queues.set(id, { id, arn, name })
      }
      return true
    },
    forgetEntry({ kind, id }) {
      if (kind === 'agent') return agents.delete(id)
      return listedOnly.delete(id) && queues.delete(id)
    },
  }
}

/** An agent's own queue (`agent/<userId>`) is no queue of the queue table. */
export function isAgentQueue(queueId: string): boolean {
  return queueId.startsWith('agent/')
}
