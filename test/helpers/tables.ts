import { systemClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { createClickHouseStore } from '#storage/clickhouse'
import { createEmbeddedStore } from '#storage/embedded/supervisor'
import type { AnalyticsStore } from '#storage/port'
import type { TableName } from '#storage/tables'
import { eventually } from './eventually.ts'

export interface TestStore {
  store: AnalyticsStore
  stop(): Promise<void>
}

export async function openTestStore(dataDir: string, database = 'callboard'): Promise<TestStore> {
  const engine = createEmbeddedStore({ dataDir, clock: systemClock, telemetry: silentTelemetry })
  await engine.start()
  const store = createClickHouseStore({ url: () => engine.url, headers: engine.headers, database })
  return {
    store,
    async stop() {
      await store.close()
      await engine.stop()
    },
  }
}

/**
 * Columns that say when *we* heard of something, or in which steps: not part of what must be the same. Voice segments carry no
 * clock, so their event time, and what follows from it for a contact, is when they arrived.
 */
const ours: Record<TableName, string> = {
  events_raw: 'arrival_time, ingest_time, event_time, version',
  contacts: 'version, first_event_at, last_event_at, audio_started_at',
  intervals: 'version, instance_id',
  segments: 'version',
  alerts: 'version, history, raised_at, since, queue_id, agent_id',
}

/** The newest version of each row of each table, sorted. */
export async function readTables(store: AnalyticsStore): Promise<Record<TableName, string[]>> {
  const entries = await Promise.all(
    (Object.keys(ours) as TableName[]).map(async (table) => {
      const rows = await store.query<object>({ name: 'test', sql: `SELECT * EXCEPT(${ours[table]}) FROM ${table} FINAL`, params: {} })
      return [table, rows.map((row) => JSON.stringify(row)).toSorted()] as const
    }),
  )
  return Object.fromEntries(entries) as Record<TableName, string[]>
}

/** Resolves when every lane of a running server has read all it has. */
export async function caughtUp(server: string | { readonly metricsUrl: string; alive(): Promise<void> }): Promise<void> {
  let calmSince: number | undefined
  await eventually(
    async () => {
      if (typeof server !== 'string') await server.alive()
      const text = await (await fetch(`${typeof server === 'string' ? server : server.metricsUrl}/metrics`)).text()
      const lines = [...text.matchAll(/^lane_behind_records\{lane="([^"]+)".*\} (\d+)$/gm)]
      const lanes = new Set(lines.map((m) => m[1]))
      const isCalm = ['agents', 'contacts', 'alerts', 'history'].every((lane) => lanes.has(lane)) && lines.every((m) => m[2] === '0')
      // For a while: a lane's output is another one's input, and takes a moment to be seen there.
      calmSince = isCalm ? (calmSince ?? performance.now()) : undefined
      return calmSince !== undefined && performance.now() - calmSince > 300
    },
    'every lane has caught up',
    60_000,
  )
}

/** What one set of rows has and the other has not; the first few, so that a failure can be read. */
export function differenceOf(expected: readonly string[], actual: readonly string[]): { missing: string[]; extra: string[] } {
  const [want, have] = [new Set(expected), new Set(actual)]
  return { missing: expected.filter((row) => !have.has(row)).slice(0, 3), extra: actual.filter((row) => !want.has(row)).slice(0, 3) }
}
