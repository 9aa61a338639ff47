import type { Intent } from '../conversation/lines.ts'
import type { DesktopKind, Shares as FaultShares } from '../desktop/model.ts'
import type { LegacyPlan } from '../legacy/model.ts'

export type Channel = 'VOICE' | 'CHAT' | 'TASK' | 'EMAIL'
export type ByChannel = Partial<Record<Channel, number>>

/** One queue as its owner would describe it. */
export interface QueuePlan {
  name: string
  /** Contacts an hour at the busiest time, by channel. */
  perHour: ByChannel
  talkMs: number
  /** How long callers wait before they give up, typically; default 2 min. */
  patienceMs?: number
  language?: 'en-GB' | 'pt-PT'
  intents: readonly Intent[]
  /** Share of the contacts that its flow hands to the legacy platform; with `movesAfterMs`, the share before the queue moves. */
  handOverShare?: number
  /** A migration: from this time into the run the queue's contacts stay on Connect. */
  movesAfterMs?: number
}

/** A routing profile and the people who have it. */
export interface DeskPlan {
  name: string
  agents: number
  /** Names of queues, the most urgent first. All have the same priority unless `byPriority`. */
  queues: readonly string[]
  byPriority?: boolean
  /** How many contacts of a channel one agent takes at once. One channel at a time. */
  slots: ByChannel
  /** Calls an agent dials by hand in an hour. */
  dialsPerHour?: number
  /** Times a supervisor of this desk listens in, an hour. */
  listensPerHour?: number
  desktop?: Desktop
}

/** Where the softphone's media run. No stream of Amazon's names it. */
export type Desktop = DesktopKind | 'desk-phone'

export interface CampaignPlan {
  name: string
  /** Whose agents get the people who answer; null: a recorded notice, nobody joins. */
  desk: string | null
  queue: string
  mode: 'progressive' | 'preview' | 'notice'
  /** Numbers dialled in an hour; a progressive campaign dials only while somebody is free. */
  dialsPerHour: number
}

export interface LegacyEntryPlan {
  /** Calls that arrive at the legacy platform itself, an hour. */
  perHour: number
  /** They pass its IVR and are handed to these Connect queues; empty: they stay. */
  to: readonly string[]
}

/** A contact centre on Amazon Connect, with what it still has beside it. Shares are in [0, 1]. */
export interface CentrePlan {
  name: string
  title: string
  /** One line for people who choose. */
  description: string
  queues: readonly QueuePlan[]
  desks: readonly DeskPlan[]
  campaigns?: readonly CampaignPlan[]
  /** Share of the busiest hour's load, by hour of the day in UTC; left out: steady. */
  curve?: readonly number[]
  /** Starts of shifts, hours UTC; a shift lasts 8 h. Left out: everybody works all the time. */
  shifts?: readonly number[]
  /** Share of callers served by the flow itself. */
  containment?: number
  /** Share of callers who take the offer to be called back, in the flow or while they wait. */
  callbacks?: number
  shares?: Partial<Shares>
  legacy?: LegacyPlan
  legacyEntry?: LegacyEntryPlan
  /** For a while, calls on one kind of desktop go wrong. */
  outage?: { kind: DesktopKind; fromMs: number; untilMs: number; shares: FaultShares }
  /** Numbers that stand for one hand-over each while it is under way. */
  handOverPool?: { numbers: number }
  /** Who plays which part in the ten-minute story; names of queues. Left out: no story. */
  story?: StoryParts
  /** Share of conversations that Contact Lens hears. */
  analysed?: number
}

export interface StoryParts {
  /** Its line grows until an alarm, then drains. Its desk serves it before all others. */
  burst: string
  desk: string
  /** Where the unanswered ring, the transfer and the callback happen. */
  calm: readonly string[]
  /** Where a card number is typed. */
  chat?: string
}

export interface Shares {
  /** Rings nobody answers. */
  missed: number
  /** Callers who hang up while it rings. */
  goneWhileRinging: number
  /** Chats and tasks an agent declines. */
  rejected: number
  hold: number
  /** Calls that go on in another queue, with another agent, outside. */
  toQueue: number
  toAgent: number
  outside: number
  /** Callbacks whose number does not answer. */
  callbackFails: number
  /** Waiting callers whom the flow moves to another queue. */
  moved: number
  /** Analyses that fail. */
  failedAnalysis: number
}

export const usualShares: Shares = {
  missed: 0.02,
  goneWhileRinging: 0.01,
  rejected: 0.02,
  hold: 0.16,
  toQueue: 0.03,
  toAgent: 0.03,
  outside: 0.015,
  callbackFails: 0.25,
  moved: 0.03,
  failedAnalysis: 0.01,
}
