import type { JsonObject } from '#kernel/json'

/** What the log holds in `connect.*`. The first four come from Amazon; an observation is what one event tells about another key. */
export const eventKinds = ['agent-event', 'contact-record', 'contact-event', 'contact-lens', 'observation'] as const
export type EventKind = (typeof eventKinds)[number]
export type SourceKind = Exclude<EventKind, 'observation'>

/** Kinds as the HTTP path and the command line spell them. */
export const kindsByPath = {
  'agent-events': 'agent-event',
  'contact-records': 'contact-record',
  'contact-events': 'contact-event',
  'contact-lens': 'contact-lens',
} as const satisfies Record<string, SourceKind>
export type KindPath = keyof typeof kindsByPath

export function isSourceKind(text: string): text is SourceKind {
  return text !== 'observation' && (eventKinds as readonly string[]).includes(text)
}

/** One event as kept: payload exactly as Amazon sent it (after masking), the rest in headers. */
export interface EventEnvelope {
  /** Identity: is this the same message? Agent `EventId`, EventBridge `id`, else SHA-256 of the canonical bytes before masking. */
  id: string
  kind: EventKind
  /** Agent ARN or contact id. */
  key: string
  /** Epoch ms when it happened. Voice segments carry none: their arrival time. */
  eventTime: number
  /** Epoch ms when the source got it. */
  arrivalTime: number
  /** Name of the configured source it came through. */
  source: string
  payload: JsonObject
}

/** Why bytes could not be taken in. A closed set: it becomes a metric label. */
export const deadReasons = [
  'damaged',
  'invalid-utf8',
  'invalid-json',
  'too-deep',
  'too-large',
  'forbidden-key',
  'not-an-object',
  'unknown-shape',
  'wrong-kind',
  'schema',
  'no-contact-id',
  'event-time-in-future',
] as const
export type DeadReason = (typeof deadReasons)[number]

/** An event older than this at ingest is backfill: history only, no live row, no alert. */
export const CORRECTION_WINDOW_MS = 48 * 3_600_000
/** An event further ahead of ingest time than this is set aside as a dead letter (clock fault at the source). */
export const FUTURE_TOLERANCE_MS = 5 * 60_000

export function isBackfill(eventTime: number, ingestTime: number): boolean {
  return ingestTime - eventTime > CORRECTION_WINDOW_MS
}
