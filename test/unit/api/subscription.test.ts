import { describe, expect, it } from 'vitest'
import type { LiveQuery, LiveRow } from '#contracts/live'
import { createRoom } from '#api/live/room'
import { createRateLimit } from '#api/live/rate-limit'
import { canonicalQuery, update, type Computation, type HeldRows, type RowsDelta } from '#api/live/subscription'
import { nextLookAt, overThresholdAt } from '#api/live/time-edges'
import { createChangeSet } from '#api/row-changes'
import { createManualClock } from '#kernel/clock'
import { contact, T0 } from '../../integration/api/rows.ts'

/** A computation over a plain map, so that only the room is under test. */
function computationOver(values: Map<string, number>, given: Partial<Computation> = {}): Computation & { asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    hangsOnTime: false,
    touched: (changes) => changes.agents.keys(),
    ids: () => values.keys(),
    row(id) {
      asked.push(id)
      return values.has(id) ? ({ dimensions: {}, values: { n: values.get(id)! } } satisfies LiveRow) : undefined
    },
    nextChangeAt: () => undefined,
    ...given,
  }
}

const changesOf = (...ids: string[]) => {
  const changes = createChangeSet()
  for (const id of ids) changes.agents.set(id, { before: undefined, after: undefined })
  return changes
}

describe('update', () => {
  it('looks at touched rows only, and tells what was set and what went', () => {
    const values = new Map([
      ['a', 1],
      ['b', 2],
      ['c', 3],
    ])
    const computation = computationOver(values)
    const held: HeldRows = new Map()
    expect(Object.keys(update(held, 'all', computation, T0)!.set)).toEqual(['a', 'b', 'c'])
    values.set('a', 10)
    values.delete('b')
    computation.asked.length = 0
    const delta = update(held, new Set(['a', 'b', 'zzz']), computation, T0)!
    expect([Object.keys(delta.set), delta.del, computation.asked]).toEqual([['a'], ['b'], ['a', 'b', 'zzz']])
    expect([...held.keys()]).toEqual(['a', 'c'])
  })

  it('says nothing when nothing changed', () => {
    const held: HeldRows = new Map()
    const computation = computationOver(new Map([['a', 1]]))
    update(held, 'all', computation, T0)
    expect(update(held, 'all', computation, T0)).toBeUndefined()
  })

  it('carries rows with any id', () => {
    const delta = update(new Map(), 'all', computationOver(new Map([['__proto__', 1]])), T0)!
    expect(Object.keys((JSON.parse(JSON.stringify(delta)) as RowsDelta).set)).toEqual(['__proto__'])
  })
})

describe('a room', () => {
  const start = (given: Partial<Computation> = {}) => {
    const clock = createManualClock(T0)
    const values = new Map<string, number>()
    const sent: (RowsDelta & { seq: number; at: number })[] = []
    const computation = computationOver(values, given)
    const room = createRoom('s1', computation, {
      clock,
      computed: () => undefined,
      send: (d) => void sent.push({ ...d, at: clock.now() - T0 }),
    })
    const put = (id: string, n: number): void => {
      values.set(id, n)
      room.take(changesOf(id))
    }
    return { clock, values, sent, room, put, computation }
  }

  it('sends the first change at once, the next after 100 ms with everything up to then', () => {
    const { clock, sent, put } = start()
    put('a', 1)
    expect(sent.map((d) => [d.at, d.seq])).toEqual([[0, 1]])
    for (let n = 2; n <= 9; n++) {
      clock.advance(10)
      put('a', n)
      put('b', n)
    }
    expect(sent).toHaveLength(1)
    clock.advance(20)
    expect(sent.map((d) => [d.at, d.seq])).toEqual([
      [0, 1],
      [100, 2],
    ])
    expect(sent[1]!.set).toMatchObject({ a: { values: { n: 9 } }, b: { values: { n: 9 } } })
    clock.advance(500)
    put('a', 10)
    expect(sent.at(-1)).toMatchObject({ at: 600, seq: 3 })
  })

  it('never sends more than ten frames a second', () => {
    const { clock, sent, put } = start()
    for (let ms = 0; ms < 5000; ms += 3) {
      put('a', ms)
      clock.advance(3)
    }
    expect(sent.length).toBeLessThanOrEqual(51)
    expect(sent.length).toBeGreaterThan(45)
  })

  it('counts no frame for a change that shows nothing', () => {
    const { clock, sent, put, room } = start()
    put('a', 1)
    clock.advance(1000)
    put('a', 1)
    room.take(changesOf())
    clock.advance(1000)
    expect([sent.length, room.seq]).toEqual([1, 1])
  })

  it('gives a snapshot that belongs to its number', () => {
    const { clock, room, put, values } = start()
    put('a', 1)
    put('a', 2)
    expect(room.snapshot()).toMatchObject({ seq: 1, rows: { a: { values: { n: 1 } } } })
    clock.advance(100)
    expect(room.snapshot()).toMatchObject({ seq: 2, rows: { a: { values: { n: 2 } } } })
    expect(values.get('a')).toBe(2)
  })

  it('looks again when time alone can change something, and no more once closed', () => {
    const { clock, sent, values, room } = start({ hangsOnTime: true, nextChangeAt: (now) => (now < T0 + 3000 ? T0 + 3000 : undefined) })
    values.set('a', 1)
    clock.advance(2999)
    expect(sent).toHaveLength(0)
    clock.advance(1)
    expect(sent.map((d) => d.at)).toEqual([3000])
    values.set('a', 2)
    clock.advance(10_000)
    expect(sent.map((d) => d.at)).toEqual([3000, 13_000])
    room.close()
    values.set('a', 3)
    clock.advance(60_000)
    expect(sent).toHaveLength(2)
  })
})

