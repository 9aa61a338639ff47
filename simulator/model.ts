import type { JsonObject } from '#kernel/json'
import type { SourceKind } from '#events/envelope'
import type { Person, Queue, Status } from './centre.ts'
import type { Analysis } from './analysis.ts'
import type { Intent } from './conversation/lines.ts'
import type { Course, Turn } from './conversation/plan.ts'
import type { Random } from './random.ts'
import type { Schedule } from './schedule.ts'

/** One message as a source would get it, and when. Payloads share parts with each other: read only. */
export interface WireEvent {
  at: number
  kind: SourceKind
  payload: JsonObject
}

export type Channel = 'VOICE' | 'CHAT'
export type Method = 'INBOUND' | 'API' | 'TRANSFER' | 'QUEUE_TRANSFER' | 'CALLBACK'

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
}

export interface Contact {
  id: string
  phase: Phase
  channel: Channel
  method: Method
  queue: Queue
  initialId: string | null
  previousId: string | null
  nextId: string | null
  customerNumber: string
  wishes: Wishes
  initiatedAt: number
  enqueuedAt: number | null
  attempts: number
  agent: Agent | null
  connectedAt: number | null
  holds: { count: number; totalMs: number; longestMs: number }
  /** When the wrap-up began and ended; the agent's own times. */
  wrapUpFrom: number | null
  wrapUpTo: number | null
  disconnectedAt: number | null
  disconnectReason: string | null
  isTransferredAway: boolean
  lens: Analysis | null
}

/** A contact as one agent sees it; a missed one goes on elsewhere while its leg stays until it is cleared. */
export interface Leg {
  contact: Contact
  state: 'INCOMING' | 'CONNECTING' | 'CONNECTED' | 'CONNECTED_ONHOLD' | 'MISSED' | 'ENDED'
  since: number
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
  /** Connection lost: still Available in everybody's eyes, but nothing is sent any more. */
  isGhost: boolean
}

/** What the storyline imposes on chance. */
interface Direction {
  /** Per queue: no calls, transfers or missed offers by chance until then. */
  quietUntil: number[]
  /** Per routing profile: whoever gets free before this goes on a break instead. */
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

export interface World {
  schedule: Schedule
  /** Arrivals, lengths, decisions. */
  load: Random
  /** Words. */
  talk: Random
  ids: Random
  agents: readonly Agent[]
  /** Per queue, oldest first. */
  waiting: Contact[][]
  direction: Direction
  /** Hands a message to the source after its kind's usual delay, or after `delayMs`. */
  send(kind: SourceKind, payload: JsonObject, delayMs?: number): void
}
