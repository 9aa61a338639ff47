import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { intervalStarts, periods } from '#contracts/metrics/intervals'

const at = (iso: string): number => Date.parse(iso)
const starts = (from: string, to: string, period: (typeof periods)[number], zone: string): string[] =>
  intervalStarts(at(from), at(to), period, zone, 10_000).map((time) => new Date(time).toISOString())

describe('intervals', () => {
  it('are cut at both ends and begin at whole periods of the zone', () => {
    expect(starts('2026-03-02T10:07:00Z', '2026-03-02T10:40:00Z', 'FIFTEEN_MIN', 'UTC')).toEqual([
      '2026-03-02T10:07:00.000Z',
      '2026-03-02T10:15:00.000Z',
      '2026-03-02T10:30:00.000Z',
    ])
    // Kathmandu is 5:45 ahead: its hours begin at a quarter past.
    expect(starts('2026-03-02T10:15:00Z', '2026-03-02T12:15:00Z', 'HOUR', 'Asia/Kathmandu')).toEqual([
      '2026-03-02T10:15:00.000Z',
      '2026-03-02T11:15:00.000Z',
    ])
  })

  it('have days of 23 and 25 hours, and keep the two equal hours apart', () => {
    expect(starts('2026-03-28T23:00:00Z', '2026-03-29T22:00:00Z', 'HOUR', 'Europe/Berlin')).toHaveLength(23)
    expect(starts('2026-10-24T22:00:00Z', '2026-10-25T23:00:00Z', 'HOUR', 'Europe/Berlin')).toHaveLength(25)
    expect(starts('2026-10-24T22:00:00Z', '2026-10-26T23:00:00Z', 'DAY', 'Europe/Berlin')).toEqual([
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
    ])
  })

  it('begin weeks on Monday, and are one in total', () => {
    expect(starts('2026-03-01T00:00:00Z', '2026-03-10T00:00:00Z', 'WEEK', 'UTC')).toEqual([
      '2026-03-01T00:00:00.000Z',
      '2026-03-02T00:00:00.000Z',
      '2026-03-09T00:00:00.000Z',
    ])
    expect(starts('2026-03-01T00:00:00Z', '2026-03-10T00:00:00Z', 'TOTAL', 'UTC')).toHaveLength(1)
  })

  // Zones whose clock changes at midnight, half an hour or not at all among them.
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'America/Asuncion',
    'Asia/Beirut',
    'Africa/Cairo',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
  ]
  it('are in order, start at the beginning, and stop, in every zone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2010-01-01'), max: at('2030-01-01') }),
        fc.integer({ min: 1, max: 40 * 86_400_000 }),
        fc.constantFrom(...periods),
        fc.constantFrom(...zones),
        (start, length, period, zone) => {
          const found = intervalStarts(start, start + length, period, zone, 500)
          expect(found[0]).toBe(start)
          expect(found.length).toBeLessThanOrEqual(501)
          for (const [i, time] of found.entries()) if (i > 0) expect(time).toBeGreaterThan(found[i - 1]!)
          expect(found.at(-1)).toBeLessThan(start + length)
        },
      ),
      { numRuns: 300 },
    )
  })
})
