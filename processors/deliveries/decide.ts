import { deliverySchedule, type DeliveryRow } from '#contracts/deliveries'
import type { SendResult } from './send.ts'

const MOST_ATTEMPTS_KEPT = 20

/** What a delivery becomes after one try. Pure: `random` is 0 … 1 and spreads retries by ±20 %. */
export function decideNext(
  delivery: DeliveryRow,
  result: SendResult,
  timing: { startedAt: number; endedAt: number; random: number },
): DeliveryRow {
  const attempts = [
    ...delivery.attempts,
    { at: timing.startedAt, status: result.status, error: result.error, durationMs: timing.endedAt - timing.startedAt },
  ].slice(-MOST_ATTEMPTS_KEPT)
  if (result.error === null) return { ...delivery, attempts, state: 'delivered', nextAttemptAt: null }
  const seconds = deliverySchedule[attempts.length]
  // 410 Gone: the receiver does not want this again.
  if (seconds === undefined || result.status === 410) return { ...delivery, attempts, state: 'failed', nextAttemptAt: null }
  const delayMs = Math.max(seconds * 1000 * (0.8 + 0.4 * timing.random), (result.retryAfterSeconds ?? 0) * 1000)
  return { ...delivery, attempts, nextAttemptAt: Math.round(timing.endedAt + delayMs) }
}
