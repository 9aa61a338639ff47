import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { ROWS, now } from './kafka-client.ts'

/** A row as the benches write it: the offset of its input record, who wrote it, and two moments. */
export interface Row {
  readonly input: number
  readonly writer: string
  readonly appended: number
  readonly sent: number
}

export const encodeRow = (row: Row): string => `${row.input} ${row.writer} ${row.appended} ${row.sent}`

export function decodeRow(value: string): Row {
  const [input, writer, appended, sent] = value.split(' ')
  return { input: Number(input), writer: writer ?? '', appended: Number(appended), sent: Number(sent) }
}

export interface Watch {
  readonly rows: readonly Row[][]
  stop(): Promise<void>
}

/** A read-committed reader of a topic from its beginning (or its end), with its own throw-away group. */
export async function watchRows(
  kafka: Kafka,
  partitions: number,
  onRow?: (row: Row, seen: number) => void,
  { topic = ROWS, fromBeginning = true } = {},
): Promise<Watch> {
  const rows = Array.from({ length: partitions }, (): Row[] => [])
  const groupId = `view-${Math.random().toString(36).slice(2)}`
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, readUncommitted: false, sessionTimeout: 10_000 })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning })
  const joined = new Promise<void>((done) => consumer.on('consumer.group_join', () => done()))
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const seen = now()
      for (const message of batch.messages) {
        if (message.value === null) continue
        const row = decodeRow(message.value.toString())
        rows[batch.partition]?.push(row)
        onRow?.(row, seen)
      }
    },
  })
  await joined
  return { rows, stop: () => consumer.disconnect() }
}

export interface ViewVerdict {
  readonly expected: number
  readonly seen: number
  readonly missing: number
  readonly repeated: number
  readonly disordered: number
}

/** Every partition must show the input offsets 0..count-1, once and in order. */
export function judge(rows: readonly Row[][], counts: readonly number[]): ViewVerdict {
  const verdict = { expected: counts.reduce((sum, count) => sum + count, 0), seen: 0, missing: 0, repeated: 0, disordered: 0 }
  for (const [at, partition] of rows.entries()) {
    const count = counts[at] ?? 0
    const distinct = new Set(partition.map((row) => row.input))
    verdict.seen += partition.length
    verdict.missing += Array.from({ length: count }, (_, offset) => offset).filter((offset) => !distinct.has(offset)).length
    verdict.repeated += partition.length - distinct.size
    verdict.disordered += partition.filter((row, at) => at > 0 && row.input < (partition[at - 1]?.input ?? -1)).length
  }
  return verdict
}

export const isExactlyOnce = (verdict: ViewVerdict): boolean =>
  verdict.seen === verdict.expected && verdict.missing + verdict.repeated + verdict.disordered === 0

/** Reads until everything expected is there, then a little longer for what should not be there. */
export async function readView(
  kafka: Kafka,
  partitions: number,
  expected: number | readonly number[],
  timeoutMs = 30_000,
): Promise<{ rows: readonly Row[][]; verdict: ViewVerdict }> {
  const counts = typeof expected === 'number' ? Array.from({ length: partitions }, () => expected) : expected
  const watch = await watchRows(kafka, partitions)
  const deadline = now() + timeoutMs
  while (now() < deadline && watch.rows.some((partition, at) => partition.length < (counts[at] ?? 0))) await sleep(50)
  await sleep(1500)
  await watch.stop()
  return { rows: watch.rows, verdict: judge(watch.rows, counts) }
}
