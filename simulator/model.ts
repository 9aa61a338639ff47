import type { Json, JsonObject } from '#kernel/json'
import type { SourceKind } from '#events/envelope'
import type { Campaign, Centre, Person, Queue, Status } from './centre/build.ts'
import type { Channel } from './centre/plan.ts'
import type { Analysis } from './analysis.ts'
import type { Course, Turn } from './conversation/plan.ts'
import type { Intent } from './conversation/lines.ts'
import type { AudioOf } from './desktop/audio.ts'
import type { Random } from './random.ts'
import type { Schedule } from './schedule.ts'
import type { TruthFact, WireKind } from './stream.ts'

export type Method = 'INBOUND' | 'API' | 'TRANSFER' | 'QUEUE_TRANSFER' | 'CALLBACK' | 'OUTBOUND' | 'EXTERNAL_OUTBOUND' | 'MONITOR'

/**
 * arriving → waiting ⇄ offered → talking → wrapUp → done
 *               └──────────────────────────────────→ done   (gave up, or moved on)
 */
type Phase = 'arriving' | 'waiting' | 'offered' | 'talking' | 'wrapUp' | 'done'

/** Left open, chance decides. */
export interface Wishes {
  patienceMs?: number
  talkMs?: number
  course?: Course
  intent?: Intent
  /** What is said, given the moment the agent joined. Ends the contact 3 s after the last turn unless `talkMs` is given. */
  turns?: (connectedAt: number) => Turn[]
  analysed?: boolean
  /** Takes the offer to be called back before it queues. */
  asksForCallback?: boolean
  /** Nothing unusual happens to it: no transfer, no hold by chance. */
  plain?: boolean
}

export interface Holds {
  count: number
  totalMs: number
  longestMs: number
}

export interface Contact {
  id: string
  phase: Phase
  channel: Channel
  method: Method
  /** The queue it is in, was in last, or belongs to when it never queues. */
  queue: Queue
  initialId: string | null
  previousId: string | null
  nextId: string | null
  customerNumber: string
  /** The number dialled. */
  systemNumber: string
  wishes: Wishes
  initiatedAt: number
  onlineAt: number | null
  scheduledFor: number | null
  enqueuedAt: number | null
  /** Whether contact events and agent events say that it queued: not for outbound contacts. */
  isQueueTold: boolean
  /** When it waited without being offered. The last one is open while it waits. */
  waits: { from: number; to: number | null }[]
  attempts: number
  agent: Agent | null
  connectedAt: number | null
  holds: Holds
  /** Since when the customer is on hold. */
  holdFrom: number | null
  pauses: Holds & { lastFrom: number | null; lastTo: number | null }
  /** When the wrap-up began and ended; the agent's own times. */
  wrapUpFrom: number | null
  wrapUpTo: number | null
  disconnectedAt: number | null
  disconnectReason: string | null
  /** The agent left before whoever comes next joined. */
  isColdTransfer: boolean
  /** When a flow handed it to a number outside. */
  transferredAt: number | null
  /** Number outside Connect it went on to. */
  transferredTo: string | null
  /** Somebody outside who took part: seconds are told in the record. */
  outsideMs: number | null
  campaign: Campaign | null
  answeredBy: string | null
  previewedUntil: number | null
  attributes: Readonly<Record<string, string>>
  listens: boolean
  /** Came from the legacy platform, which had its own flow. */
  isHandedOver: boolean
  callbackTries: number
  /** How it left its queue; null: it never queued, or is still there. */
  outcome: 'answered' | 'abandoned' | 'transferred' | 'callback' | null
  leftQueueAt: number | null
  lens: Analysis | null
  quality: { qualityMetrics: Json; disconnectDetails: Json } | null
}

export type LegState = 'INCOMING' | 'CONNECTING' | 'CONNECTED' | 'CONNECTED_ONHOLD' | 'PAUSED' | 'MISSED' | 'REJECTED' | 'ERROR' | 'ENDED'

/** A contact as one agent sees it; a missed one goes on elsewhere while its leg stays until it is cleared. */
export interface Leg {
  contact: Contact
  state: LegState
  /** As Amazon tells it: a hold does not move it. */
  since: number
  /** When it really entered the state. */
  stateFrom: number
  connectedAt: number | null
}

export interface Agent {
  person: Person
  status: Status
  statusSince: number
  /** Set while busy: no new contact is offered, the status changes when the last one is cleared. */
  nextStatus: { status: Status; enqueuedAt: number; lengthMs: number } | null
  legs: Leg[]
  idleSince: number
  /** The last snapshot sent. */
  snapshot: JsonObject | null
  lastEventAt: number
  /** A change waits for the next millisecond, so that no two events of an agent have the same time. */
  isChanged: boolean
  isSignedIn: boolean
  /** Connection lost: still Available in everybody's eyes, but nothing is sent any more. */
  isGhost: boolean
}

/** What the storyline imposes on chance. */
interface Direction {
  /** Per queue: no calls, transfers or missed offers by chance until then. */
  quietUntil: number[]
  /** Per desk: whoever gets free before this goes on a break instead. */
  heldUntil: number[]
  /** When the next ones on such a break come back; after these, soon after the hold ends. */
  returnsAt: number[]
  /** The caller whom even those held take; null once offered. */
  lead: Contact | null
  /** Queues whose next offer rings unanswered. */
  missNext: Set<number>
  /** Queues whose next ending voice contact is transferred. */
  transferNext: Set<number>
  silence: { kind: SourceKind; from: number; until: number } | null
  storyAt: number | null
}

/** What one part of the centre's life sets off in another. */
export interface Reactions {
  /** The agent may have room for more. */
  free(agent: Agent): void
  /** The agent has accepted the contact and both are connected. */
  joined(agent: Agent, leg: Leg): void
  /** The customer is gone before anybody joined. */
  left(contact: Contact, reason: string): void
  /** The number that a callback dialled does not answer. */
  unanswered(contact: Contact): void
  /** A contact is over. */
  over(): void
}

/** The way out to the legacy platform. */
export interface HandOvers {
  open(): void
  /** Nobody signs in there any more. */
  close(): void
  /** Whether the flow hands this contact over instead of queueing it. */
  wants(contact: Contact): boolean
  /** Transfers it to a number of the pool; false: no number is free and it may queue here. */
  handOver(contact: Contact): boolean
}

export interface World {
  react: Reactions
  centre: Centre
  schedule: Schedule
  /** Nothing new begins after it. */
  endAt: number
  startAt: number
  /** Arrivals, lengths, decisions. */
  load: Random
  /** Words. */
  talk: Random
  /** Of messages and what is in them. */
  ids: Random
  contactIds: Random
  agents: readonly Agent[]
  /** By desk. */
  staff: readonly (readonly Agent[])[]
  /** By standard queue: the desks that serve it. */
  desksOf: readonly (readonly number[])[]
  /** By queue, own queues of agents last; oldest first. */
  lines: Contact[][]
  /** Contacts whose story is not over. */
  openContacts: number
  direction: Direction
  /** The legacy platform beside Connect, if there is one. */
  legacy: HandOvers | null
  /** How calls sound; null: nobody looks at it. */
  audioOf: AudioOf | null
  /** Hands a message to the source after its kind's usual delay, or after `delayMs`. */
  send(kind: WireKind, payload: JsonObject | string, delayMs?: number): void
  /** Whether anybody wants this kind: what is not wanted need not be built. */
  wants(kind: WireKind): boolean
  /** Takes down what is true; undefined: nobody wants to know. */
  note: ((fact: TruthFact) => void) | undefined
}
