import { gunzipSync } from 'node:zlib'
import { CallboardError } from '#kernel/errors'
import type { LogRecord } from '../port.ts'

/** One partition's part of a fetch answer. */
export interface FetchedPartition {
  topic: string
  partition: number
  /** Kafka's error code; 0: none. */
  errorCode: number
  /** End of what a read-committed reader may see: the last stable offset. */
  stableEnd: number
  start: number
  /** The offset that was asked for. */
  from: number
  records: LogRecord[]
  /** Where to read on: past everything looked at, control records and aborted ones included; `from` when nothing came. */
  next: number
}

/** Written by a new owner before anything else (see transaction-writer.ts); readers never see it. */
export const BARRIER_KEY = '\u0000barrier'

const V2_MAGIC = 2
const HEADER_BYTES = 61
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const LOG_APPEND_TIME = 0x08
const ABORT = 0

class Reader {
  readonly #bytes: Buffer
  at = 0
  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }
  i16(): number {
    return this.#bytes.readInt16BE((this.at += 2) - 2)
  }
  i32(): number {
    return this.#bytes.readInt32BE((this.at += 4) - 4)
  }
  /** Offsets, times and producer ids stay far below 2^53. */
  i64(): number {
    const high = this.#bytes.readInt32BE(this.at)
    const low = this.#bytes.readUInt32BE(this.at + 4)
    this.at += 8
    return high * 4_294_967_296 + low
  }
  text(): string {
    const length = this.i16()
    return this.#bytes.toString('utf8', this.at, (this.at += length))
  }
  take(length: number): Buffer {
    return this.#bytes.subarray(this.at, (this.at += length))
  }
}

/** Decodes the answer to a Fetch request of version 11. `fromOf` gives the offset that was asked for. */
export function decodeFetch(bytes: Buffer, fromOf: (topic: string, partition: number) => number): FetchedPartition[] {
  const reader = new Reader(bytes)
  reader.i32() // throttle time
  const errorCode = reader.i16()
  reader.i32() // session
  const found: FetchedPartition[] = []
  for (let topics = reader.i32(); topics > 0; topics--) {
    const topic = reader.text()
    for (let partitions = reader.i32(); partitions > 0; partitions--) {
      const partition = reader.i32()
      const partitionError = reader.i16()
      reader.i64() // high watermark
      const stableEnd = reader.i64()
      const start = reader.i64()
      const aborted: Aborted[] = []
      for (let n = reader.i32(); n > 0; n--) aborted.push({ producerId: reader.i64(), firstOffset: reader.i64() })
      reader.i32() // preferred read replica
      const batches = reader.take(Math.max(0, reader.i32()))
      const from = fromOf(topic, partition)
      const decoded = decodeBatches(batches, { topic, partition, from, aborted })
      found.push({ topic, partition, errorCode: errorCode || partitionError, stableEnd, start, from, ...decoded })
    }
  }
  return found
}

interface Aborted {
  producerId: number
  firstOffset: number
}

/**
 * The records at or past `from` that readers may see. A transaction that was aborted begins at its first offset and ends at its
 * marker; the broker lists them in the order of their ends. The last batch may be cut off: it comes again.
 */
export function decodeBatches(
  bytes: Buffer,
  { topic, partition, from, aborted }: { topic: string; partition: number; from: number; aborted: readonly Aborted[] },
): { records: LogRecord[]; next: number } {
  const pending = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<number>()
  const records: LogRecord[] = []
  let next = from
  let pendingAt = 0
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const size = 12 + bytes.readInt32BE(at + 8)
    if (at + size > bytes.length) break
    const batch = bytes.subarray(at, at + size)
    at += size
    const reader = new Reader(batch)
    const base = reader.i64()
    if (batch[16] !== V2_MAGIC) throw unreadable(topic, partition, `message format ${batch[16]}`)
    reader.at = 21
    const attributes = reader.i16()
    const last = base + reader.i32()
    const firstTime = reader.i64()
    const maxTime = reader.i64()
    const producerId = reader.i64()
    next = Math.max(next, last + 1)
    for (; pendingAt < pending.length && pending[pendingAt]!.firstOffset <= last; pendingAt++) open.add(pending[pendingAt]!.producerId)
    if ((attributes & CONTROL) !== 0) {
      if (controlType(batch) === ABORT) open.delete(producerId)
      continue
    }
    if ((attributes & TRANSACTIONAL) !== 0 && open.has(producerId)) continue
    const count = batch.readInt32BE(57)
    const body = uncompressed(batch.subarray(HEADER_BYTES), attributes, topic, partition)
    const appendTime = (attributes & LOG_APPEND_TIME) !== 0 ? maxTime : undefined
    decodeRecords(body, count, { partition, base, from, firstTime, appendTime }, records)
  }
  return { records, next }
}

/** A control record's key is version (i16) and type (i16); the record begins with three one-byte varints, then the key's length. */
function controlType(batch: Buffer): number {
  const cursor = { at: HEADER_BYTES }
  varint(batch, cursor) // length
  cursor.at++ // attributes
  varint(batch, cursor)
  varint(batch, cursor)
  varint(batch, cursor)
  return batch.readInt16BE(cursor.at + 2)
}

function decodeRecords(
  body: Buffer,
  count: number,
  batch: { partition: number; base: number; from: number; firstTime: number; appendTime: number | undefined },
  into: LogRecord[],
): void {
  const cursor = { at: 0 }
  for (let i = 0; i < count; i++) {
    const length = varint(body, cursor)
    const end = cursor.at + length
    cursor.at++ // attributes
    const timeDelta = varint(body, cursor)
    const offset = batch.base + varint(body, cursor)
    if (offset < batch.from) {
      cursor.at = end
      continue
    }
    const key = bytesAt(body, cursor)?.toString('utf8') ?? ''
    const value = bytesAt(body, cursor)
    const headers: Record<string, string> = {}
    for (let n = varint(body, cursor); n > 0; n--) {
      const name = bytesAt(body, cursor)?.toString('utf8') ?? ''
      headers[name] = bytesAt(body, cursor)?.toString('utf8') ?? ''
    }
    cursor.at = end
    if (key === BARRIER_KEY) continue
    into.push({ key, value, headers, offset, partition: batch.partition, ingestTime: batch.appendTime ?? batch.firstTime + timeDelta })
  }
}

function bytesAt(body: Buffer, cursor: { at: number }): Buffer | null {
  const length = varint(body, cursor)
  if (length < 0) return null
  return body.subarray(cursor.at, (cursor.at += length))
}

/** Zigzag; beyond 32 bits only for time deltas, so without shifts there. */
function varint(bytes: Buffer, cursor: { at: number }): number {
  let value = 0
  let scale = 1
  for (;;) {
    const byte = bytes[cursor.at++]!
    value += (byte & 0x7f) * scale
    if (byte < 0x80) break
    scale *= 128
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}

function uncompressed(body: Buffer, attributes: number, topic: string, partition: number): Buffer {
  const codec = attributes & 0x07
  if (codec === 0) return body
  if (codec === 1) return gunzipSync(body)
  throw unreadable(topic, partition, `compression ${codec}; set compression.type=producer on the topic`)
}

function unreadable(topic: string, partition: number, what: string): CallboardError {
  return new CallboardError('LOG_CORRUPT', `Kafka topic ${topic}/${partition} holds records this log does not write: ${what}.`)
}
