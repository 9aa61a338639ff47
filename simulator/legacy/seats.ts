import { createAgent, login } from './agents.ts'
import type { Agent, LegacyPlan, LegacyQueue, Platform } from './model.ts'
import type { Random } from '../random.ts'

const FIRST_LOGINS_MS = 6 * 60_000
const SHIFT_MS = 8 * 3_600_000
const PEOPLE_PER_SEAT = 3
const SECOND_QUEUE_SHARE = 0.2
const FIRST_EXTENSION = 8001

/** A desk and who works there in turn. */
export type Seat = readonly Agent[]

/** Everybody at a seat serves its queue; some serve a second one beside it. */
export function createSeats(random: Random, plan: LegacyPlan, queues: readonly LegacyQueue[]): Seat[] {
  const seats: Seat[] = []
  for (const [index, queue] of queues.entries()) {
    const others = queues.filter((other) => other !== queue)
    for (let i = 0; i < plan.queues[index]!.agents; i++) {
      const served = others.length > 0 && random.chance(SECOND_QUEUE_SHARE) ? [queue, random.pick(others)] : [queue]
      const first = FIRST_EXTENSION + seats.length * PEOPLE_PER_SEAT
      seats.push(Array.from({ length: PEOPLE_PER_SEAT }, (_, turn) => createAgent(String(first + turn), served)))
    }
  }
  return seats
}

/** Somebody comes to every seat within minutes. The first shifts end at any time, so that later changes are spread. */
export function staffSeats(platform: Platform, seats: readonly Seat[]): void {
  const { schedule, shifts, plan, epoch } = platform
  const { shiftMs = SHIFT_MS } = plan
  for (const seat of seats) {
    const take = (turn: number, lengthMs: number): void => {
      if (!platform.isOpen || platform.epoch !== epoch) return
      login(platform, seat[turn % seat.length]!, lengthMs, () => {
        schedule.after(shifts.whole(5000, 90_000), () => take(turn + 1, shifts.duration(shiftMs)))
      })
    }
    schedule.after(shifts.whole(500, FIRST_LOGINS_MS), () => take(0, Math.round(shiftMs * (0.2 + 0.8 * shifts.unit()))))
  }
}
