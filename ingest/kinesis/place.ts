/**
 * Where to read on in a shard, as text that can be kept: `TRIM_HORIZON`, `SINCE:<epoch ms>`, the sequence number of the last record that
 * was taken in, or `SHARD_END`. Sequence numbers compare within one shard only.
 */
export type Place = string

export const TRIM_HORIZON: Place = 'TRIM_HORIZON'
export const SHARD_END: Place = 'SHARD_END'
const SINCE = 'SINCE:'

export const sinceMoment = (at: number): Place => `${SINCE}${at}`

/** Whether a record was read there, so that the shard is being worked on. */
export const isUnderWay = (place: Place): boolean => place !== TRIM_HORIZON && !place.startsWith(SINCE)

/** The same as Kinesis wants it, for an iterator and for a subscription alike. */
export type Starting =
  | { type: 'TRIM_HORIZON' }
  | { type: 'AT_TIMESTAMP'; timestamp: Date }
  | { type: 'AFTER_SEQUENCE_NUMBER'; sequenceNumber: string }

export function startingAt(place: Place): Starting {
  if (place === TRIM_HORIZON) return { type: 'TRIM_HORIZON' }
  if (place.startsWith(SINCE)) return { type: 'AT_TIMESTAMP', timestamp: new Date(Number(place.slice(SINCE.length))) }
  return { type: 'AFTER_SEQUENCE_NUMBER', sequenceNumber: place }
}
