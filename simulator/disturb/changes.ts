import { isJsonObject, type JsonObject } from '#kernel/json'
import type { Random } from '../random.ts'
import type { WireEvent } from '../stream.ts'

/** A message that is not a line of text. */
export interface ObjectEvent extends WireEvent {
  payload: JsonObject
}

export const isObjectEvent = (event: WireEvent): event is ObjectEvent => typeof event.payload !== 'string'

// Payloads share parts with each other: every change copies what it touches and nothing else.

/** The record as it would be re-sent `laterMs` later: complete, newer, with one attribute more. */
export function toResentRecord(event: ObjectEvent, laterMs: number, random: Random): ObjectEvent {
  const { payload } = event
  const attributes = isJsonObject(payload['Attributes']) ? payload['Attributes'] : {}
  return {
    ...event,
    at: event.at + laterMs,
    payload: {
      ...payload,
      Attributes: { ...attributes, followUp: random.pick(['none', 'call back', 'letter', 'complaint']) },
      LastUpdateTimestamp: moveTime(payload['LastUpdateTimestamp'], Math.max(1000, laterMs)) ?? new Date(event.at + laterMs).toISOString(),
    },
  }
}

/** The next of the heart beats that go on after a LOGOUT, with the snapshot of the LOGOUT. */
export function toHeartBeat(logout: ObjectEvent, afterMs: number, id: string): WireEvent {
  const { payload } = logout
  const snapshot = payload['CurrentAgentSnapshot'] ?? null
  return {
    ...logout,
    at: logout.at + afterMs,
    time: logout.time + afterMs,
    payload: {
      ...payload,
      EventId: id,
      EventTimestamp: moveTime(payload['EventTimestamp'], afterMs) ?? new Date(logout.time + afterMs).toISOString(),
      EventType: 'HEART_BEAT',
      CurrentAgentSnapshot: snapshot,
      PreviousAgentSnapshot: snapshot,
    },
  }
}

const stampOf = { 'agent-event': 'EventTimestamp', 'contact-event': 'time' } as const

/** The producer's clock is wrong: its own stamp moves, what it tells about does not. */
export function withSkew(event: WireEvent, kind: keyof typeof stampOf, skewMs: number): WireEvent {
  if (event.kind !== kind || typeof event.payload === 'string') return event
  const moved = moveTime(event.payload[stampOf[kind]], skewMs)
  return moved === undefined ? event : { ...event, payload: { ...event.payload, [stampOf[kind]]: moved } }
}

/** Fields of a coming version, on top and inside what we know. A line of text has no place for them. */
export function withUnknownFields(event: WireEvent, random: Random): WireEvent {
  if (typeof event.payload === 'string') return event
  const payload: JsonObject = { ...event.payload, [random.pick(freshNames)]: freshValue(random) }
  for (const name of innerNames) {
    const inner = payload[name]
    if (isJsonObject(inner)) payload[name] = { ...inner, [random.pick(freshNames)]: freshValue(random) }
  }
  // A kind of segment nobody knows, beside those we know.
  const segments = payload['Segments']
  if (Array.isArray(segments)) payload['Segments'] = [...segments, { [random.pick(freshNames)]: freshValue(random) }]
  return { ...event, payload }
}

const innerNames = ['CurrentAgentSnapshot', 'detail', 'Agent', 'Queue']
const freshNames = ['XInsights', 'XRoutingHints', 'XCarbonFootprint', 'XAssistance']

const freshValue = (random: Random): JsonObject[string] =>
  random.pick<() => JsonObject[string]>([
    () => null,
    () => random.whole(0, 1000) / 8,
    () => [],
    () => ({ Level: { Deep: [{ Er: [null, true, random.uuid()] }] }, Count: random.whole(0, 9) }),
    () => [{ Name: 'é✓', Values: [1, 'two', { Three: 3 }] }],
    () => '2099-12-31T23:59:59.999Z',
  ])()

/** An extra message of a type that does not exist yet, with the facts of `event`; undefined where a kind has no types. */
export function toUnknownType(event: WireEvent, random: Random): WireEvent | undefined {
  const { kind, payload } = event
  if (typeof payload === 'string') {
    if (kind !== 'queue-log') return undefined
    const fields = payload.split('|')
    fields[4] = 'XAGENTMOOD'
    return { ...event, payload: fields.join('|') }
  }
  if (kind === 'agent-event') {
    const snapshot = payload['CurrentAgentSnapshot'] ?? null
    return {
      ...event,
      payload: { ...payload, EventId: random.uuid(), EventType: 'XSHIFT_OFFERED', PreviousAgentSnapshot: snapshot },
    }
  }
  if (kind === 'contact-event') {
    const fresh = { ...payload, id: random.uuid() }
    if (random.chance(0.5)) return { ...event, payload: { ...fresh, 'detail-type': 'Amazon Connect Forecast Change' } }
    return isJsonObject(payload['detail'])
      ? { ...event, payload: { ...fresh, detail: { ...payload['detail'], eventType: 'XCONTACT_RATED' } } }
      : undefined
  }
  if (kind !== 'contact-lens') return undefined
  const { Segments: _, ...head } = payload
  const name = 'StreamingEventType' in payload ? 'StreamingEventType' : 'EventType'
  return { ...event, payload: { ...head, [name]: 'XINSIGHTS', XInsights: freshValue(random) } }
}

/** ISO text moved by `ms`, in its own precision. */
function moveTime(text: JsonObject[string] | undefined, ms: number): string | undefined {
  if (typeof text !== 'string' || Number.isNaN(Date.parse(text))) return undefined
  const iso = new Date(Date.parse(text) + ms).toISOString()
  return text.includes('.') ? iso : `${iso.slice(0, 19)}Z`
}
