import { createManualClock, type ManualClock } from '#kernel/clock'
import type { JsonObject } from '#kernel/json'
import type { Component } from '#kernel/lifecycle'
import { createTelemetry, type MetricsRegistry } from '#kernel/telemetry'
import type { SourceKind } from '#events/envelope'
import { topics, topicSpecs } from '#events/topics'
import { deletedSetting, settingKey } from '#contracts/settings-history'
import { alertRuleSchema, webhookSchema, type AlertRule } from '#contracts/settings'
import type { AlertRow, Row } from '#contracts/rows'
import { createIngestDoor } from '#ingest/door'
import { createMemoryLog } from '#log/memory'
import type { EventLog } from '#log/port'
import { agentsFold } from '#processors/agents/fold'
import { alertsFold } from '#processors/alerts/fold'
import { contactsFold } from '#processors/contacts/fold'
import { createFoldLane } from '#processors/runner/lane'

const folds = [agentsFold, contactsFold, alertsFold]

export interface TestEvent {
  kind: SourceKind
  payload: JsonObject
  /** When the source got it, epoch ms; the clock's time when left out. */
  at?: number
}

/** The whole of ingest and the folds over the memory log, with a clock the test moves. */
export interface Pipeline {
  clock: ManualClock
  log: EventLog
  telemetry: MetricsRegistry
  send(events: readonly TestEvent[]): Promise<{ accepted: number; duplicate: number; deadLettered: number }>
  putRule(id: string, rule: Pick<AlertRule, 'name' | 'condition'> & Partial<AlertRule>): Promise<void>
  deleteRule(id: string): Promise<void>
  putWebhook(id: string, url: string, secret: string): Promise<void>
  /** Takes every partition away and gives it to new members, which know only what the log says. */
  move(): Promise<void>
  /** Resolves when every lane has folded all there is. `advanceMs`: time goes on meanwhile, so that what failed is tried again. */
  settle(advanceMs?: number): Promise<void>
  rows(): Row[]
  rowsOf<K extends Row['kind']>(kind: K): Extract<Row, { kind: K }>[]
  alerts(): AlertRow[]
  /** Live values of a compacted topic by key. */
  table(topic: string): Map<string, unknown>
  stop(): Promise<void>
}

export interface PipelineOptions {
  startAt: number
  partitionCount?: number
  log?: EventLog
  clock?: ManualClock
  /** Failures are what the test is about: they are not problems. */
  failing?: boolean
}

export async function startPipeline(options: PipelineOptions): Promise<Pipeline> {
  const clock = options.clock ?? createManualClock(options.startAt)
  const log = options.log ?? createMemoryLog({ topics: topicSpecs, partitionCount: options.partitionCount ?? 2, clock })
  const problems: string[] = []
  const telemetry = createTelemetry((level, event, fields) => {
    if (level === 'error' && !options.failing) problems.push(`${event} ${JSON.stringify(fields)}`)
  })
  const door = createIngestDoor({ log, clock, telemetry })
  const startLanes = async (): Promise<Component[]> => {
    const started = folds.map((fold) => createFoldLane(fold, { log, clock, telemetry }))
    for (const lane of started) await lane.start()
    return started
  }
  let lanes = await startLanes()
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()

  const table = (topic: string): Map<string, unknown> => {
    const found = new Map<string, unknown>()
    for (let p = 0; p < log.partitionCount; p++) {
      for (const { key, value } of log.table(topic, p).scan('')) if (value) found.set(key, JSON.parse(decoder.decode(value)))
    }
    return found
  }
  const put = async (key: string, value: unknown): Promise<void> => {
    await log.append(topics.settings, [{ key, value: encoder.encode(JSON.stringify(value)), headers: {} }])
  }
  /** Records that some lane has not folded yet. */
  const behind = async (): Promise<number> => {
    const text = telemetry.render()
    let count = 0
    for (const fold of folds) {
      for (let p = 0; p < log.partitionCount; p++) {
        const { start, end } = await log.bounds(fold.input, p)
        const position = new RegExp(`^lane_position\\{lane="${fold.name}",partition="${p}"\\} (\\d+)$`, 'm').exec(text)?.[1]
        count += end - Number(position ?? start)
      }
    }
    return count
  }

  return {
    clock,
    log,
    telemetry,
    async send(events) {
      const total = { accepted: 0, duplicate: 0, deadLettered: 0 }
      for (const { kind, payload, at } of events) {
        const result = await door.take([{ value: payload }], { source: 'test', origin: 'test', kind, arrivalTime: at ?? clock.now() })
        total.accepted += result.accepted
        total.duplicate += result.duplicate
        total.deadLettered += result.deadLettered
      }
      return total
    },
    putRule: (id, rule) => put(settingKey('alert-rule', id, 1), alertRuleSchema.parse(rule)),
    deleteRule: (id) => put(settingKey('alert-rule', id, 2), deletedSetting),
    putWebhook: (id, url, secret) => put(settingKey('webhook', id, 1), { ...webhookSchema.parse({ name: id, url }), secret }),
    async move() {
      for (const lane of lanes) await lane.stop()
      // New members say themselves how far they are.
      for (const fold of folds)
        for (let p = 0; p < log.partitionCount; p++) telemetry.gauge('lane_position', { lane: fold.name, partition: String(p) }, 0)
      lanes = await startLanes()
    },
    async settle(advanceMs = 0) {
      for (let turn = 0; turn < 20_000; turn++) {
        await new Promise((resolve) => setImmediate(resolve))
        if (problems.length > 0) throw new Error(problems.join('\n'))
        if (turn % 5 === 4 && (await behind()) === 0) return
        if (advanceMs > 0 && turn % 500 === 499) clock.advance(advanceMs)
      }
      throw new Error('the lanes did not catch up')
    },
    rows: () => [...table(topics.rows).values()] as Row[],
    rowsOf: <K extends Row['kind']>(kind: K) =>
      ([...table(topics.rows).values()] as Row[]).filter((r) => r.kind === kind) as Extract<Row, { kind: K }>[],
    alerts: () => [...table(topics.alerts).values()] as AlertRow[],
    table,
    async stop() {
      for (const lane of lanes) await lane.stop()
      await log.close()
    },
  }
}
