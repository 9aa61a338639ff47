import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createManualClock, type Clock } from '#kernel/clock'
import type { EventLog, LogRecord } from '#log/port'

export * from './support-entries.ts'

export const T0 = Date.UTC(2025, 0, 6, 10, 0, 0)

export interface TestClock extends Clock {
  advance(ms: number): void
  /** Makes the clock show another time without running what is due: a clock fault. */
  jump(ms: number): void
}

export function createTestClock(startAt = T0): TestClock {
  const manual = createManualClock(startAt)
  let skew = 0
  return { ...manual, now: () => manual.now() + skew, jump: (ms) => void (skew += ms) }
}

/** All records of a partition from `from` to its end. */
export async function readAll(log: EventLog, topic: string, partition: number, from?: number): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  const { start, end } = await log.bounds(topic, partition)
  for (let next = from ?? start; next < end;) {
    const batch = await log.read(topic, partition, next, { maxRecords: 500, maxBytes: 4 * 1024 * 1024 })
    records.push(...batch.records)
    next = batch.next
  }
  return records
}

/** A folder that is gone when the test is over. */
export async function tempFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'callboard-log-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}
