import { failpoint } from '#kernel/node/failpoint'
import { partitionOf } from '#kernel/partition'
import { topics } from '#events/topics'
import type { EventLog } from '#log/port'

/** How far each source has been read. Written only after what was read is durable. */
export interface Checkpoints {
  get(key: string): string | undefined
  set(key: string, value: string): Promise<void>
}

export function createCheckpoints(log: EventLog): Checkpoints {
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  return {
    get(key) {
      const value = log.table(topics.checkpoints, partitionOf(key, log.partitionCount)).get(key)?.value
      return value ? decoder.decode(value) : undefined
    },
    async set(key, value) {
      await log.append(topics.checkpoints, [{ key, value: encoder.encode(value), headers: {} }])
      failpoint('CP04')
    },
  }
}
