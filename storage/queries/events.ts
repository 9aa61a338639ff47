import type { AnalyticsStore, CallOptions } from '../port.ts'
import { buildSql, selectList, type ResultColumns } from './sql.ts'

export interface StoredEvent {
  kind: string
  id: string
  key: string
  eventTime: number
  arrivalTime: number
  ingestTime: number
  source: string
  payload: string
}

const eventColumns = {
  kind: ['kind', 'text'],
  id: ['id', 'text'],
  key: ['key', 'text'],
  eventTime: ['event_time', 'time'],
  arrivalTime: ['arrival_time', 'time'],
  ingestTime: ['ingest_time', 'time'],
  source: ['source', 'text'],
  payload: ['payload', 'text'],
} as const satisfies Record<keyof StoredEvent, ResultColumns[string]>

/** How many events of each kind are kept, each counted once. Raw events name no instance, so only an unscoped caller may ask. */
export async function eventsCount(
  store: AnalyticsStore,
  _request: { scope: 'all' },
  options?: CallOptions,
): Promise<Record<string, number>> {
  const rows = await store.query<{ kind: string; n: number }>(
    // FINAL merges as it streams; a distinct count would hold every id in memory.
    { name: 'eventsCount', sql: 'SELECT kind, toFloat64(count()) AS n FROM events_raw FINAL GROUP BY kind ORDER BY kind', params: {} },
    options,
  )
  return Object.fromEntries(rows.map(({ kind, n }) => [kind, n]))
}

/** The raw events of one key (agent ARN, contact id) by event time, oldest first. */
export async function eventsOf(
  store: AnalyticsStore,
  request: { scope: 'all'; key: string; limit: number },
  options?: CallOptions,
): Promise<StoredEvent[]> {
  const built = buildSql(
    (bind) => `SELECT ${selectList('e', eventColumns)} FROM events_raw AS e FINAL WHERE e.key = ${bind('String', request.key)}
      ORDER BY e.event_time, e.arrival_time, e.id LIMIT ${bind('UInt32', request.limit)}`,
  )
  return store.query<StoredEvent>({ name: 'eventsOf', ...built }, options)
}
