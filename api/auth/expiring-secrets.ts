import { randomBytes } from 'node:crypto'
import type { Clock } from '#kernel/clock'
import { hashOf } from './keys.ts'

/**
 * Random secrets that each stand for a value until they expire: sign-in codes and browser sessions. Only hashes are kept; above
 * `limit` the oldest goes.
 */
export interface ExpiringSecrets<T> {
  /** The secret (256 random bits) and its handle, which may be logged and compared. */
  issue(value: T): { secret: string; handle: string }
  find(secret: string): { handle: string; value: T } | undefined
  has(handle: string): boolean
  /** Removes it and returns its value: a second call finds nothing. */
  take(secret: string): T | undefined
}

export function createExpiringSecrets<T>(config: { lifetimeMs: number; limit: number }, deps: { clock: Clock }): ExpiringSecrets<T> {
  const kept = new Map<string, { value: T; expiresAt: number }>()
  const live = (handle: string): T | undefined => {
    const entry = kept.get(handle)
    if (!entry) return undefined
    if (entry.expiresAt > deps.clock.now()) return entry.value
    kept.delete(handle)
    return undefined
  }
  return {
    issue(value) {
      const secret = randomBytes(32).toString('base64url')
      const handle = hashOf(secret)
      kept.set(handle, { value, expiresAt: deps.clock.now() + config.lifetimeMs })
      if (kept.size > config.limit)
        for (const oldest of kept.keys()) {
          kept.delete(oldest)
          break
        }
      return { secret, handle }
    },
    find(secret) {
      const handle = hashOf(secret)
      const value = live(handle)
      return value === undefined ? undefined : { handle, value }
    },
    has: (handle) => live(handle) !== undefined,
    take(secret) {
      const handle = hashOf(secret)
      const value = live(handle)
      kept.delete(handle)
      return value
    },
  }
}
