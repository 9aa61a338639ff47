import type { WireEvent } from '../stream.ts'
import type { Sink } from './sink.ts'

/** Gives every batch to every sink, the next one when all have it. A failure abandons all and is thrown. */
export async function play(
  batches: AsyncIterable<readonly WireEvent[]>,
  sinks: readonly Sink[],
  onBatch: (batch: readonly WireEvent[]) => void = () => undefined,
): Promise<void> {
  try {
    for await (const batch of batches) {
      await Promise.all(sinks.map((sink) => sink.write(batch)))
      onBatch(batch)
    }
    for (const sink of sinks) await sink.close()
  } catch (error) {
    await Promise.allSettled(sinks.map((sink) => sink.abandon()))
    throw error
  }
}
