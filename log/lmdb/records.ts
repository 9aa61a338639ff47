import { CallboardError } from '#kernel/errors'
import { closedFault } from '../faults.ts'
import type { LogRecord, ReadBatch, ReadLimits, TableView } from '../port.ts'
import type { TopicTables } from './draft.ts'
import { storageFault, type Table } from './environment.ts'
import { isTombstone, readFrame } from './frame.ts'
import { keyAfterPrefix, offsetKey, rowKey } from './keys.ts'

const MAX_OFFSET = 2 ** 48 - 1
const SCAN_CHUNK = 256

export interface ReadSpan {
  topic: string
  partition: number
  from: number
  /** Where the log ends for this read: what lies past it is not looked at. */
  end: number
}

/** Records of the span in order, up to the limits; at least one when there is one. Throws LOG_CORRUPT rather than leave one out. */
export function readRecords(tables: TopicTables, span: ReadSpan, limits: ReadLimits): ReadBatch {
  const { topic, partition, from, end } = span
  if (from >= end) return { records: [], next: from }
  const records: LogRecord[] = []
  let bytes = 0
  let isFull = false
  for (const frame of framesOf(tables, span, limits.maxRecords + 1)) {
    bytes += frame.length
    isFull = records.length > 0 && (records.length >= limits.maxRecords || bytes > limits.maxBytes)
    if (isFull) break
    records.push(readFrame(frame, topic, partition))
  }
  const last = records.at(-1)
  const next = isFull ? last!.offset + 1 : end
  // A damaged page can end an iteration early without an error. Only compacted topics have gaps.
  if (tables.cleanup === 'delete' && (last?.offset !== next - 1 || records.length !== next - from))
    throw new CallboardError('LOG_CORRUPT', `Records of ${topic}/${partition} between ${from} and ${next} are missing.`, {
      details: { topic, partition, from, next },
    })
  return { records, next }
}

function* framesOf(tables: TopicTables, { topic, partition, from, end }: ReadSpan, limit: number): Iterable<Uint8Array> {
  const range = { start: offsetKey(partition, from), end: offsetKey(partition, end), limit }
  try {
    if (tables.cleanup === 'delete') {
      for (const { value } of tables.records.getRange(range)) yield value
      return
    }
    for (const { value: keyBytes } of tables.changes.getRange(range)) {
      const frame = tables.rows.getBinary(rowKey(partition, keyBytes))
      if (!frame) throw new CallboardError('LOG_CORRUPT', `The change index of ${topic}/${partition} names a key that is not there.`)
      yield frame
    }
  } catch (error) {
    throw storageFault(error, `Reading ${topic}/${partition} failed`)
  }
}

export function firstOffset(records: Table, partition: number): number | undefined {
  return offsetAt(records, { start: offsetKey(partition, 0), end: offsetKey(partition, MAX_OFFSET), limit: 1 })
}

export function lastFrame(records: Table, partition: number): Uint8Array | undefined {
  for (const { value } of records.getRange({
    start: offsetKey(partition, MAX_OFFSET),
    end: offsetKey(partition, 0),
    inclusiveEnd: true,
    reverse: true,
    limit: 1,
  }))
    return value
  return undefined
}

function offsetAt(records: Table, range: { start: Buffer; end: Buffer; limit: number }): number | undefined {
  for (const key of records.getKeys(range)) return Buffer.from(key).readUIntBE(2, 6)
  return undefined
}

/** The live rows of a compacted topic's partition. A scan reads in chunks, so that a slow consumer holds no snapshot. */
export function createTableView(rows: Table, topic: string, partition: number, isClosed: () => boolean): TableView {
  const what = `Reading the table ${topic}/${partition} failed`
  const chunkOf = (range: { start: Uint8Array; end: Uint8Array; exclusiveStart: boolean }): { key: Uint8Array; value: Uint8Array }[] => {
    // A closed environment is unmapped memory.
    if (isClosed()) throw closedFault()
    try {
      return [...rows.getRange({ ...range, limit: SCAN_CHUNK })]
    } catch (error) {
      throw storageFault(error, what)
    }
  }
  return {
    get(key) {
      if (isClosed()) throw closedFault()
      let frame: Uint8Array | undefined
      try {
        frame = rows.getBinary(rowKey(partition, Buffer.from(key)))
      } catch (error) {
        throw storageFault(error, what)
      }
      return frame && !isTombstone(frame) ? readFrame(frame, topic, partition) : undefined
    },
    *scan(prefix) {
      let start: Uint8Array = rowKey(partition, Buffer.from(prefix))
      const end = keyAfterPrefix(start)
      for (let isFirst = true; ; isFirst = false) {
        const chunk = chunkOf({ start, end, exclusiveStart: !isFirst })
        for (const { value } of chunk) if (!isTombstone(value)) yield readFrame(value, topic, partition)
        if (chunk.length < SCAN_CHUNK) return
        start = chunk.at(-1)!.key
      }
    },
  }
}
