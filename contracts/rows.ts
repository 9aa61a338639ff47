/**
 * Rows: the state of one agent, contact, turn or interval, derived from facts. They travel through `callboard.rows`.
 * Times are epoch milliseconds, durations seconds. A row is at most 32 KB: every list has a cap, and a counter for what did not fit.
 */
import { toKeyPart } from '#kernel/key-part'
import type { OutputType, QueueRef, Sentiment, StatusType } from '#events/domain'

/** What an agent is doing; the first that holds wins (AWS guide, "About agent status": agent activity). */
export const agentStates = [
  'error',
  'missed',
  'rejected',
  'onContact',
  'afterContactWork',
  'incoming',
  'nonProductive',
  'available',
  'offline',
] as const
export type AgentState = (typeof agentStates)[number]

export interface AgentContactRow {
  contactId: string
  channel: string
  initiationMethod: string
  /** Amazon's contact state, as sent. */
  state: string
  /** When the contact entered this state; for holds the time of the first event that showed it. */
  stateSince: number
  connectedAt: number | null
  queue: QueueRef | null
}

export interface AgentRow {
  kind: 'agent'
  /** Connect user id. */
  id: string
  arn: string
  instanceId: string
  username: string | null
  firstName: string | null
  lastName: string | null
  state: AgentState
  /** Since when the agent is in `state`. */
  stateSince: number
  /** A supervisor listening to a contact. */
  monitoring: boolean
  status: { name: string; type: StatusType; since: number }
  /** The status the agent will take when free; until then no new contacts are routed. */
  nextStatus: { name: string; since: number | null } | null
  contacts: readonly AgentContactRow[]
  contactsOverflow: number
  routingProfile: { id: string; name: string | null } | null
  /** Standard queues this agent serves. */
  queues: readonly QueueRef[]
  hierarchy: readonly { level: number; id: string; name: string | null }[]
  slots: readonly { channel: string; available: number; maximum: number }[]
  /** Distinct offers not answered, within the facts kept (2 h). */
  missedOffers: number
  /** Newest event, heart beats included: an agent silent for over 300 s is stale. */
  lastEventAt: number
}

export const contactStates = ['started', 'queued', 'offered', 'connected', 'onHold', 'paused', 'wrapUp', 'ended'] as const
export type ContactState = (typeof contactStates)[number]
export const contactOutcomes = ['answered', 'abandoned', 'transferred', 'callback'] as const
export type ContactOutcome = (typeof contactOutcomes)[number]

/** Sums of the sentiment score of one participant: score = weightedSum / weightSum. */
export interface SentimentSums {
  weightedSum: number
  weightSum: number
  /** −5 … +5; 0 without turns. */
  score: number
  turns: number
  negativeTurns: number
}

export interface ContactRow {
  kind: 'contact'
  id: string
  instanceId: string | null
  channel: string | null
  initiationMethod: string | null
  initialContactId: string | null
  previousContactId: string | null
  nextContactIds: readonly string[]
  queue: QueueRef | null
  /** Who has the contact, or had it last. */
  agentId: string | null
  /** Whose softphone is ringing now. */
  offeredTo: string | null
  state: ContactState
  stateSince: number
  initiatedAt: number | null
  /** The customer is connected to the system: the flow begins. */
  connectedToSystemAt: number | null
  enqueuedAt: number | null
  connectedAt: number | null
  /** When it left the queue: answered, abandoned or moved on. */
  leftQueueAt: number | null
  outcome: ContactOutcome | null
  /** A transfer out of it is done. */
  transferredAt: number | null
  disconnectedAt: number | null
  disconnectReason: string | null
  /** Everything over, after contact work included. */
  endedAt: number | null
  /** The agent's part over, wrap-up included: earlier than `endedAt` when the customer goes on talking to somebody outside. */
  handledAt: number | null
  queueSeconds: number | null
  interactionSeconds: number | null
  holdSeconds: number | null
  acwSeconds: number | null
  /** Tasks only. */
  pauseSeconds: number | null
  /** null until the record is there. */
  holdCount: number | null
  /** Interaction + hold + after contact work + pause; null until the story is over. */
  handleSeconds: number | null
  /** final: the contact record has arrived. */
  basis: 'live' | 'final'
  recordUpdatedAt: number | null
  /** Wall time of offset 0 of the transcript; estimated when no agent connection is known. */
  audioStartedAt: number | null
  audioStartEstimated: boolean
  sentiment: { customer: SentimentSums | null; agent: SentimentSums | null }
  categories: readonly string[]
  categoriesOverflow: number
  turnCount: number
  analysis: 'none' | 'live' | 'completed' | 'failed'
  summary: string | null
  firstEventAt: number
  lastEventAt: number
  /** Every event of it came later than the correction window: history only, never on a board. */
  backfill: boolean
}

