import { sha256Hex } from '#kernel/node/hash'
import type { Entry } from '#log/port'
import type { Arrival, DeadReading } from './arrival.ts'

/** A dead letter keeps this much of a message; of a longer one the rest is described by length and hash. */
export const KEPT_BYTES = 1024 * 1024

/** What could not be taken in: the bytes, the reason and where they came from. */
export function toDeadLetter(reading: DeadReading, arrival: Arrival): Entry {
  const { bytes, reason, message, id } = reading
  const headers: Record<string, string> = {
    reason,
    message: message.slice(0, 500),
    origin: arrival.origin,
    source: arrival.source,
    kind: arrival.kind,
    arrivalTime: String(arrival.arrivalTime),
    ...(id === undefined ? {} : { id }),
  }
  if (bytes.byteLength <= KEPT_BYTES) return { key: arrival.source, value: bytes, headers }
  return {
    key: arrival.source,
    value: bytes.subarray(0, KEPT_BYTES),
    headers: { ...headers, fullBytes: String(bytes.byteLength), sha256: sha256Hex(bytes) },
  }
}
