import type { Random } from '../random.ts'
import type { Schedule } from '../schedule.ts'
import type { Line, Place } from './line.ts'
import type { NumberPool } from './number-pool.ts'
import type { QueueLog } from './queue-log.ts'

export interface LegacyPlan {
  /** `agents` are seats: they stay staffed from `open` to `close`, by other people as shifts change. */
  queues: readonly { name: string; did: readonly string[]; patienceMs: number; talkMs: number; agents: number }[]
  /** How far the platform's clock runs ahead of true time. */
  clockOffsetMs?: number
  /** The same agent as SIP/8007, PJSIP/8007 and Agent/8007; else always PJSIP/8007. */
  aliases?: boolean
  shiftMs?: number
  /** Shares of answered calls that an agent passes on. */
  transfers?: { toQueue: number; toExtension: number }
  /** Calls that an agent passes on to Amazon Connect, each by a number of its own. */
  transferOut?: { share: number; numbers: readonly string[]; holdMs?: number }
}

export interface LegacyCall {
  number: string
  callerNumber: string
  /** Amazon Connect's contact id; the platform does not know it, only the truth does. */
  handedOverFrom?: string
}

export interface LegacyEnd {
  at: number
  by: 'agent' | 'caller' | 'queue'
  /** A number that is not of this platform. */
  transferredTo?: string
  /** Over all queues the call went through. */
  talkedMs: number
}

/** An agent dials Amazon Connect: the contact begins now. An attended transfer is completed a while later. */
export interface TransferOut {
  at: number
  number: string
  callerNumber: string
  callId: string
  agent: string
  isAttended: boolean
}

export interface Fact {
  type: string
  at: number
  [key: string]: unknown
}

/** How a call left a queue. `lost`: the platform was restarted, which no line tells. */
export type Outcome =
  | 'completed-agent'
  | 'completed-caller'
  | 'blind-transfer'
  | 'attended-transfer'
  | 'abandoned'
  | 'exit-timeout'
  | 'exit-key'
  | 'exit-empty'
  | 'lost'

/**
 * waiting ⇄ ringing → talking → done; waiting and ringing may end at any time.
 * A blind transfer to another queue makes it waiting again, there, under the same call id.
 */
export interface Call {
  id: string
  phase: 'waiting' | 'ringing' | 'talking' | 'done'
  number: string
  callerNumber: string
  handedOverFrom: string | undefined
  queue: LegacyQueue
  /** Counts the queues it went through. */
  visit: number
  enteredAt: number
  /** Its place among all in the queue, those that ring somewhere included. */
  place: Place<Call> | undefined
  /** Where in the queue it came in, from 1. */
  position: number
  /** Its place among those for whom no phone rings; undefined while one does. */
  unserved: Place<Call> | undefined
  /** Counts rings, so that a timer of an earlier one knows that it is late. */
  rings: number
  agent: Agent | undefined
  ringingSince: number
  connectedAt: number | undefined
  talkedMs: number
  onEnd: (end: LegacyEnd) => void
}

export interface LegacyQueue {
  name: string
  numbers: readonly string[]
  patienceMs: number
  talkMs: number
  waiting: Line<Call>
  unserved: Line<Call>
  /** Longest idle first. */
  free: Line<Agent>
  members: number
}

/** offline → free ⇄ ringing; ringing → talking → wrap-up → free. Paused agents are not free; a pause may begin in a call. */
export interface Agent {
  extension: string
  queues: readonly LegacyQueue[]
  state: 'offline' | 'free' | 'ringing' | 'talking' | 'wrap-up'
  pausedFor: string | undefined
  /** How long the pause lasts once the agent has nothing else to do. */
  pauseMs: number
  isLeaving: boolean
  /** In the order of `queues`, while free. */
  places: Place<Agent>[]
  /** As ADDMEMBER names it: the phone. */
  device: string
  /** As every other line names it. */
  member: string
  /** Counts logins, so that a timer of an earlier shift knows that it is late. */
  logins: number
  /** The seat is empty. */
  onGone: () => void
}

export interface Platform {
  schedule: Schedule
  /** Lengths and decisions of calls. */
  load: Random
  /** Shifts and pauses; drawing here never changes a call. */
  shifts: Random
  log: QueueLog
  plan: LegacyPlan
  queues: readonly LegacyQueue[]
  byNumber: ReadonlyMap<string, LegacyQueue>
  numbersOut: NumberPool
  openCalls: Set<Call>
  onDuty: Set<Agent>
  isOpen: boolean
  /** Counts restarts, so that a timer of an earlier life knows that it is late. */
  epoch: number
  /** An agent may take a call. */
  serve(agent: Agent): void
  /** A queue lost its last member. */
  onEmpty(queue: LegacyQueue): void
  note(fact: Fact): void
  transferOut(call: TransferOut): void
}

export function noteAgent(platform: Platform, agent: Agent, more: { callId?: string } = {}): void {
  platform.note({
    type: 'legacy-agent',
    at: platform.schedule.now(),
    agent: agent.extension,
    state: agent.state,
    pausedFor: agent.pausedFor ?? null,
    ...more,
  })
}
