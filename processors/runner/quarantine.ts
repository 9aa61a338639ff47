import { topics } from '#events/topics'
import type { LaneOutput, LogRecord, ReadBatch } from '#log/port'

/**
 * Keeps one bad record from stopping its partition: a record that failed is folded alone, and after three failures it is set aside
 * with its bytes. Ending the process is a failure too, counted over restarts; one that throws gets three tries again after a restart.
 */
export interface Quarantine {
  /** Cuts a batch so that a record that failed before stands alone. */
  isolate(batch: ReadBatch): ReadBatch
  blame(records: readonly LogRecord[], message: string): void
  forgive(records: readonly LogRecord[]): void
  /** The dead letter for a record that failed too often; undefined: it may try. */
  setAside(record: LogRecord): LaneOutput | undefined
}

const TRIES = 3

export function createQuarantine(lane: string, lastEnd?: { offset: number; ends: number }): Quarantine {
  const failures = new Map<number, { tries: number; message: string }>()
  if (lastEnd) failures.set(lastEnd.offset, { tries: lastEnd.ends, message: 'the process ended while it was folded' })
  return {
    isolate(batch) {
      const at = batch.records.findIndex((r) => failures.has(r.offset))
      if (at === -1) return batch
      const records = at === 0 ? batch.records.slice(0, 1) : batch.records.slice(0, at)
      const cutAt = batch.records[records.length]
      return { records, next: cutAt ? cutAt.offset : batch.next }
    },
    blame(records, message) {
      for (const { offset } of records) failures.set(offset, { tries: (failures.get(offset)?.tries ?? 0) + 1, message })
    },
    forgive(records) {
      if (failures.size > 0) for (const { offset } of records) failures.delete(offset)
    },
    setAside(record) {
      const failed = failures.get(record.offset)
      if (!failed || failed.tries < TRIES) return undefined
      const origin = `lane:${lane}:${record.partition}:${record.offset}`
      const headers = { ...record.headers, reason: 'fold-failed', message: failed.message.slice(0, 500), origin }
      return { topic: topics.deadLetters, key: lane, value: record.value, headers }
    },
  }
}
