import type { Json, JsonObject } from '#kernel/json'
import type { SourceEvent } from '#events/decode'
import type { DeadReason, SourceKind } from '#events/envelope'

/** Where elements come from and when the source got them. */
export interface Arrival {
  /** Name of the configured source, or `http`. */
  source: string
  /** Place within the source, for dead letters: a shard and sequence number, a line. */
  origin: string
  kind: SourceKind | 'any'
  arrivalTime: number
  /** Identity of an event that was read before and set aside, by the door or by a lane: it is not a repeat, and stays the same event. */
  knownAs?: string
}

/** One message: bytes as a stream delivers them, or a value that came inside a larger JSON body. */
export type Element = ({ bytes: Uint8Array; damage?: string } | { value: Json }) & {
  /** Where they differ from those of what it arrived with. */
  origin?: string
  arrivalTime?: number
}

/** Of one element of an arrival. */
export function arrivalOf({ origin, arrivalTime }: Element, arrival: Arrival): Arrival {
  if (origin === undefined && arrivalTime === undefined) return arrival
  return { ...arrival, origin: origin ?? arrival.origin, arrivalTime: arrivalTime ?? arrival.arrivalTime }
}

export type Reading =
  | { ok: true; kind: SourceKind; event: SourceEvent; identity: string; key: string; eventTime: number; payload: JsonObject }
  | DeadReading

export interface DeadReading {
  ok: false
  reason: DeadReason
  message: string
  bytes: Uint8Array
  /** Identity of an event that could be read: taken in later, it is the same one, whatever was hidden in its bytes. */
  id?: string
}
