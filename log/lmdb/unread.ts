import type { Clock } from '#kernel/clock'
import type { LaneSpec } from '../port.ts'

/** Who still needs what: retention asks before it lets a record go. */
export interface UnreadGuard {
  /** The lane that has read least of a partition, and the offset it reads next; undefined when no lane reads the topic. */
  slowest(topic: string, partition: number): { lane: string; next: number } | undefined
}

/**
 * How long a lane that has a position, but was not opened, still counts. A start must not drop what its lanes are about to read,
 * nor a command that opens the folder for a moment; a lane that a newer version no longer has must not fill the disk for ever.
 */
const ABSENT_LANE_COUNTS_MS = 3_600_000

export function createUnreadGuard(deps: {
  clock: Clock
  /** By `positionKey`. */
  positions: ReadonlyMap<string, number>
  openLanes: () => Iterable<LaneSpec>
  start(topic: string, partition: number): number
}): UnreadGuard {
  const { clock, positions } = deps
  const openedAt = clock.now()
  return {
    slowest(topic, partition) {
      const found = new Map<string, number>()
      const isFresh = clock.now() < openedAt + ABSENT_LANE_COUNTS_MS
      for (const [id, next] of isFresh ? positions : []) {
        const [lane = '', of, number] = id.split('\0')
        if (of === topic && Number(number) === partition) found.set(lane, next)
      }
      for (const { name, inputs } of deps.openLanes()) {
        if (inputs.includes(topic)) found.set(name, positions.get(`${name}\0${topic}\0${partition}`) ?? deps.start(topic, partition))
      }
      let slowest: { lane: string; next: number } | undefined
      for (const [lane, next] of found) if (!slowest || next < slowest.next) slowest = { lane, next }
      return slowest
    },
  }
}
