import { createMetricsFold } from '#contracts/metrics/fold'
import { catalogue } from '#contracts/metrics/catalogue'
import type { Row } from '#contracts/rows'
import { createIngestDoor } from '#ingest/door'
import { silentTelemetry } from '#kernel/telemetry'
import { isTaken } from '../truth/centre.ts'
import { startSimulation } from '#simulator/start'
import { messagesOf } from '#simulator/stream'
import type { JsonObject } from '#kernel/json'
import type { SourceKind } from '#events/envelope'
import { startPipeline, type Pipeline, type TestEvent } from '../helpers/pipeline.ts'

/** Whole ingest and folds in this process, and outcomes that can be compared with `toEqual`. */
/** Yesterday: stored events leave after 90 days by the store's own clock. */
export const AT = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 15 * 3_600_000
const rule = { name: 'Leaves', condition: { type: 'phrase' as const, phrases: ['you', 'my'], speaker: 'customer' as const } }

export interface Outcome {
  rows: string[]
  alerts: string[]
  deliveries: string[]
  figures: Record<string, number | null>
}

export async function openPipeline(startAt = AT, options: Partial<Parameters<typeof startPipeline>[0]> = {}): Promise<Pipeline> {
  const pipeline = await startPipeline({ startAt, ...options })
  await pipeline.putRule('leaves', rule)
  await pipeline.putWebhook('hook', 'https://example.com/x', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
  return pipeline
}

export function simulated(seed: number, minutes: number, agents = 6): TestEvent[] {
  const simulation = startSimulation({ profile: 'omnichannel', seed, agents, load: 2, startAt: AT, endAt: AT + minutes * 60_000 })
  return [...messagesOf(simulation)]
    .filter(({ kind }) => isTaken(kind))
    .map(({ kind, payload, at }) => ({ kind: kind as SourceKind, payload: payload as JsonObject, at }))
}

/** Takes events in through a door that has seen nothing before: as after a restart, or in another process. */
export async function sendAnew(pipeline: Pipeline, events: readonly TestEvent[], batch = 100): Promise<number> {
  const door = createIngestDoor({ log: pipeline.log, clock: pipeline.clock, telemetry: silentTelemetry })
  let accepted = 0
  for (let i = 0; i < events.length; i += batch) {
    for (const { kind, payload, at } of events.slice(i, i + batch)) {
      const arrival = { source: 'test', origin: 'test', kind, arrivalTime: at ?? pipeline.clock.now() }
      accepted += (await door.take([{ value: payload }], arrival)).accepted
    }
  }
  return accepted
}

/** Without what says when *we* heard of something. */
export async function outcomeOf(pipeline: Pipeline): Promise<Outcome> {
  await pipeline.settle()
  const now = pipeline.clock.now()
  const rows = pipeline.rows()
  const alerts = pipeline.alerts().map((a) => JSON.stringify({ ...a, history: [], raisedAt: 0, since: 0 }))
  return {
    rows: rows.map((row) => JSON.stringify(row)).sort(),
    alerts: alerts.sort(),
    deliveries: [...pipeline.table('callboard.deliveries').keys()].sort(),
    figures: figuresOf(rows, now),
  }
}

export function figuresOf(rows: readonly Row[], now: number): Record<string, number | null> {
  const fold = createMetricsFold()
  for (const row of rows) fold.apply(undefined, row)
  return Object.fromEntries(
    catalogue.map((metric) => [
      metric.id,
      fold.compute({ metric, select: { queueIds: 'all' }, now, windowStart: () => now - 7_200_000, threshold: () => 20 }),
    ]),
  )
}
