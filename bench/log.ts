import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#kernel/clock'
import { missingKafkaTools } from '../scripts/kafka.mjs'
import { openLmdbLog } from '#log/lmdb/log'
import type { Entry, EventLog, Lane } from '#log/port'

export const PARTITIONS = 24
const EVENT_BYTES = 600
const ROW_BYTES = 400
export const topics = [
  { name: 'connect.contacts', cleanup: 'delete' },
  { name: 'callboard.rows', cleanup: 'compact' },
] as const

export const appendLoads = [
  { producers: 1, perCall: 1 },
  { producers: 500, perCall: 1 },
  { producers: 1, perCall: 100 },
  { producers: 8, perCall: 100 },
] as const

/**
 * What the log does per second and what that costs: the embedded one, then Kafka beside its raw client. `args`: seconds per
 * measurement (default 5), folder (default the system's folder for temporary files; give one on the disk you mean to use).
 */
export async function run(args: readonly string[]): Promise<void> {
  const seconds = Number(args[0] ?? 5)
  await benchEmbedded(seconds, args[1])
  const missing = missingKafkaTools()
  if (missing.length > 0) return console.log(`Kafka: skipped, ${missing.join(' and ')} not found`)
  const { benchKafka } = await import('./log-kafka.ts')
  await benchKafka(seconds)
}

async function benchEmbedded(seconds: number, folder?: string): Promise<void> {
  const dir = await mkdtemp(join(folder ?? tmpdir(), 'callboard-bench-log-'))
  const log = await openLmdbLog({ dir, topics, partitionCount: PARTITIONS, clock: systemClock })
  try {
    console.log(`embedded log, ${PARTITIONS} partitions, events of ${EVENT_BYTES} B, rows of ${ROW_BYTES} B, ${seconds} s each`)
    for (const load of appendLoads) await benchAppend(log, { ...load, seconds })
    await benchRead(log, 'connect.contacts')
    await benchCommit(log, { outputs: 10, seconds })
    await benchCommit(log, { outputs: 100, seconds })
    await benchRead(log, 'callboard.rows')
    benchTable(log)
  } finally {
    await log.close()
    await rm(dir, { recursive: true })
  }
}

export function eventOf(key: string): Entry {
  const headers = { id: `${key}-0001`, kind: 'contact-event', eventTime: '1736157600000', arrivalTime: '1736157600123', source: 'kinesis' }
  return { key, value: Buffer.alloc(EVENT_BYTES, 0x61), headers }
}

export async function benchAppend(
  log: EventLog,
  { producers, perCall, seconds }: { producers: number; perCall: number; seconds: number },
): Promise<number> {
  const acks: number[] = []
  const meter = startMeter()
  const end = performance.now() + seconds * 1000
  const produce = async (producer: number): Promise<void> => {
    for (let i = 0; performance.now() < end; i++) {
      const entries = Array.from({ length: perCall }, (_, n) => eventOf(`contact-${producer}-${i}-${n}`))
      const sentAt = performance.now()
      await log.append('connect.contacts', entries)
      acks.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: producers }, (_, i) => produce(i)))
  return meter.print(`append, ${producers} producers x ${perCall}`, acks.length * perCall, acks)
}

export async function benchRead(log: EventLog, topic: string): Promise<number> {
  const meter = startMeter()
  const waits: number[] = []
  let count = 0
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const { start, end } = await log.bounds(topic, partition)
    for (let next = start; next < end;) {
      const from = performance.now()
      const batch = await log.read(topic, partition, next, { maxRecords: 1000, maxBytes: 4 << 20 })
      waits.push(performance.now() - from)
      count += batch.records.length
      next = batch.next
    }
  }
  return meter.print(`read ${topic} in batches of 1000`, count, waits)
}

/** Every partition keeps one commit in flight: new and changed rows, and the position. */
export async function benchCommit(log: EventLog, { outputs, seconds }: { outputs: number; seconds: number }): Promise<number> {
  const assigned = new Set<number>()
  const lane = await log.openLane(
    { name: `bench-${outputs}`, inputs: ['connect.contacts'] },
    { assigned: async (partition) => void assigned.add(partition), revoked: async () => {} },
  )
  while (assigned.size < PARTITIONS) await new Promise((resolve) => setTimeout(resolve, 5))
  const times: number[] = []
  const meter = startMeter()
  const end = performance.now() + seconds * 1000
  await Promise.all([...assigned].map((partition) => commitUntil(lane, partition, { outputs, end, times })))
  const rate = meter.print(`commit of ${outputs} outputs + position (rows)`, times.length * outputs, times)
  console.log(`    ${Math.round(times.length / seconds)} commits/s`)
  await lane.close()
  return rate
}

async function commitUntil(lane: Lane, partition: number, to: { outputs: number; end: number; times: number[] }): Promise<void> {
  const value = Buffer.alloc(ROW_BYTES, 0x62)
  for (let i = 0; performance.now() < to.end; i++) {
    const outputs = Array.from({ length: to.outputs }, (_, n) => ({
      topic: 'callboard.rows',
      key: `contact/${partition}-${(i * 7919 + n * 104_729) % 20_000}`,
      value,
      headers: { kind: 'contact-row' },
    }))
    const from = performance.now()
    await lane.commit({ partition, outputs, positions: [{ topic: 'connect.contacts', next: 0 }] })
    to.times.push(performance.now() - from)
  }
}

export function benchTable(log: EventLog): void {
  let found = 0
  const meter = startMeter()
  for (let i = 0; i < 200_000; i++)
    if (log.table('callboard.rows', i % PARTITIONS).get(`contact/${i % PARTITIONS}-${(i * 7919) % 20_000}`)) found++
  meter.print(`table get (${found} found)`, 200_000, [])
}

/** `print` returns the records per second. */
export function startMeter(): { print(what: string, count: number, waits: readonly number[]): number } {
  const startedAt = performance.now()
  const cpu = process.cpuUsage()
  return {
    print(what, count, waits) {
      const seconds = (performance.now() - startedAt) / 1000
      const used = process.cpuUsage(cpu)
      const sorted = waits.toSorted((a, b) => a - b)
      const at = (share: number): string => (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(2)
      const rate = Math.round(count / seconds).toLocaleString('en')
      const wait = sorted.length > 0 ? `, p50 ${at(0.5)} p99 ${at(0.99)} ms` : ''
      console.log(`  ${what}: ${rate} records/s, ${((used.user + used.system) / count).toFixed(2)} CPU µs each${wait}`)
      return count / seconds
    },
  }
}
