import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '#kernel/clock'
import { createTelemetry, type MetricsRegistry } from '#kernel/telemetry'
import { createClickHouseStore } from '#storage/clickhouse'
import { createEmbeddedStore, type EmbeddedStore, type EmbeddedStoreOptions } from '#storage/embedded/supervisor'
import { migrate } from '#storage/migrate'
import type { AnalyticsStore } from '#storage/port'

export interface TestStore {
  dataDir: string
  engine: EmbeddedStore
  store: AnalyticsStore
  telemetry: MetricsRegistry
  logged: { event: string; fields: Record<string, unknown> }[]
  stop(): Promise<void>
}

export const TEST_DATABASE = 'callboard_test'

/** The real embedded engine in a folder of its own, migrated. */
export async function openTestStore(timing: EmbeddedStoreOptions['timing'] = {}): Promise<TestStore> {
  const dataDir = await mkdtemp(join(tmpdir(), 'callboard-test-store-'))
  const logged: TestStore['logged'] = []
  const telemetry = createTelemetry((_level, event, fields) => logged.push({ event, fields: fields ?? {} }))
  const engine = createEmbeddedStore({ dataDir, clock: systemClock, telemetry, timing })
  await engine.start()
  const store = createClickHouseStore({ url: () => engine.url, database: TEST_DATABASE, headers: engine.headers, telemetry })
  await migrate(store, { database: TEST_DATABASE })
  return {
    dataDir,
    engine,
    store,
    telemetry,
    logged,
    async stop() {
      await store.close()
      await engine.stop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}

/** How many rows a table has when every key is read once. */
export async function countOf(store: AnalyticsStore, table: string): Promise<number> {
  const [row] = await store.query<{ n: number }>({ name: 'count', sql: `SELECT toFloat64(count()) AS n FROM ${table} FINAL`, params: {} })
  return row?.n ?? 0
}
