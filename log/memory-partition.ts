import type { Clock } from '#kernel/clock'
import type { Entry, LogRecord, Position, ReadBatch, ReadLimits, TableView, TopicSpec } from './port.ts'

export interface MemoryPartition extends TableView {
  readonly end: number
  add(entry: Entry): Position
  read(from: number, limits: ReadLimits): ReadBatch
}

/** One partition in memory: records in offset order, and for a compacted topic the newest per key. */
export function createMemoryPartition(config: {
  spec: TopicSpec
  partition: number
  clock: Clock
  tombstoneRetentionMs: number
}): MemoryPartition {
  const { spec, partition, clock, tombstoneRetentionMs } = config
  const compacted = spec.cleanup === 'compact'
  const newest = new Map<string, LogRecord>()
  let records: LogRecord[] = []
  let superseded = 0
  let end = 0
  let lastIngestTime = 0

  const isKept = (record: LogRecord): boolean =>
    !compacted || (newest.get(record.key) === record && (record.value !== null || clock.now() - record.ingestTime < tombstoneRetentionMs))
  const compact = (): void => {
    if (superseded < 1000 || superseded * 2 < records.length) return
    records = records.filter(isKept)
    superseded = 0
  }

  return {
    get end() {
      return end
    },
    add(entry) {
      lastIngestTime = Math.max(lastIngestTime, clock.now())
      const { key, value, headers } = entry
      const record: LogRecord = { key, value, headers: { ...headers }, offset: end++, partition, ingestTime: lastIngestTime }
      records.push(record)
      if (compacted) {
        if (newest.has(key)) superseded++
        newest.set(key, record)
        compact()
      }
      return { partition, offset: record.offset, ingestTime: record.ingestTime }
    },
    read(from, limits) {
      const batch: LogRecord[] = []
      let bytes = 0
      for (let i = indexOf(records, from); i < records.length; i++) {
        const record = records[i]!
        if (!isKept(record)) continue
        bytes += record.key.length + (record.value?.length ?? 0)
        if (batch.length > 0 && (batch.length >= limits.maxRecords || bytes > limits.maxBytes))
          return { records: batch, next: batch.at(-1)!.offset + 1 }
        batch.push(record)
      }
      return { records: batch, next: end }
    },
    get(key) {
      const record = newest.get(key)
      return record?.value === null ? undefined : record
    },
    *scan(prefix) {
      const found = [...newest.values()].filter(({ key, value }) => value !== null && key.startsWith(prefix))
      yield* found.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)))
    },
  }
}

/** Index of the first record at or past `offset`. */
function indexOf(records: readonly LogRecord[], offset: number): number {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (records[middle]!.offset < offset) low = middle + 1
    else high = middle
  }
  return low
}
