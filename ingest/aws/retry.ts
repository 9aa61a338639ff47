import { pause, type Clock } from '#kernel/clock'
import type { Telemetry } from '#kernel/telemetry'
import type { SourceHealth } from '../source.ts'
import { awsFaultOf, awsFaultText } from './faults.ts'

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 30_000

/** How one loop of a source is doing, and how long it waits before it tries again. */
export interface Retry {
  /** It worked: what the health page says of it. */
  succeeded(detail: string): void
  /** It did not: counts it, says it once per reason, waits longer each time in a row, at most 30 s, with jitter. */
  failed(error: unknown): Promise<void>
  /** The same without the wait, for a loop that keeps its own time. */
  noted(error: unknown): void
  health(): SourceHealth
}

export function createRetry(
  source: string,
  { clock, telemetry, signal, random = Math.random }: { clock: Clock; telemetry: Telemetry; signal: AbortSignal; random?: () => number },
): Retry {
  let health: SourceHealth = { ok: false, detail: 'not asked yet' }
  let waitMs = FIRST_RETRY_MS
  const noted = (error: unknown): void => {
    const detail = awsFaultText(error)
    const fault = awsFaultOf(error)
    telemetry.count('source_failures_total', { source, error: fault })
    if (health.detail !== detail) telemetry.log('warn', 'source_failed', { source, fault, message: detail })
    health = { ok: false, detail, fault }
  }
  return {
    health: () => health,
    noted,
    succeeded(detail) {
      health = { ok: true, detail }
      waitMs = FIRST_RETRY_MS
    },
    async failed(error) {
      noted(error)
      await pause(clock, waitMs * (0.5 + random() / 2), signal)
      waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)
    },
  }
}
