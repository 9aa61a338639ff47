import { setImmediate as nextTurn } from 'node:timers/promises'
import { pause } from '#kernel/clock'
import { createDemo, type DemoOptions, type DemoEvent } from './demo.ts'
import { emitUntilTaken, type EmitDeps } from './emit.ts'

export interface HistoryConfig extends DemoOptions {
  /** Contacts that began before this, and are over by now, are told; those later are somebody else's to tell. */
  until: number
  /** How many records one `emit` takes at most; default 100. */
  batchSize?: number
}

/** How long a simulated contact goes on at most before its record. */
const LONGEST_CONTACT_MS = 2 * 3_600_000
/** Simulated in one turn of the event loop; what goes on beside it must not notice. */
const SLICE_MS = 8

/**
 * Plays hours that are over at full speed, and hands over what a backfill of them would bring: the contact records alone. Rests after
 * each batch as long as it took to be taken, so that half of everything is left to others. Resolves with the number of records.
 */
export async function playHistory(config: HistoryConfig, deps: EmitDeps, signal: AbortSignal): Promise<number> {
  const { startAt, until, batchSize = 100 } = config
  if (startAt >= until) return 0
  const demo = createDemo({ ...config, kinds: ['contact-record'] })
  const end = Math.min(deps.clock.now(), until + LONGEST_CONTACT_MS)
  let batch: DemoEvent[] = []
  let count = 0
  const hand = async (): Promise<void> => {
    const startedAt = performance.now()
    if (!(await emitUntilTaken(batch, deps, signal))) return
    count += batch.length
    batch = []
    await pause(deps.clock, performance.now() - startedAt, signal)
  }
  while (!signal.aborted && demo.dueAt() < end) {
    for (const sliceEnd = performance.now() + SLICE_MS; batch.length < batchSize && performance.now() < sliceEnd && demo.dueAt() < end;) {
      const event = demo.next()
      if (beganAt(event) < until) batch.push(event)
    }
    if (batch.length >= batchSize) await hand()
    else await nextTurn()
  }
  if (batch.length > 0) await hand()
  return count
}

function beganAt({ payload, at }: DemoEvent): number {
  const time = payload['InitiationTimestamp']
  return typeof time === 'string' ? Date.parse(time) : at
}