/** One thing said. `partial`: assembled from utterances, the final turn has not come yet. */
export interface TurnRow {
  kind: 'turn'
  contactId: string
  turnId: string
  outputType: OutputType
  participantRole: string
  participantId: string | null
  text: string
  partial: boolean
  sentiment: Sentiment | null
  beginOffsetMs: number | null
  endOffsetMs: number | null
  /** Chat only. */
  saidAt: number | null
  /** Of the post-contact file it comes from; absent: live. The greatest edition of a contact stands in place of all others. */
  edition?: number
}

/** A stretch of an agent's time: a status, or one state of one contact with that agent. */
export interface IntervalRow {
  kind: 'interval'
  agentId: string
  instanceId: string
  of: 'status' | 'contact'
  contactId: string | null
  /** Status name, or Amazon's contact state. */
  name: string
  statusType: StatusType | null
  channel: string | null
  initiationMethod: string | null
  queueId: string | null
  start: number
  /** null while it lasts. */
  end: number | null
  /** The end was not seen but concluded from a later event. */
  estimated: boolean
}

export type Row = AgentRow | ContactRow | TurnRow | IntervalRow

/** Keys in `callboard.rows`. The kind is the prefix, so a reader of one kind scans one prefix; ids are escaped and bounded, so "/" only divides. */
export const rowIds = {
  agent: (agentId: string) => `agent/${toKeyPart(agentId)}`,
  contact: (contactId: string) => `contact/${toKeyPart(contactId)}`,
  turn: (t: { contactId: string; turnId: string; outputType: OutputType }) =>
    `${rowIds.turnsOf(t.contactId)}${toKeyPart(t.turnId)}/${t.outputType}`,
  turnsOf: (contactId: string) => `turn/${toKeyPart(contactId)}/`,
  interval: (i: Pick<IntervalRow, 'agentId' | 'of' | 'contactId' | 'name' | 'start'>) =>
    `${rowIds.intervalsOf(i.agentId)}${i.of}/${toKeyPart(i.contactId ?? '')}/${toKeyPart(i.name)}/${i.start}`,
  intervalsOf: (agentId: string) => `interval/${toKeyPart(agentId)}/`,
  alert: (contactId: string, ruleId: string, episode: number) => `${rowIds.alertsOf(contactId)}${toKeyPart(ruleId)}/${episode}`,
  alertsOf: (contactId: string) => `alert/${toKeyPart(contactId)}/`,
} as const

export const alertStates = ['raised', 'confirmed', 'withdrawn', 'acknowledged', 'resolved'] as const
export type AlertState = (typeof alertStates)[number]

export interface AlertHit {
  turnId: string
  participantRole: string
  /** The words that matched, with what was said around them. */
  text: string
  /** Character offsets (UTF-16) of the match in `text`. */
  begin: number
  end: number
  beginOffsetMs: number | null
  saidAt: number | null
  /** Found in a final turn, not only in an utterance. */
  confirmed: boolean
}

/** An alert: rule × entity × episode. Same id through its whole life. */
export interface AlertRow {
  kind: 'alert'
  id: string
  ruleId: string
  ruleName: string
  ruleVersion: number
  severity: 'warning' | 'critical'
  entity: { type: 'contact'; id: string }
  state: AlertState
  /** Event time of what caused it. */
  since: number
  /** Ingest time of the record that raised it. */
  raisedAt: number
  queue: QueueRef | null
  agentId: string | null
  hits: readonly AlertHit[]
  hitsOverflow: number
  history: readonly { state: AlertState; at: number; by: string | null }[]
}
