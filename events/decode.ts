import { isJsonObject, parseJson, type Json, type JsonObject } from '#kernel/json'
import type { z } from 'zod'
import { agentEventWire, toAgentEvent, type AgentEventWire } from './agent-event.ts'
import { contactEventWire, respellContactEvent, toContactEvent, type ContactEventWire } from './contact-event.ts'
import { contactRecordWire, toContactRecord, type ContactRecordWire } from './contact-record.ts'
import { lensReaderOf, toLensEvent } from './contact-lens/lens-event.ts'
import type { DomainEvent, Observation } from './domain.ts'
import type { DeadReason, EventKind, SourceKind } from './envelope.ts'
import { ownIdOf } from './identity.ts'
import { detectKind, isEventBridge } from './kind.ts'

export type SourceEvent = Exclude<DomainEvent, Observation>

export type Decoded =
  | {
      ok: true
      kind: SourceKind
      event: SourceEvent
      /** Agent ARN or contact id. */
      key: string
      /** Null where the message carries no clock: take the arrival time. */
      eventTime: number | null
      /** Amazon's own id of the message; null: `identityOf` hashes `payload`. */
      ownId: string | null
      /** What to keep: as given, without the SNS notification around it. */
      payload: JsonObject
    }
  | { ok: false; reason: DeadReason; message: string }

/** Checks one payload and reads it. Never throws for JSON up to 64 levels deep; what cannot be read comes back as a reason. */
export function decodePayload(payload: JsonObject, expected: SourceKind | 'any'): Decoded {
  const inner = unwrapNotification(payload)
  if (!inner.ok) return inner
  const found = detectKind(inner.payload)
  if (found === null && (expected === 'any' || isEventBridge(inner.payload))) {
    const detailType = inner.payload['detail-type']
    const what = typeof detailType === 'string' ? `detail-type "${detailType.slice(0, 100)}"` : 'the payload'
    return { ok: false, reason: 'unknown-shape', message: `${what} is none of the shapes this version reads` }
  }
  const kind = expected === 'any' ? found : expected
  if (kind === null || (found !== null && found !== kind)) {
    return { ok: false, reason: 'wrong-kind', message: `looks like ${found}, expected ${kind}` }
  }
  return decodeAs(kind, inner.payload)
}

/**
 * Reads a payload that {@link decodePayload} accepted before, from the log for instance: the same readers, no schema.
 * Masking may have changed texts in between, never types.
 */
export function toDomain<K extends EventKind>(kind: K, payload: JsonObject): Extract<DomainEvent, { kind: K }> {
  return readers[kind](payload) as Extract<DomainEvent, { kind: K }>
}

/** The one place where a payload gets its wire type: true after the kind's schema has passed, since schemas transform nothing. */
const readers: { [K in EventKind]: (payload: JsonObject) => DomainEvent } = {
  'agent-event': (payload) => toAgentEvent(payload as unknown as AgentEventWire),
  'contact-record': (payload) => toContactRecord(payload as unknown as ContactRecordWire),
  'contact-event': (payload) => toContactEvent(respellContactEvent(payload) as unknown as ContactEventWire),
  'contact-lens': toLensEvent,
  observation: (payload) => payload as unknown as Observation,
}

function decodeAs(kind: SourceKind, payload: JsonObject): Decoded {
  const view = kind === 'contact-event' ? respellContactEvent(payload) : payload
  const contactPath = contactPathOf(kind, payload)
  if (contactPath !== null && isAbsent(view, contactPath)) {
    return { ok: false, reason: 'no-contact-id', message: `${pathText(contactPath, payload)}: is missing` }
  }
  const checked = schemaOf(kind, payload).safeParse(view)
  if (!checked.success) return { ok: false, reason: 'schema', message: issuesText(checked.error.issues, payload) }
  const event = toDomain(kind, payload)
  const key = event.kind === 'agent-event' ? event.agentArn : event.contactId
  return { ok: true, kind, event, key, eventTime: event.eventTime, ownId: ownIdOf(kind, payload), payload }
}

function schemaOf(kind: SourceKind, payload: JsonObject): z.ZodType {
  if (kind === 'agent-event') return agentEventWire
  if (kind === 'contact-record') return contactRecordWire
  return kind === 'contact-event' ? contactEventWire : lensReaderOf(payload).schema
}

function contactPathOf(kind: SourceKind, payload: JsonObject): readonly string[] | null {
  if (kind === 'agent-event') return null
  if (kind === 'contact-record') return ['ContactId']
  return kind === 'contact-event' ? ['detail', 'contactId'] : lensReaderOf(payload).contactPath
}

/** Whether nothing is at `path`. Something of a wrong type on the way is not nothing: that is for the schema to name. */
function isAbsent(root: JsonObject, path: readonly string[]): boolean {
  let value: Json | undefined = root
  for (const name of path) {
    if (!isJsonObject(value)) break
    value = value[name]
  }
  return value === undefined || value === null || value === ''
}

type Unwrapped = { ok: true; payload: JsonObject } | { ok: false; reason: DeadReason; message: string }

/** An SQS queue fed through SNS delivers `{Type: "Notification", Message: "<the event as text>"}`. */
function unwrapNotification(payload: JsonObject): Unwrapped {
  const message = payload['Message']
  if (payload['Type'] !== 'Notification' || typeof message !== 'string') return { ok: true, payload }
  const parsed = parseJson(message)
  if (!parsed.ok) return { ok: false, reason: parsed.fault, message: `Message: ${parsed.message}` }
  if (!isJsonObject(parsed.value)) return { ok: false, reason: 'not-an-object', message: 'Message: is not a JSON object' }
  return { ok: true, payload: parsed.value }
}

const MAX_ISSUES = 5

/** Names fields and types, never values: the text ends up in logs and in problem documents. */
function issuesText(issues: readonly z.core.$ZodIssue[], payload: JsonObject): string {
  const shown = issues.slice(0, MAX_ISSUES).map((issue) => `${pathText(issue.path, payload)}: ${issue.message}`)
  return issues.length > MAX_ISSUES ? `${shown.join('; ')}; and ${issues.length - MAX_ISSUES} more` : shown.join('; ')
}

/** `CurrentAgentSnapshot.Contacts[0].State`. A bare contact event has no `detail` to name. */
function pathText(path: readonly PropertyKey[], payload: JsonObject): string {
  const shown = path[0] === 'detail' && !('detail' in payload) ? path.slice(1) : path
  const text = shown
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part).slice(0, 64)}`))
    .join('')
  return text === '' ? 'payload' : text
}
