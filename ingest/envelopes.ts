import type { JsonObject } from '#kernel/json'
import type { EventEnvelope } from '#events/envelope'
import { observationsOf } from '#events/observations'
import type { Arrival, Reading } from './arrival.ts'

/** The event and, right behind it, what it tells about other keys. They are appended before the source is acknowledged. */
export function toEnvelopes(reading: Extract<Reading, { ok: true }>, arrival: Arrival): EventEnvelope[] {
  const { kind, key, eventTime, payload, event } = reading
  const id = reading.identity.slice(kind.length + 1)
  const base = { eventTime, arrivalTime: arrival.arrivalTime, source: arrival.source }
  const observations = observationsOf(event, id).map((o): EventEnvelope => ({
    ...base,
    id: o.id,
    kind: 'observation',
    key: o.key,
    payload: o.observation as unknown as JsonObject,
  }))
  return [{ ...base, id, kind, key, payload }, ...observations]
}
