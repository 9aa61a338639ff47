import type { JsonObject } from '#kernel/json'
import { eventKinds, type EventEnvelope, type EventKind } from './envelope.ts'

/** An envelope as the log keeps it: payload as value, the rest in headers, so that a reader can judge before it parses. */
export interface EnvelopeRecord {
  key: string
  value: Uint8Array
  headers: Record<string, string>
}

const encoder = new TextEncoder()
const decoder = new TextDecoder()

export function toRecord(envelope: EventEnvelope): EnvelopeRecord {
  return {
    key: envelope.key,
    value: encoder.encode(JSON.stringify(envelope.payload)),
    headers: {
      id: envelope.id,
      kind: envelope.kind,
      eventTime: String(envelope.eventTime),
      arrivalTime: String(envelope.arrivalTime),
      source: envelope.source,
    },
  }
}

type KeptRecord = Pick<EnvelopeRecord, 'key'> & { value: Uint8Array | null; headers: Readonly<Record<string, string>> }

/** Reads back what `toRecord` wrote; throws on anything else, because ingest is the only writer of these topics. */
export function fromRecord(record: KeptRecord): EventEnvelope {
  return { ...headOf(record), payload: JSON.parse(decoder.decode(record.value ?? new Uint8Array())) as JsonObject }
}

/** The envelope without its payload, for readers that only pass the bytes on. */
export function headOf(record: KeptRecord): Omit<EventEnvelope, 'payload'> {
  const { id, kind, eventTime, arrivalTime, source } = record.headers
  if (record.value === null || id === undefined || !isKind(kind)) throw new TypeError(`record of ${record.key} is not an event envelope`)
  return { id, kind, key: record.key, eventTime: Number(eventTime), arrivalTime: Number(arrivalTime), source: source ?? '' }
}

function isKind(kind: string | undefined): kind is EventKind {
  return kind !== undefined && (eventKinds as readonly string[]).includes(kind)
}
