import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { IncomingMessage } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { createAttempts } from '#api/auth/attempts'
import { createAuthenticator } from '#api/auth/authenticator'
import { createExpiringSecrets } from '#api/auth/expiring-secrets'
import { createKey, hashOf, isSameHash, keyIdOf } from '#api/auth/keys'
import { can } from '#api/auth/principal'
import { createSettingsStore, type SettingsStore } from '#api/settings-store'
import { topicSpecs } from '#events/topics'
import { createManualClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { createMemoryLog } from '#log/memory'

const T0 = 1_800_000_000_000
const requestFrom = (remoteAddress: string, headers: Record<string, string> = { host: 'localhost:8080' }): IncomingMessage =>
  ({ socket: { remoteAddress }, headers }) as unknown as IncomingMessage
const here = requestFrom('127.0.0.1')

async function startSettings(clock = createManualClock(T0)): Promise<SettingsStore> {
  const log = createMemoryLog({ topics: topicSpecs, partitionCount: 2, clock })
  const settings = createSettingsStore({ log, clock, telemetry: silentTelemetry })
  await settings.start()
  await settings.whenReady()
  return settings
}

describe('keys', () => {
  it('tell an id, and are told from typing errors by their checksum', () => {
    const { id, key, hash } = createKey()
    expect(keyIdOf(key)).toBe(id)
    expect(hash).toBe(hashOf(key))
    for (let i = 0; i < key.length; i++) {
      const wrong = key.slice(0, i) + (key[i] === 'a' ? 'b' : 'a') + key.slice(i + 1)
      expect(keyIdOf(wrong)).toBeUndefined()
    }
    for (const wrong of ['', 'cb_', `${key} `, key.slice(1), `${key}0`]) expect(keyIdOf(wrong)).toBeUndefined()
  })

  it('hold 256 random bits each', () => {
    const keys = new Set(Array.from({ length: 1000 }, () => createKey().key))
    expect(keys.size).toBe(1000)
    expect(createKey().key).toMatch(/^cb_[0-9a-f]{12}[\w-]{43}[0-9a-f]{8}$/)
  })

  it('are compared as hashes of equal length', () => {
    expect(isSameHash(hashOf('a'), hashOf('a'))).toBe(true)
    expect(isSameHash(hashOf('a'), hashOf('b'))).toBe(false)
    expect(isSameHash(hashOf('a'), '')).toBe(false)
    expect(isSameHash('zz', 'zz')).toBe(true)
  })
})

describe('secrets that expire', () => {
  it('are void when their time is over, and when they were taken', () => {
    const clock = createManualClock(T0)
    const secrets = createExpiringSecrets<string>({ lifetimeMs: 1000, limit: 10 }, { clock })
    const { secret, handle } = secrets.issue('x')
    expect(secrets.find(secret)).toEqual({ handle, value: 'x' })
    clock.advance(999)
    expect(secrets.has(handle)).toBe(true)
    clock.advance(1)
    expect([secrets.find(secret), secrets.has(handle), secrets.take(secret)]).toEqual([undefined, false, undefined])
    const once = secrets.issue('y').secret
    expect([secrets.take(once), secrets.take(once)]).toEqual(['y', undefined])
  })

  it('are bounded: the oldest goes', () => {
    const secrets = createExpiringSecrets<number>({ lifetimeMs: 1000, limit: 2 }, { clock: createManualClock(T0) })
    const made = [1, 2, 3].map((n) => secrets.issue(n).secret)
    expect(made.map((s) => secrets.find(s)?.value)).toEqual([undefined, 2, 3])
  })
})

describe('failed attempts', () => {
  it('turn into 429 after twenty in a minute, per address', () => {
    const clock = createManualClock(T0)
    const attempts = createAttempts({ clock })
    const codes = Array.from({ length: 21 }, () => attempts.failed('a', 'no').code)
    expect(codes.slice(0, 20)).toEqual(Array(20).fill('AUTH_REQUIRED'))
    expect(codes[20]).toBe('RATE_LIMITED')
    expect(attempts.failed('b', 'no').code).toBe('AUTH_REQUIRED')
    expect(attempts.failed('a', 'no').details).toEqual({ retryAfterSeconds: 60 })
    clock.advance(60_000)
    expect(attempts.failed('a', 'no').code).toBe('AUTH_REQUIRED')
  })
})

describe('the authenticator', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'callboard-auth-'))
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

  it('knows a key until it is revoked or expires', async () => {
    const clock = createManualClock(T0)
    const settings = await startSettings(clock)
    const auth = createAuthenticator({ auth: 'local', dataDir }, { clock, settings })
    const { id, key, hash } = createKey()
    await settings.put('key', id, { name: 'bi', scopes: ['read'], hash, createdAt: T0, expiresAt: T0 + 5000 })
    const principal = auth.authenticate({ token: key }, here)!
    expect(principal).toMatchObject({ user: 'bi', via: 'key', credentialId: id })
    expect([can(principal, 'read'), can(principal, 'manage'), can({ ...principal, scopes: ['admin'] }, 'transcripts')]).toEqual([
      true,
      false,
      true,
    ])
    clock.advance(5000)
    expect(auth.isStillValid(principal)).toBe(false)
    expect(() => auth.authenticate({ token: key }, here)).toThrow('expired')
    await settings.delete('key', id)
    expect(() => auth.authenticate({ token: key }, here)).toThrow('not known')
  })

  it('never takes the hash for the key', async () => {
    const settings = await startSettings()
    const auth = createAuthenticator({ auth: 'local', dataDir }, { clock: createManualClock(T0), settings })
    const { id, hash } = createKey()
    await settings.put('key', id, { name: 'x', scopes: ['admin'], hash, createdAt: T0, expiresAt: null })
    expect(() => auth.authenticate({ token: hash }, here)).toThrow()
  })

  it('takes a sign-in code once and forgets the session at sign-out', async () => {
    const auth = createAuthenticator({ auth: 'local', dataDir }, { clock: createManualClock(T0), settings: await startSettings() })
    const code = auth.issueSignInCode()
    const { cookie, principal } = auth.signIn(code, here)
    expect(auth.authenticate({ cookie }, here)).toEqual(principal)
    expect(() => auth.signIn(code, here)).toThrow('was used')
    auth.signOut(cookie)
    expect(auth.authenticate({ cookie }, here)).toBeUndefined()
    expect(auth.isStillValid(principal)).toBe(false)
  })

  it('takes the local token from this machine only', async () => {
    const auth = createAuthenticator({ auth: 'local', dataDir }, { clock: createManualClock(T0), settings: await startSettings() })
    const { key } = createKey()
    auth.setLocalToken(key)
    expect(auth.authenticate({ token: key }, here)).toMatchObject({ via: 'local-token' })
    for (const request of [
      requestFrom('203.0.113.9'),
      requestFrom('127.0.0.1', { host: 'evil.example' }),
      requestFrom('127.0.0.1', { host: 'localhost', 'x-forwarded-for': '203.0.113.9' }),
      requestFrom('::ffff:203.0.113.9'),
    ])
      expect(() => auth.authenticate({ token: key }, request)).toThrow('this machine')
    expect(auth.authenticate({ token: key }, requestFrom('::ffff:127.0.0.1', { host: '[::1]:8080' }))).toBeDefined()
  })
})
