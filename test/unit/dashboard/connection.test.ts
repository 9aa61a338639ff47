import { describe, expect, it } from 'vitest'
import { freshnessOf, moveTo, retryDelayMs, SILENT_WHILE_PREPARING_MS } from '../../../dashboard/src/live/connection.ts'
import { observeServerTime, toServerTime, unknownClock } from '../../../dashboard/src/live/server-clock.ts'
import { groupsWithoutData, judgeSource } from '../../../dashboard/src/live/sources.ts'

describe('the connection', () => {
  it('refuses a change that cannot happen, with both names', () => {
    expect(moveTo('silent', 'live')).toBe('live')
    expect(() => moveTo('offline', 'live')).toThrow(/offline.*live/)
  })

  it.each([
    ['connecting', null, 5_999, 'starting'],
    ['connecting', null, 6_000, 'lost'],
    ['offline', null, 6_000, 'lost'],
    ['live', 0, 60_000, 'fresh'],
    ['offline', 1_000, 3_999, 'fresh'],
    ['offline', 1_000, 4_000, 'lost'],
    ['silent', 1_000, 4_000, 'lost'],
  ] as const)('%s, last heard at %s, at %s: %s', (state, heard, now, expected) => {
    expect(freshnessOf(state, { startedAt: 0, lastHeardAt: heard }, now)).toBe(expected)
  })

  it('waits longer with every attempt, up to a cap, never all at the same time', () => {
    expect([0, 1, 2, 3, 9].map((n) => retryDelayMs(n, 0.5))).toEqual([500, 1000, 2000, 4000, 5000])
    expect(retryDelayMs(9, 0)).toBe(2500)
    expect(retryDelayMs(9, 0.999)).toBeLessThan(7500)
  })
})

describe('the server clock', () => {
  it('takes the sample that travelled fastest', () => {
    const clock = [0, 400, 20].reduce((c, delay, i) => observeServerTime(c, 100_000 + i * 1000, 5_000 + i * 1000 + delay), unknownClock)
    expect(toServerTime(clock, 9_000, 0)).toBe(104_000)
  })

  it('follows a server whose clock was set back within ten samples', () => {
    let clock = observeServerTime(unknownClock, 100_000, 0)
    for (let i = 0; i < 10; i++) clock = observeServerTime(clock, 40_000 + i, i)
    expect(clock.offsetMs).toBe(40_000)
  })

  it('has only a guess before the first status', () => {
    expect(toServerTime(unknownClock, 5, 777)).toBe(777)
  })
})

describe('the age of a source', () => {
  it.each([
    ['agent-events', 149, 0, 'none', ''],
    ['agent-events', 150, 0, 'amber', 'late'],
    ['Agent events', 150, 0, 'amber', 'late'],
    ['agent-events', 300, 0, 'red', 'silent'],
    ['contact-events', 9, 30, 'none', ''],
    ['contact-events', 10, 30, 'amber', 'late'],
    ['contact-events', 60, 30, 'red', 'silent'],
    ['contact-events', 3600, 2, 'none', 'quiet'],
    ['contact-records', 60, 30, 'none', ''],
    ['contact-lens', null, 30, 'none', 'no data yet'],
  ] as const)('%s %s s old with %s in progress: %s %s', (name, ageSeconds, inProgress, level, word) => {
    expect(judgeSource({ name, ageSeconds, watermark: null }, inProgress)).toMatchObject({ level, word })
  })

  it('does not alarm while the demo plays its past', () => {
    const old = { name: 'agent-events', ageSeconds: 3000, watermark: null }
    expect(judgeSource(old, 30, true)).toMatchObject({ level: 'none', word: '' })
    expect(freshnessOf('silent', { startedAt: 0, lastHeardAt: 0 }, 14_999, SILENT_WHILE_PREPARING_MS)).toBe('fresh')
    expect(freshnessOf('silent', { startedAt: 0, lastHeardAt: 0 }, 15_000, SILENT_WHILE_PREPARING_MS)).toBe('lost')
  })

  it('hatches only the tiles it feeds', () => {
    const ages = [
      { name: 'agent-events', ageSeconds: 400, watermark: null },
      { name: 'contact-lens', ageSeconds: 2, watermark: null },
    ].map((s) => judgeSource(s, 30))
    expect(groupsWithoutData(ages)).toEqual(['agents'])
  })
})
