import type { Random } from '../random.ts'
import type { Schedule } from '../schedule.ts'
import { forget, requestLeave } from './agents.ts'
import { letGoWhenEmpty, serve, takeCall } from './calls.ts'
import { loseCalls } from './ends.ts'
import { createLine } from './line.ts'
import {
  noteAgent,
  type Fact,
  type LegacyCall,
  type LegacyEnd,
  type LegacyPlan,
  type LegacyQueue,
  type Platform,
  type TransferOut,
} from './model.ts'
import { createNumberPool } from './number-pool.ts'
import { createQueueLog, NOBODY } from './queue-log.ts'
import { createSeats, staffSeats } from './seats.ts'

const MEAN_BETWEEN_RELOADS_MS = 5 * 3_600_000
const NUMBER_HOLD_MS = 120_000

interface Deps {
  schedule: Schedule
  random: Random
  plan: LegacyPlan
  /** One line of queue_log, without its line feed, at the moment it happens. */
  write(line: string): void
  /** The truth, in true time: `legacy-call` when a call leaves a queue, `legacy-agent` when an agent's state changes, `pool-exhausted`. */
  note(fact: Fact): void
  /** Needed with `plan.transferOut`: an agent called Amazon Connect. */
  transferOut?(call: TransferOut): void
}

/** A legacy contact centre as its queue_log tells it. */
export interface LegacyPlatform {
  /** Opens: QUEUESTART, agents log in over the next minutes. */
  open(): void
  /**
   * A call reaches the platform on one of its numbers, from the public network or handed over by Amazon Connect. `onEnd` when
   * the caller is gone or was passed on to a number that is none of this platform's. Returns the call id.
   */
  take(call: LegacyCall, onEnd: (end: LegacyEnd) => void): string
  /** No more logins; agents leave as they get free, and a queue without agents lets its callers go. */
  close(): void
  /** The platform dies and comes back: QUEUESTART, all calls lost without a line, agents log in again (not after `close`). */
  restart(): void
}

export function createLegacyPlatform({ schedule, random, plan, write, note, transferOut }: Deps): LegacyPlatform {
  const queues = plan.queues.map(createQueue)
  const seats = createSeats(random.fork('seats'), plan, queues)
  const out = plan.transferOut
  const platform: Platform = {
    schedule,
    load: random.fork('calls'),
    shifts: random.fork('shifts'),
    log: createQueueLog({ now: () => schedule.now(), clockOffsetMs: plan.clockOffsetMs ?? 0, write }),
    plan,
    queues,
    byNumber: new Map(queues.flatMap((queue) => queue.numbers.map((number) => [number, queue]))),
    numbersOut: createNumberPool(out?.numbers ?? [], { holdMs: out?.holdMs ?? NUMBER_HOLD_MS }),
    openCalls: new Set(),
    onDuty: new Set(),
    isOpen: false,
    epoch: 0,
    serve: (agent) => serve(platform, agent),
    onEmpty: (queue) => {
      for (const call of queue.waiting) letGoWhenEmpty(platform, call)
    },
    note,
    transferOut: transferOut ?? (() => {}),
  }
  const boot = (): void => {
    platform.epoch++
    platform.log.record(NOBODY, NOBODY, NOBODY, 'QUEUESTART', '')
    staffSeats(platform, seats)
    planReload(platform, platform.epoch)
  }
  return {
    open() {
      platform.isOpen = true
      boot()
    },
    take: (call, onEnd) => takeCall(platform, call, onEnd),
    close() {
      platform.isOpen = false
      for (const agent of platform.onDuty) requestLeave(platform, agent)
    },
    restart() {
      loseCalls(platform)
      for (const agent of platform.onDuty) {
        forget(platform, agent)
        agent.places = []
        noteAgent(platform, agent)
      }
      for (const queue of queues) Object.assign(queue, { free: createLine(), members: 0 })
      boot()
    },
  }
}

function createQueue({ name, did, patienceMs, talkMs }: LegacyPlan['queues'][number]): LegacyQueue {
  return {
    name,
    numbers: did,
    patienceMs,
    talkMs,
    waiting: createLine(),
    unserved: createLine(),
    free: createLine(),
    members: 0,
  }
}

function planReload(platform: Platform, epoch: number): void {
  platform.schedule.after(platform.shifts.exponential(MEAN_BETWEEN_RELOADS_MS), () => {
    if (!platform.isOpen || platform.epoch !== epoch) return
    platform.log.record(NOBODY, NOBODY, NOBODY, 'CONFIGRELOAD', '')
    planReload(platform, epoch)
  })
}
