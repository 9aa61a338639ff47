import { describe, expect, it } from 'vitest'
import { array, assert, integer, property } from 'fast-check'
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
