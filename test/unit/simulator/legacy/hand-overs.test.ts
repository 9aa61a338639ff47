import { describe, expect, it } from 'vitest'
import { array, assert, integer, property } from 'fast-check'
import { createLegacyIvr } from '#simulator/legacy/ivr'
import { createLine, type Place } from '#simulator/legacy/line'
import type { Fact } from '#simulator/legacy/model'
import { createNumberPool } from '#simulator/legacy/number-pool'
import { createRandom } from '#simulator/random'
import { createSchedule } from '#simulator/schedule'

describe('a pool of numbers', () => {
  it('never gives a number to two calls at once, and refuses only when all are held', () => {
    assert(
      property(integer({ min: 0, max: 5 }), integer({ min: 1, max: 500 }), array(integer({ min: 0, max: 200 })), (size, holdMs, gaps) => {
        const numbers = Array.from({ length: size }, (_, i) => `+${i}`)
        const pool = createNumberPool(numbers, { holdMs })
        const heldUntil = new Map(numbers.map((number) => [number, -Infinity]))
        let at = 0
        for (const gap of gaps) {
          at += gap
          const free = numbers.filter((number) => heldUntil.get(number)! <= at)
          const number = pool.take(at)
          if (number === undefined) expect(free).toEqual([])
          else {
            expect(free).toContain(number)
            heldUntil.set(number, at + holdMs)
          }
        }
      }),
    )
  })
})

describe('a line', () => {
  it('is what a list would be', () => {
    assert(
      property(array(integer({ min: -3, max: 100 })), (steps) => {
        const line = createLine<number>()
        const places: Place<number>[] = []
        const list: number[] = []
        for (const step of steps) {
          if (step >= 50) {
            const before = list.findIndex((other) => other > step)
            list.splice(before === -1 ? list.length : before, 0, step)
            places.push(line.joinBefore(step, (other) => other > step))
          } else if (step >= 0) {
            list.push(step)
            places.push(line.join(step))
          } else if (places.length > 0) {
            const place = places.splice(-step % places.length, 1)[0]!
            list.splice(line.positionOf(place) - 1, 1)
            line.leave(place)
            line.leave(place)
          }
          expect([...line]).toEqual(list)
          expect([line.length, line.first()]).toEqual([list.length, list[0]])
        }
      }),
    )
  })
})

describe('a legacy menu', () => {
  const run = (numbers: string[]) => {
    const schedule = createSchedule(0)
    const facts: Fact[] = []
    const handedOver: { at: number; number: string; callId: string }[] = []
    const ivr = createLegacyIvr({
      schedule,
      random: createRandom(5),
      pool: createNumberPool(numbers, { holdMs: 60_000 }),
      menuMs: 25_000,
      handOver: (call) => handedOver.push(call),
      note: (fact) => facts.push(fact),
    })
    for (let i = 0; i < 200; i++) schedule.at(i * 15_000, () => ivr.take(`+44${i}`))
    while (schedule.step());
    const outcomes = facts.filter(({ type }) => type === 'legacy-ivr')
    return { facts, handedOver, outcomes }
  }

  it('hands over those who wait, each by a number that is free', () => {
    const { handedOver, outcomes } = run(Array.from({ length: 20 }, (_, i) => `+${i}`))
    expect(outcomes).toHaveLength(200)
    expect(handedOver.map(({ callId, number }) => [callId, number])).toEqual(
      outcomes.filter(({ outcome }) => outcome === 'handed-over').map(({ callId, number }) => [callId, number]),
    )
    expect(handedOver.length).toBeGreaterThan(150)
    expect(outcomes.some(({ outcome }) => outcome === 'abandoned')).toBe(true)
  })

  it('refuses and notes it when the pool is empty', () => {
    const { facts, outcomes } = run(['+1'])
    const refused = outcomes.filter(({ outcome }) => outcome === 'refused')
    expect(refused.length).toBeGreaterThan(50)
    expect(facts.filter(({ type }) => type === 'pool-exhausted')).toHaveLength(refused.length)
  })
})
