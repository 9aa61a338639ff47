import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { firstProfile, historyHours, rememberProfile } from '../../demo.ts'

const hours = (liveFrom: string, timeZone = 'UTC', businessDayStart = '00:00') =>
  historyHours(Date.parse(liveFrom), { timeZone, businessDayStart }).map(({ startAt, until }) => [
    new Date(startAt).toISOString(),
    new Date(until).toISOString(),
  ])

describe('the hours of the history', () => {
  it('are today up to the live run, and the whole of the same weekday last week', () => {
    expect(hours('2026-11-25T13:00:00Z')).toEqual([
      ['2026-11-25T00:00:00.000Z', '2026-11-25T13:00:00.000Z'],
      ['2026-11-18T00:00:00.000Z', '2026-11-19T00:00:00.000Z'],
    ])
  })

  it('follow the business day: before it begins, it is still that of yesterday', () => {
    expect(hours('2026-11-25T05:00:00Z', 'UTC', '06:00')).toEqual([
      ['2026-11-24T06:00:00.000Z', '2026-11-25T05:00:00.000Z'],
      ['2026-11-17T06:00:00.000Z', '2026-11-18T06:00:00.000Z'],
    ])
  })

  it('keep to the clock on the wall where it is changed in between, and on days of 23 and 25 hours', () => {
    // Lisbon: clocks went back on Sunday 2026-10-25.
    expect(hours('2026-10-28T12:00:00Z', 'Europe/Lisbon')).toEqual([
      ['2026-10-28T00:00:00.000Z', '2026-10-28T12:00:00.000Z'],
      ['2026-10-20T23:00:00.000Z', '2026-10-21T23:00:00.000Z'],
    ])
    expect(hours('2026-11-01T12:00:00Z', 'Europe/Lisbon')[1]).toEqual(['2026-10-24T23:00:00.000Z', '2026-10-26T00:00:00.000Z'])
    expect(hours('2026-04-05T12:00:00Z', 'Europe/Lisbon')[1]).toEqual(['2026-03-29T00:00:00.000Z', '2026-03-29T23:00:00.000Z'])
  })
})

describe('the first profile', () => {
  const dir = mkdtempSync(join(tmpdir(), 'callboard-profile-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it('is the one asked for, else the one remembered, else the voice and chat centre', () => {
    expect(firstProfile(dir, undefined).name).toBe('omnichannel')
    rememberProfile(dir, firstProfile(dir, 'vdi'))
    expect(firstProfile(dir, undefined).name).toBe('vdi')
    expect(firstProfile(dir, 'migration-site').name).toBe('migration-site')
  })

  it('is not one that is remembered but known no more', () => {
    writeFileSync(join(dir, 'demo-profile'), 'circus\n')
    expect(firstProfile(dir, undefined).name).toBe('omnichannel')
  })
})
