import type { AgentRow, ContactRow } from '#contracts/rows'
import type { QueueRef } from '#events/domain'

/** More distinct queues than an instance can have; beyond it new ones keep their id as name. */
const MAX_QUEUES = 20_000
const MAX_CHANNELS = 100

export interface KnownQueue {
  id: string
  arn: string
  /** Newest name seen; contact events never carry one. */
  name: string | null
}

/** What rows told about queues and channels: ids and the newest names seen. Agents' own queues are left out. */
export interface Names {
  readonly queues: ReadonlyMap<string, KnownQueue>
  readonly channels: ReadonlySet<string>
  /** Both return true when a queue's name became known or changed. */
  learnAgent(row: AgentRow): boolean
  learnContact(row: ContactRow): boolean
}

export function createNames(): Names {
  const queues = new Map<string, KnownQueue>()
  const channels = new Set<string>()
  const learnQueue = ({ id, arn, name }: QueueRef): boolean => {
    if (isAgentQueue(id)) return false
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
  }
}

/** An agent's own queue (`agent/<userId>`) is no queue of the queue table. */
export function isAgentQueue(queueId: string): boolean {
  return queueId.startsWith('agent/')
}
