import { pause, type Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import type { AnalyticsStore } from './port.ts'
import { activeParts } from './queries/active-parts.ts'
import type { TableName } from './tables.ts'

/** ClickHouse delays inserts by itself at 1,000 parts and refuses them at 3,000. */
const MOST_PARTS = 500
const LOOK_EVERY_MS = 10_000
const BRAKE_MS = 2_000
/** Then one goes anyway, larger for the wait: it is no reason to store nothing any more. */
const LONGEST_BRAKE_MS = 30_000

/** Holds inserts back while the store has more parts to merge than it should. */
export interface PartsBrake {
  wait(): Promise<void>
}

export function createPartsBrake(store: AnalyticsStore, deps: { table: TableName; clock: Clock; telemetry: Telemetry }): PartsBrake {
  const { table, clock, telemetry } = deps
  let lookedAt = Number.NEGATIVE_INFINITY

  const isOver = async (): Promise<boolean> => {
    lookedAt = clock.now()
    try {
      const parts = await activeParts(store, table)
      telemetry.gauge('store_active_parts', { table }, parts)
      return parts > MOST_PARTS
    } catch (error) {
      // The insert itself tells whether the store is there.
      telemetry.log('debug', 'store_parts_unknown', { table, message: messageOf(error) })
      return false
    }
  }
  return {
    async wait() {
      // Both ways: after the clock was set back it looks at once.
      if (Math.abs(clock.now() - lookedAt) < LOOK_EVERY_MS) return
      const until = clock.now() + LONGEST_BRAKE_MS
      while ((await isOver()) && clock.now() < until) {
        telemetry.count('store_brakes_total', { table })
        await pause(clock, BRAKE_MS)
      }
    },
  }
}
