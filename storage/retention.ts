import { localTable, onCluster, type ClusterTarget } from './cluster.ts'
import type { AnalyticsStore } from './port.ts'

/**
 * Makes `events_raw` keep events for so many days. Only the rule changes here: old parts are not rewritten at once, merges apply it
 * as they come. True when the rule was another one.
 */
export async function keepEventsFor(store: AnalyticsStore, days: number, target?: ClusterTarget): Promise<boolean> {
  const table = target ? localTable('events_raw') : 'events_raw'
  const [row] = await store.query<{ engine: string }>({
    name: 'readEventsRetention',
    sql: `SELECT engine_full AS engine FROM system.tables WHERE database = currentDatabase() AND name = {table:String}`,
    params: { table },
  })
  if (row && ttlDaysOf(row.engine) === days) return false
  await store.command(
    `ALTER TABLE ${table}${target ? ` ${onCluster(target)}` : ''} MODIFY TTL toDateTime(ingest_time) + INTERVAL ${Math.trunc(days)} DAY DELETE SETTINGS materialize_ttl_after_modify = 0`,
  )
  return true
}

/** The engine writes intervals its own way: `toIntervalDay(90)`. */
function ttlDaysOf(engine: string): number | undefined {
  const found = /TTL toDateTime\(ingest_time\) \+ (?:toIntervalDay\((\d+)\)|INTERVAL (\d+) DAY)/i.exec(engine)
  return found ? Number(found[1] ?? found[2]) : undefined
}
