import { pause, type Clock } from '#kernel/clock'
import type { WireEvent } from '../stream.ts'

export interface Pace {
  /** Times real time, counted from the moment the first batch is asked for; `max`: as fast as they are taken. */
  speed: number | 'max'
  /** The moment in the simulation that is now. */
  startAt: number
  batchSize?: number
}

/** Messages in batches, each when its first is due. Ends early when `signal` aborts. */
export async function* pace(
  events: Iterable<WireEvent>,
  { speed, startAt, batchSize = 1000 }: Pace,
  clock: Clock,
  signal?: AbortSignal,
): AsyncGenerator<readonly WireEvent[], void, undefined> {
  const beganAt = clock.now()
  const dueAt = (event: WireEvent): number => (speed === 'max' ? 0 : beganAt + (event.at - startAt) / speed)
  let batch: WireEvent[] = []
  for (const event of events) {
    if (signal?.aborted) return
    const waitMs = dueAt(event) - clock.now()
    if (batch.length >= batchSize || (waitMs > 0 && batch.length > 0)) {
      yield batch
      batch = []
    }
    // Asked again: giving the batch away took time.
    const restMs = dueAt(event) - clock.now()
    if (restMs > 0) await pause(clock, Math.ceil(restMs), signal)
    batch.push(event)
  }
  if (batch.length > 0 && !signal?.aborted) yield batch
}
