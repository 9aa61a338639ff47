import { pause, type Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import type { DemoEvent } from './demo.ts'

export interface EmitDeps {
  clock: Clock
  /** Resolves when the batch is safe. A batch that fails is given again, whole and in the same order. */
  emit: (batch: readonly DemoEvent[]) => Promise<void>
  telemetry: Telemetry
}

const RETRY_MS = { first: 250, most: 5000 }

/** False when it was told to stop before the batch was taken. */
export async function emitUntilTaken(batch: readonly DemoEvent[], deps: EmitDeps, signal: AbortSignal): Promise<boolean> {
  const { clock, emit, telemetry } = deps
  for (let retryMs = RETRY_MS.first; !signal.aborted; retryMs = Math.min(retryMs * 2, RETRY_MS.most)) {
    try {
      await emit(batch)
      for (const { kind } of batch) telemetry.count('simulator_events_total', { kind })
      return true
    } catch (error) {
      telemetry.count('simulator_emit_failures_total')
      telemetry.log('warn', 'simulator_batch_refused', { count: batch.length, retryMs, reason: messageOf(error) })
      await pause(clock, retryMs, signal)
    }
  }
  return false
}
