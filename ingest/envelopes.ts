import type { JsonObject } from '#kernel/json'
import type { EventEnvelope } from '#events/envelope'
import { observationsOf } from '#events/observations'
import type { Arrival, Reading } from './arrival.ts'

/** The event and, right behind it, what it tells about other keys. They are appended before the source is acknowledged. */
export function toEnvelopes(reading: Extract<Reading, { ok: true }>, arrival: Arrival): EventEnvelope[] {
  const { kind, key, eventTime, payload, event } = reading
  const id = reading.identity.slice(kind.length + 1)
  const { arrivalTime, source } = arrival
  const envelopes: EventEnvelope[] = [{ id, kind, key, eventTime, arrivalTime, source, payload }]
  for (const { id: observationId, key: about, observation } of observationsOf(event, id))
    envelopes.push({
      id: observationId,
      kind: 'observation',
      key: about,
      eventTime,
      arrivalTime,
      source,
      payload: observation as unknown as JsonObject,
    })
  return envelopes
}
