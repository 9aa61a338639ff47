import type { Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'

const WINDOW_MS = 60_000
const MAX_FAILURES = 20
/** Addresses remembered; above it the one longest without a failure is forgotten. */
const MAX_ADDRESSES = 10_000

/**
 * Counts failed attempts to sign in per address. Above 20 in a minute the answer is 429 instead of 401. Valid credentials still
 * pass: secrets are 256 bits, so what is limited is noise, and one bad client must not lock out others behind the same address.
 */
export interface Attempts {
  /** The error to answer with after a failure. */
  failed(address: string, detail: string): CallboardError
}

export function createAttempts(deps: { clock: Clock }): Attempts {
  const failures = new Map<string, { count: number; since: number }>()
  return {
    failed(address, detail) {
      const now = deps.clock.now()
      const known = failures.get(address)
      const entry = known && now - known.since < WINDOW_MS ? known : { count: 0, since: now }
      entry.count++
      failures.delete(address)
      failures.set(address, entry)
      if (failures.size > MAX_ADDRESSES)
        for (const oldest of failures.keys()) {
          failures.delete(oldest)
          break
        }
      if (entry.count <= MAX_FAILURES) return new CallboardError('AUTH_REQUIRED', detail)
      const retryAfterSeconds = (entry.since + WINDOW_MS - now) / 1000
      return new CallboardError('RATE_LIMITED', 'too many failed attempts to sign in', { retryable: true, details: { retryAfterSeconds } })
    },
  }
}
