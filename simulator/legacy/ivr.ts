import type { Random } from '../random.ts'
import type { Schedule } from '../schedule.ts'
import type { Fact } from './model.ts'
import type { NumberPool } from './number-pool.ts'

interface Deps {
  schedule: Schedule
  random: Random
  /** Numbers of Amazon Connect's. */
  pool: NumberPool
  /** Usual time in the menu. */
  menuMs: number
  /** Share of callers who hang up in the menu. */
  giveUpShare?: number
  /** The call reaches Amazon Connect on `number`. */
  handOver(call: { at: number; number: string; callerNumber: string; callId: string }): void
  note(fact: Fact): void
}

/**
 * A menu on the legacy platform that passes callers on to Amazon Connect. It leaves no trace: Asterisk writes queue_log only
 * for queues, so what is known of such a call is the number it arrives on. With all numbers held, the caller hears a busy tone.
 */
export interface LegacyIvr {
  /** Returns the call id, which only the truth (`legacy-ivr`, when the call is over here) knows. */
  take(callerNumber: string): string
}

export function createLegacyIvr({ schedule, random, pool, menuMs, giveUpShare = 0.08, handOver, note }: Deps): LegacyIvr {
  return {
    take(callerNumber) {
      const enteredAt = schedule.now()
      const callId = `ivr-${random.uuid()}`
      const stayMs = random.duration(menuMs)
      const isGivenUp = random.chance(giveUpShare)
      schedule.after(isGivenUp ? random.whole(1, stayMs) : stayMs, () => {
        const at = schedule.now()
        const number = isGivenUp ? undefined : pool.take(at)
        if (!isGivenUp && number === undefined) note({ type: 'pool-exhausted', at, from: 'legacy-ivr', callId })
        const outcome = isGivenUp ? 'abandoned' : number === undefined ? 'refused' : 'handed-over'
        note({ type: 'legacy-ivr', at, callId, callerNumber, enteredAt, outcome, number: number ?? null })
        if (number !== undefined) handOver({ at, number, callerNumber, callId })
      })
      return callId
    },
  }
}
