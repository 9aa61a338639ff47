import { describe, expect, it } from 'vitest'
import { judge, type Condition, type Judged } from '../../../dashboard/src/board/levels.ts'
import { keepSame, pace, pageOf, paceOrder } from '../../../dashboard/src/board/pace.ts'

const amber = (met: boolean): Condition => ({ id: 'a', level: 'amber', word: 'over target', met })
const red = (met: boolean, forMs = 0): Condition => ({ id: 'r', level: 'red', word: 'way over', met, forMs })
const run = (steps: readonly [number, ...Condition[]][]): Judged[] => {
  const shown: Judged[] = []
  for (const [at, ...conditions] of steps) shown.push(judge(shown.at(-1), conditions, at))
  return shown
}

describe('a level', () => {
  it('is the worst whatever the order', () => {
    expect(judge(undefined, [amber(true), red(true)], 0)).toMatchObject({ level: 'red', word: 'way over' })
    expect(judge(undefined, [red(true), amber(true)], 0)).toMatchObject({ level: 'red', word: 'way over' })
  })

  it('waits for a condition that must hold for a time, and starts anew when it breaks', () => {
    const levels = run([
      [0, red(true, 10_000)],
      [9_999, red(true, 10_000)],
      [10_000, red(true, 10_000)],
    ]).map((j) => j.level)
    expect(levels).toEqual(['none', 'none', 'red'])
    const broken = run([
      [0, red(true, 10_000)],
      [9_000, red(false, 10_000)],
      [10_000, red(true, 10_000)],
      [19_999, red(true, 10_000)],
    ])
    expect(broken.at(-1)?.level).toBe('none')
  })

  it('is left only after 5 s, and says so meanwhile', () => {
    const steps = run([
      [0, red(true)],
      [1000, red(false)],
      [5999, red(false)],
      [6000, red(false)],
    ])
    expect(steps.map((j) => [j.level, j.word])).toEqual([
      ['red', 'way over'],
      ['red', 'easing'],
      ['red', 'easing'],
      ['none', ''],
    ])
  })

  it('falls from red to amber, not to nothing', () => {
    const steps = run([
      [0, red(true), amber(true)],
      [1000, red(false), amber(true)],
      [6000, red(false), amber(true)],
    ])
    expect(steps.at(-1)).toMatchObject({ level: 'amber', word: 'over target' })
  })

  it('that flickers does not blink', () => {
    const steps = run(Array.from({ length: 40 }, (_, i): [number, Condition] => [i * 500, red(i % 2 === 0)]))
    expect(new Set(steps.map((j) => j.level))).toEqual(new Set(['red']))
  })
})

describe('pacing', () => {
  it('shows the first change at once and the next after a second, then the newest', () => {
    let { paced, dueAt } = pace(undefined, 1, 0)
    ;({ paced, dueAt } = pace(paced, 2, 5000))
    expect([paced.shown, dueAt]).toEqual([2, null])
    ;({ paced, dueAt } = pace(paced, 3, 5200))
    expect([paced.shown, dueAt]).toEqual([2, 6000])
    ;({ paced, dueAt } = pace(paced, 4, 6000))
    expect([paced.shown, dueAt]).toEqual([4, null])
  })

  it('moves lines only every 5 s; newcomers go to the end, leavers go at once', () => {
    const first = paceOrder(undefined, ['a', 'b', 'c'], 0)
    expect(paceOrder(first, ['d', 'c', 'a'], 4999).shown).toEqual(['a', 'c', 'd'])
    expect(paceOrder(first, ['d', 'c', 'a'], 5000).shown).toEqual(['d', 'c', 'a'])
  })

  it('keeps the objects of lines that did not change', () => {
    const before = [
      { id: 'a', n: { x: 1 } },
      { id: 'b', n: { x: 2 } },
    ]
    const after = keepSame(before, [
      { id: 'a', n: { x: 1 } },
      { id: 'b', n: { x: 3 } },
    ])
    expect(after[0]).toBe(before[0])
    expect(after[1]).not.toBe(before[1])
    expect(keepSame(before, structuredClone(before))).toBe(before)
  })
})

describe('pages of the queue table', () => {
  const ids = ['r1', 'r2', 'a', 'b', 'c', 'd', 'e']
  const red = new Set(['r1', 'r2'])

  it('do not turn when everything fits', () => {
    expect(pageOf(ids, red, 7, 0)).toEqual({ ids, page: 0, pages: 1 })
  })

  it('are full, each of them, also the last', () => {
    const nine = Array.from({ length: 9 }, (_, i) => `q${i}`)
    expect(pageOf(nine, new Set(), 8, 12_000)).toEqual({ ids: nine.slice(1), page: 1, pages: 2 })
  })

  it('turn every 12 s while the red ones stay', () => {
    expect(pageOf(ids, red, 4, 0)).toEqual({ ids: ['r1', 'r2', 'a', 'b'], page: 0, pages: 3 })
    expect(pageOf(ids, red, 4, 12_000).ids).toEqual(['r1', 'r2', 'c', 'd'])
    expect(pageOf(ids, red, 4, 24_000).ids).toEqual(['r1', 'r2', 'd', 'e'])
    expect(pageOf(ids, red, 4, 36_000).ids).toEqual(['r1', 'r2', 'a', 'b'])
  })

  it('show every queue some time even when all are red', () => {
    const all = new Set(ids)
    const seen = new Set(Array.from({ length: 10 }, (_, i) => pageOf(ids, all, 3, i * 12_000).ids).flat())
    expect(seen).toEqual(all)
  })
})
