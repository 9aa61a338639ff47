import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createExpiringSecrets } from '#api/auth/expiring-secrets'
import { createManualClock } from '#kernel/clock'

describe('sessions in a file', () => {
  let dir: string
  const clock = createManualClock(Date.UTC(2026, 2, 2))
  const open = () => createExpiringSecrets<string>({ lifetimeMs: 60_000, limit: 2, file: join(dir, 'sessions.json') }, { clock })
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'callboard-sessions-'))))
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  it('outlive a restart until they expire, and hold no secret', () => {
    const { secret } = open().issue('anna')
    expect(open().find(secret)?.value).toBe('anna')
    expect(readFileSync(join(dir, 'sessions.json'), 'utf8')).not.toContain(secret)
    expect(statSync(join(dir, 'sessions.json')).mode & 0o777).toBe(0o600)
    clock.advance(61_000)
    expect(open().find(secret)).toBeUndefined()
  })

  it('are gone for good after signing out', () => {
    const { secret } = open().issue('anna')
    expect(open().take(secret)).toBe('anna')
    expect(open().find(secret)).toBeUndefined()
  })

  it('a file that cannot be read signs everybody out and nothing else', () => {
    writeFileSync(join(dir, 'sessions.json'), '{broken')
    const secrets = open()
    expect(secrets.find(secrets.issue('anna').secret)?.value).toBe('anna')
  })
})
