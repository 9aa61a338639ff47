import { randomBytes } from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
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

export interface ExpiringSecretsConfig {
  lifetimeMs: number
  limit: number
  /** Where the hashes outlive a restart (mode 0600), so that a wall does not have to sign in again; without it they are in memory. */
  file?: string
}

export function createExpiringSecrets<T>(config: ExpiringSecretsConfig, deps: { clock: Clock }): ExpiringSecrets<T> {
  const kept = new Map<string, { value: T; expiresAt: number }>(config.file === undefined ? [] : load(config.file))
  const save = (): void => {
    if (config.file === undefined) return
    const fresh = `${config.file}.${process.pid}`
    writeFileSync(fresh, JSON.stringify([...kept]), { mode: 0o600 })
    renameSync(fresh, config.file)
  }
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
      save()
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
      if (kept.delete(handle)) save()
      return value
    },
  }
}

/** A file that is not there or cannot be read means: nobody is signed in. */
function load<T>(file: string): [string, T][] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as [string, T][]
  } catch {
    return []
  }
}
