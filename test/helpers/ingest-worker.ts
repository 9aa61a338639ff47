import { systemClock } from '#kernel/clock'
import { createTelemetry, type MetricsRegistry } from '#kernel/telemetry'
import { topics, topicSpecs } from '#events/topics'
import { createCheckpoints } from '#ingest/checkpoints'
import { createIngestDoor } from '#ingest/door'
import { kinesisSourceSchema } from '#ingest/kinesis/config'
import { createKinesisSource, type KinesisSourceDeps } from '#ingest/kinesis/source'
import type { Source } from '#ingest/source'
import { createMemoryLog } from '#log/memory'
import type { EventLog } from '#log/port'
import type { TestKinesis } from './kinesis.ts'
import { agentEvent } from './wire.ts'

export const AGENTS = ['amy', 'ben', 'cleo', 'dan', 'eve', 'finn', 'gus', 'hal']

export const memoryLog = (): EventLog => createMemoryLog({ topics: topicSpecs, partitionCount: 4, clock: systemClock })

export interface IngestWorker {
  source: Source
  telemetry: MetricsRegistry
  /** Sum over all series of a metric. */
  sum(metric: string): number
}

/** A Kinesis source with a door of its own, into `log`. */
export function startIngestWorker(
  log: EventLog,
  settings: Record<string, unknown>,
  deps: Partial<Pick<KinesisSourceDeps, 'renewMs'>> = {},
): IngestWorker {
  const telemetry = createTelemetry(() => {})
  const base = { log, clock: systemClock, telemetry }
  const config = kinesisSourceSchema.parse({ type: 'kinesis', name: 'connect', region: 'us-east-1', pollIntervalMs: 200, ...settings })
  const source = createKinesisSource(config, { ...base, ...deps, door: createIngestDoor(base), checkpoints: createCheckpoints(log) })
  void source.start()
  const sum = (metric: string): number =>
    telemetry
      .snapshot()
      .filter(({ name }) => name === metric)
      .flatMap(({ series }) => series)
      .reduce((total, { value }) => total + value, 0)
  return { source, telemetry, sum }
}

/** Events of some agents, numbered; each agent's in order under its own partition key. */
export function createAgentFeed(kinesis: TestKinesis, stream: string) {
  const startAt = Date.now() - 3_600_000
  let sent = 0
  return {
    sent: () => sent,
    async put(count: number): Promise<void> {
      for (let left = count; left > 0; left -= AGENTS.length) {
        // One record of each agent in a call: the records of one call have no order.
        const batch = Array.from({ length: Math.min(left, AGENTS.length) }, (_, i) => sent + i)
        await kinesis.put(
          stream,
          batch.map((n) => ({ key: AGENTS[n % AGENTS.length]!, data: Buffer.from(JSON.stringify(eventOf(n, startAt))) })),
        )
        sent += batch.length
      }
    },
  }
}

function eventOf(n: number, startAt: number) {
  const time = new Date(startAt + n * 10).toISOString()
  return agentEvent(AGENTS[n % AGENTS.length]!, time, { AgentStatus: { Name: 'Available' } }, { id: `e${n}` })
}

export interface Taken {
  /** Numbers of the events in the log, each once. */
  numbers: Set<number>
  /** Records that are in the log more than once. */
  repeats: number
  /** Events that came into the log for the first time after a later one of the same agent. */
  reordered: number
}

export async function readTaken(log: EventLog): Promise<Taken> {
  const taken: Taken = { numbers: new Set(), repeats: 0, reordered: 0 }
  const newest = new Map<string, number>()
  for (let partition = 0; partition < log.partitionCount; partition++) {
    const { start, end } = await log.bounds(topics.agents, partition)
    for (let next = start; next < end;) {
      const batch = await log.read(topics.agents, partition, next, { maxRecords: 1_000, maxBytes: 8 << 20 })
      next = batch.next
      for (const { key, headers } of batch.records) {
        const n = Number(headers['id']!.slice(1))
        if (taken.numbers.has(n)) {
          taken.repeats++
          continue
        }
        if (n < (newest.get(key) ?? -1)) taken.reordered++
        newest.set(key, n)
        taken.numbers.add(n)
      }
    }
  }
  return taken
}