describe('time edges', () => {
  it('lie one millisecond after a threshold', () => {
    const waiting = [contact('a', { enqueuedAt: T0 - 30_000 }), contact('b', { enqueuedAt: T0 - 5000 }), contact('c', { enqueuedAt: null })]
    expect(overThresholdAt(waiting, T0, () => 20)).toBe(T0 + 15_001)
    expect(overThresholdAt(waiting, T0 + 15_001, () => 20)).toBeUndefined()
    expect(overThresholdAt([], T0, () => 20)).toBeUndefined()
  })

  it('are the next minute, ten seconds, or a known edge', () => {
    const minute = Date.UTC(2026, 0, 1, 10, 0, 0)
    expect(nextLookAt(minute, undefined)).toBe(minute + 10_000)
    expect(nextLookAt(minute + 55_000, undefined)).toBe(minute + 60_000)
    expect(nextLookAt(minute, minute + 5)).toBe(minute + 5)
  })
})

describe('questions that mean the same', () => {
  const same: [LiveQuery, LiveQuery][] = [
    [{ rows: 'agents' }, { rows: 'agents', filters: [] }],
    [
      {
        rows: 'contacts',
        filters: [
          { key: 'QUEUE', values: ['a', 'b'] },
          { key: 'STATE', values: ['active'] },
        ],
      },
      {
        rows: 'contacts',
        filters: [
          { values: ['active'], key: 'STATE' },
          { key: 'QUEUE', values: ['b', 'a', 'a'] },
        ],
      },
    ],
    [
      { metrics: [{ name: 'A' }, { name: 'B', window: 'PT15M' }] },
      { metrics: [{ window: 'PT15M', name: 'B' }, { name: 'A' }], groupings: [], filters: [] },
    ],
  ]
  it.each(same)('%j and %j share a room', (a, b) => {
    expect(canonicalQuery(a)).toBe(canonicalQuery(b))
  })

  it('do not share one when they differ', () => {
    const queries: LiveQuery[] = [
      { rows: 'agents' },
      { rows: 'queues' },
      { rows: 'agents', filters: [{ key: 'QUEUE', values: ['a'] }] },
      {
        rows: 'agents',
        filters: [
          { key: 'QUEUE', values: ['a'] },
          { key: 'QUEUE', values: ['b'] },
        ],
      },
      { rows: 'agents', filters: [{ key: 'QUEUE', values: ['a', 'b'] }] },
      { metrics: [{ name: 'A' }] },
      { metrics: [{ name: 'A' }], groupings: ['QUEUE', 'CHANNEL'] },
      { metrics: [{ name: 'A' }], groupings: ['CHANNEL', 'QUEUE'] },
      { metrics: [{ name: 'A', threshold: 1 }] },
    ]
    expect(new Set(queries.map(canonicalQuery)).size).toBe(queries.length)
  })
})

describe('the rate limit', () => {
  it('lets a burst through, then so many a second', () => {
    const clock = createManualClock(T0)
    const mayPass = createRateLimit({ burst: 3, perSecond: 2 }, { clock })
    const tries = (n: number) => Array.from({ length: n }, () => mayPass()).filter(Boolean).length
    expect(tries(10)).toBe(3)
    clock.advance(1000)
    expect(tries(10)).toBe(2)
    clock.advance(60_000)
    expect(tries(10)).toBe(3)
  })
})
