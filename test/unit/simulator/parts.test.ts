import { describe, expect, it } from 'vitest'
import { array, assert, boolean, constantFrom, integer, property, record } from 'fast-check'
import { planTurns, toPieces, type Course } from '#simulator/conversation'
import { english, lines, portuguese, type Intent } from '#simulator/phrases'
import { createRandom } from '#simulator/random'
import { createSchedule } from '#simulator/schedule'

describe('random numbers', () => {
  it('are the same on every machine', () => {
    const random = createRandom(42)
    expect([random.whole(0, 999), random.whole(0, 999), random.whole(0, 999), random.uuid()]).toMatchInlineSnapshot(`
      [
        116,
        545,
        209,
        "f5c68e0a-9b21-4ed5-afaf-5dc84c6ce49d",
      ]
    `)
  })

  it('of a fork do not depend on what the parent drew', () => {
    const [fresh, used] = [createRandom(1), createRandom(1)]
    used.uuid()
    expect(used.fork('x').unit()).toBe(fresh.fork('x').unit())
  })

  it('have the asked mean', () => {
    const random = createRandom(9)
    const mean = Array.from({ length: 20_000 }, () => random.exponential(1000)).reduce((a, b) => a + b) / 20_000
    expect(mean).toBeGreaterThan(970)
    expect(mean).toBeLessThan(1030)
  })
})

describe('the schedule', () => {
  it('runs tasks by time, and in the order given within one millisecond', () => {
    assert(
      property(array(integer({ min: 0, max: 50 })), (times) => {
        const schedule = createSchedule(0)
        const ran: { at: number; order: number }[] = []
        for (const [order, at] of times.entries()) schedule.at(at, () => ran.push({ at: schedule.now(), order }))
        while (schedule.step());
        expect(ran).toEqual(times.map((at, order) => ({ at, order })).toSorted((a, b) => a.at - b.at || a.order - b.order))
      }),
    )
  })

  it('never goes back in time', () => {
    const schedule = createSchedule(100)
    const seen: number[] = []
    schedule.at(50, () => seen.push(schedule.now()))
    schedule.step()
    expect(seen).toEqual([100])
  })
})

interface Given {
  intent: Intent
  course: Course
  talkMs: number
  isHeld: boolean
  seed: number
}

function turnsOf({ intent, course, talkMs, isHeld, seed }: Given) {
  const hold = isHeld ? { fromMs: Math.round(talkMs * 0.4), toMs: Math.round(talkMs * 0.6) } : null
  return { hold, turns: planTurns(createRandom(seed), { intent, course, talkMs, hold, paceMs: 7000 }) }
}

describe('a conversation', () => {
  const plan = record({
    intent: constantFrom(...(Object.keys(lines) as Intent[])),
    course: constantFrom<Course>('calm', 'improving', 'falling'),
    talkMs: integer({ min: 40_000, max: 700_000 }),
    isHeld: boolean(),
    seed: integer(),
  })
  it('keeps turns apart, inside the call and out of the hold', () => {
    assert(
      property(plan, (given) => {
        const { turns, hold } = turnsOf(given)
        for (const [i, turn] of turns.entries()) {
          expect(turn.beginMs).toBeGreaterThan(turns[i - 1]?.endMs ?? 0)
          expect(turn.endMs).toBeLessThan(given.talkMs)
          if (hold) expect(turn.endMs < hold.fromMs || turn.beginMs > hold.toMs).toBe(true)
        }
      }),
    )
  })

  it('never repeats a line', () => {
    assert(
      property(plan, (given) => {
        const texts = turnsOf(given).turns.map(({ text }) => text)
        expect(new Set(texts).size).toBe(texts.length)
      }),
    )
  })

  it('is cut into consecutive pieces that make the turn again', () => {
    assert(
      property(plan, integer({ min: 1, max: 9 }), (given, wordsEach) => {
        for (const turn of turnsOf(given).turns) {
          const pieces = toPieces(turn, wordsEach)
          expect(pieces.map(({ text }) => text).join(' ')).toBe(turn.text)
          expect([pieces[0]?.beginMs, pieces.at(-1)?.endMs]).toEqual([turn.beginMs, turn.endMs])
          for (const [i, piece] of pieces.entries()) expect(piece.beginMs).toBe(i === 0 ? turn.beginMs : pieces[i - 1]!.endMs)
        }
      }),
    )
  })

  it('draws from many phrases, none of which holds a number', () => {
    const phrases = [...Object.values(lines), english, portuguese].flatMap((group) => Object.values(group).flat() as string[])
    expect(new Set(phrases).size).toBeGreaterThan(100)
    expect(phrases.filter((phrase) => /\d/.test(phrase))).toEqual([])
  })
})
