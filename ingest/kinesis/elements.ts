import { gunzipSync } from 'node:zlib'
import type { _Record } from '@aws-sdk/client-kinesis'
import { messageOf } from '#kernel/errors'
import type { Element } from '../arrival.ts'
import { unpackAggregate } from './kpl.ts'

/** What a compressed record may become; larger messages are not read anyhow. */
const MOST_UNZIPPED_BYTES = 8 * 1024 * 1024

/**
 * The messages in one record: one, or several that a producer packed together. Each keeps its own arrival, because voice segments have no
 * other time; `origin` ends in the sequence number, and for a packed one in its index behind a dot.
 */
export function elementsOf(record: _Record, shard: string, now: number): Element[] {
  const origin = `${shard}/${record.SequenceNumber ?? ''}`
  const arrivalTime = record.ApproximateArrivalTimestamp?.getTime() ?? now
  const bytes = record.Data ?? new Uint8Array()
  const unpacked = unpackAggregate(bytes)
  if (unpacked.kind === 'damaged') return [{ bytes, origin, arrivalTime, damage: unpacked.message }]
  if (unpacked.kind === 'plain') return [{ ...unzipped(bytes), origin, arrivalTime }]
  return unpacked.payloads.map((payload, i) => ({ ...unzipped(payload), origin: `${origin}.${i}`, arrivalTime }))
}

/** Subscriptions and transformations in between like to compress; JSON never begins with these bytes. */
function unzipped(bytes: Uint8Array): { bytes: Uint8Array; damage?: string } {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return { bytes }
  try {
    return { bytes: gunzipSync(bytes, { maxOutputLength: MOST_UNZIPPED_BYTES }) }
  } catch (error) {
    return { bytes, damage: `begins like gzip, but cannot be unzipped: ${messageOf(error)}` }
  }
}
