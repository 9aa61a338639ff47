import { localTable } from '../cluster.ts'
import type { AnalyticsStore } from '../port.ts'
import type { TableName } from '../tables.ts'
import { buildSql, isOneOf } from './sql.ts'

/** Parts of the fullest partition that merges have still to bring together, on the node that answers. */
export async function activeParts(store: AnalyticsStore, table: TableName): Promise<number> {
  const built = buildSql(
    (bind) => `SELECT toFloat64(max(parts)) AS most FROM (
      SELECT count() AS parts FROM system.parts
      WHERE active AND database = currentDatabase() AND ${isOneOf('table', [table, localTable(table)])!(bind)} GROUP BY table, partition)`,
  )
  const [row] = await store.query<{ most: number }>({ name: 'activeParts', ...built })
  return row?.most ?? 0
}
