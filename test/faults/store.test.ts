import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import { createTelemetry, silentTelemetry } from '#kernel/telemetry'
import { topics } from '#events/topics'
import { createHistoryLane } from '#processors/history/lane'
import { createBatchWriter } from '#storage/batch-writer'
import { createClickHouseStore } from '#storage/clickhouse'
import { createEmbeddedStore, type EmbeddedStore } from '#storage/embedded/supervisor'
import { migrate } from '#storage/migrate'
import type { AnalyticsStore } from '#storage/port'
import { eventually } from '../helpers/eventually.ts'
import type { Pipeline } from '../helpers/pipeline.ts'
import { readTables } from '../helpers/tables.ts'
import { AT, openPipeline, sendAnew, simulated } from './in-memory.ts'
import { startStoreProxy, type StoreProxy } from './store-proxy.ts'
import { isLong, seed } from './size.ts'

const NOW = AT + 40 * 60_000
let dir: string
let engine: EmbeddedStore
let proxy: StoreProxy
let database = 0
let direct: AnalyticsStore
let behind: AnalyticsStore
let pipeline: Pipeline
const events = simulated(seed, isLong ? 20 : 6)

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'callboard-store-faults-'))
  engine = createEmbeddedStore({ dataDir: dir, clock: systemClock, telemetry: silentTelemetry })
  await engine.start()
})
afterAll(async () => {
  await engine.stop()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(async () => {
  const name = `test_${++database}`
  direct = createClickHouseStore({ url: () => engine.url, headers: engine.headers, database: name })
  await migrate(direct, { database: name })
  proxy = await startStoreProxy({ url: () => engine.url, headers: engine.headers })
  behind = createClickHouseStore({ url: proxy.url, database: name })
  pipeline = await openPipeline(NOW)
})
afterEach(async () => {
  await pipeline.stop()
  await behind.close()
  await direct.close()
  await proxy.stop()
})

/** The history lane over the pipeline's log and the proxied store. */
async function withHistory(body: (telemetry: ReturnType<typeof createTelemetry>) => Promise<void>): Promise<void> {
  const telemetry = createTelemetry((level, event, fields) => void (process.env['FAULTS_TELL'] && console.log(level, event, fields)))
  const lane = createHistoryLane({ log: pipeline.log, store: behind, clock: systemClock, telemetry, flushAfterMs: 50 })
  await lane.start()
  try {
    await body(telemetry)
  } finally {
    proxy.mode = () => 'pass'
    await lane.stop()
  }
}
const sent = async (): Promise<void> => {
  await sendAnew(pipeline, events)
  await pipeline.settle()
}
async function written(): Promise<void> {
  await eventually(
    async () => {
      const probe = await pipeline.log.openLane({ name: 'history', inputs: [] }, { assigned: async () => {}, revoked: async () => {} })
      try {
        for (const topic of [topics.agents, topics.contacts, topics.rows, topics.alerts])
          for (let p = 0; p < pipeline.log.partitionCount; p++)
            if ((await probe.position(topic, p)) !== (await pipeline.log.bounds(topic, p)).end) return false
        return true
      } finally {
        await probe.close()
      }
    },
    'all is written',
    40_000,
  )
}
/** Every table against a second writing of the same log into it: nothing missing before, nothing doubled after. */
async function expectComplete(): Promise<void> {
  const rows = await readTables(direct)
  expect(rows.events_raw.length).toBe(new Set(events.map((e) => `${e.kind} ${JSON.stringify(e.payload)}`)).size)
  expect(rows.contacts.length).toBe(pipeline.rowsOf('contact').length)
  expect(rows.intervals.length).toBe(pipeline.rowsOf('interval').length)
  expect(rows.segments.length).toBe(pipeline.rowsOf('turn').filter(({ partial }) => !partial).length)
  expect(rows.alerts.length).toBe(pipeline.alerts().length)
  for (const table of Object.values(rows)) expect(new Set(table).size).toBe(table.length)
}

describe('ch', () => {
  it('ch.down-30m', async () => {
    const before = process.memoryUsage().rss
    await withHistory(async (telemetry) => {
      const phases = ['refuse', '503', 'hang', 'drip'] as const
      for (const [n, phase] of phases.entries()) {
        proxy.mode = () => phase
        await sendAnew(
          pipeline,
          events.filter((_, i) => i % phases.length === n),
        )
        // Live figures do not wait for the store.
        await pipeline.settle()
        await new Promise((done) => setTimeout(done, isLong ? 7_000 : 700))
        // The position has not moved past anything.
        expect(telemetry.render()).not.toContain('history_records_total')
        // What hangs would end by the client's own time limit, a minute; here its connection goes.
        proxy.cutAll()
      }
      proxy.mode = () => 'pass'
      await written()
    })
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000)
    await expectComplete()
  }, 90_000)

  it('ch.reply-lost', async () => {
    let cuts = 0
    proxy.mode = (_table, isInsert) => (isInsert && ++cuts % 2 === 1 ? 'cut' : 'pass')
    await withHistory(async () => {
      await sent()
      await written()
    })
    expect(cuts).toBeGreaterThan(4)
    await expectComplete()
  }, 60_000)

  it('ch.too-many-parts', async () => {
    const refused = 6
    let count = 0
    proxy.mode = (_table, isInsert) => (isInsert && count++ < refused ? (count % 2 === 0 ? 252 : 241) : 'pass')
    await withHistory(async () => {
      await sent()
      await written()
    })
    expect(count).toBeGreaterThan(refused)
    await expectComplete()
  }, 60_000)

  it('ch.partial-view', async () => {
    // There are no views to be left behind: each table is written by its own insert, and one that fails holds the position back.
    const views = await direct.query<{ name: string }>({
      name: 'test',
      sql: `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%View'`,
      params: {},
    })
    expect(views).toEqual([])
    let failing = 3
    proxy.mode = (table) => (table === 'intervals' && failing-- > 0 ? 252 : 'pass')
    await withHistory(async () => {
      await sent()
      await written()
    })
    expect(failing).toBeLessThanOrEqual(0)
    await expectComplete()
  }, 60_000)

  it('ch.merge-lag', async () => {
    for (const table of ['events_raw', 'contacts', 'intervals', 'segments', 'alerts']) await direct.command(`SYSTEM STOP MERGES ${table}`)
    await withHistory(async () => {
      for (let i = 0; i < events.length; i += 50) {
        await sendAnew(pipeline, events.slice(i, i + 50))
        await pipeline.settle()
        await written()
      }
    })
    const [parts] = await direct.query<{ n: string }>({
      name: 'test',
      sql: `SELECT toString(count()) AS n FROM system.parts WHERE database = currentDatabase() AND active`,
      params: {},
    })
    expect(Number(parts!.n)).toBeGreaterThan(10)
    await expectComplete()
  }, 60_000)
})

it('dup.window-overflow', async () => {
  const writer = createBatchWriter(direct, { table: 'segments', maxAgeMs: 1, clock: systemClock, onRejected: () => {} })
  const row = (n: number, version = '1') => ({
    contact_id: `c${n}`,
    turn_id: 't',
    output_type: 'raw',
    participant_role: 'AGENT',
    participant_id: '',
    text: `text ${version}`,
    sentiment: '',
    begin_offset_ms: n,
    end_offset_ms: n,
    said_at: null,
    edition: 0,
    version,
    is_deleted: 0 as const,
  })
  const first = Array.from({ length: 20 }, (_, n) => row(n))
  await writer.write(first)
  // More inserts than any deduplication window of a table holds (100 by default).
  for (let n = 0; n < 130; n++) await direct.insert('segments', [row(1000 + n)])
  await writer.write(first)
  await writer.write(first.slice(0, 5).map((r) => ({ ...r, version: '2', text: 'text 2' })))
  await writer.write(first)
  const counts = await direct.query<{ n: string; newest: string }>({
    name: 'test',
    sql: `SELECT toString(count()) AS n, toString(countIf(text = 'text 2')) AS newest FROM segments FINAL`,
    params: {},
  })
  expect(counts).toEqual([{ n: '150', newest: '5' }])
}, 60_000)
