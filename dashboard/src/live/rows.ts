import type { LiveQuery, LiveRow, LiveRowKind, LiveRows } from '#contracts/live'
import type { PublicMetrics } from '#contracts/public'
import type { LiveState } from './client.ts'
import { keyOf } from './client.ts'

export type RowsQuery<K extends LiveRowKind> = Extract<LiveQuery, { rows: LiveRowKind }> & { rows: K }
export type MetricsQuery = Extract<LiveQuery, { metrics: unknown }>
type RowTable = Readonly<Record<string, LiveRow>>

const lists = new WeakMap<RowTable, readonly LiveRow[]>()
/** The same list as long as the table is the same, so that selectors are stable. */
function listOf(rows: RowTable): readonly LiveRow[] {
  const known = lists.get(rows)
  if (known) return known
  const made = Object.values(rows)
  lists.set(rows, made)
  return made
}

/** Rows of a subscription; null before its first snapshot. The server answers a query for rows of kind K with rows of kind K, hence the cast. */
export function rowsOf<K extends LiveRowKind>(state: LiveState, query: RowsQuery<K>): readonly LiveRows[K][] | null {
  const rows = state.held[keyOf(query)]?.rows
  return rows ? (listOf(rows) as readonly LiveRows[K][]) : null
}

/** Values of an ungrouped metrics subscription: it has one row. The server answers such a query with `PublicMetrics`, hence the cast. */
export function metricsOf(state: LiveState, query: MetricsQuery): PublicMetrics['values'] | null {
  const rows = state.held[keyOf(query)]?.rows
  const first = rows ? (listOf(rows)[0] as PublicMetrics | undefined) : undefined
  return first?.values ?? null
}
