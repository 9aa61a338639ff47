import type { LiveQuery, LiveRow } from '#contracts/live'
import type { ChangeSet } from '../row-changes.ts'

/** Live rows of one query: pure reads of the rows in memory, so that a room can ask again for just what changed. */
export interface Computation {
  /** Ids of the rows these changes may have altered. */
  touched(changes: ChangeSet): Iterable<string> | 'all'
  /** Ids of all rows of now. */
  ids(now: number): Iterable<string>
  /** The row as it is now; undefined when it does not belong to the query (any more). */
  row(id: string, now: number): LiveRow | undefined
  /** Whether time alone alters rows: windows move, waits pass their target. */
  readonly hangsOnTime: boolean
  /** Next moment, epoch ms, at which time alone is known to alter a row; windows that move each minute are not meant. */
  nextChangeAt(now: number): number | undefined
}

/** What subscribers hold: the rows, each with its text, by which a change is told from none. */
export type HeldRows = Map<string, { row: LiveRow; text: string }>

export interface RowsDelta {
  set: Record<string, LiveRow>
  del: string[]
}

/** Brings `held` up to date for the touched ids and returns what changed; undefined when nothing did. */
export function update(held: HeldRows, touched: ReadonlySet<string> | 'all', computation: Computation, now: number): RowsDelta | undefined {
  const ids = touched === 'all' ? new Set([...computation.ids(now), ...held.keys()]) : touched
  // No prototype: an id may be "__proto__".
  const set = Object.create(null) as Record<string, LiveRow>
  const del: string[] = []
  let changed = 0
  for (const id of ids) {
    const row = computation.row(id, now)
    if (!row) {
      if (held.delete(id)) del.push(id)
      continue
    }
    const text = JSON.stringify(row)
    if (held.get(id)?.text === text) continue
    held.set(id, { row, text })
    set[id] = row
    changed++
  }
  return changed + del.length === 0 ? undefined : { set, del }
}

/** The same text for queries that mean the same: order of filters, of their values and of keys does not matter. */
export function canonicalQuery(query: LiveQuery): string {
  const filters = (query.filters ?? [])
    .map(({ key, values }) => ({ key, values: [...new Set(values)].toSorted() }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  if ('rows' in query) return JSON.stringify({ rows: query.rows, filters })
  const metrics = query.metrics
    .map(({ name, threshold, window }) => ({ name, threshold, window }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  return JSON.stringify({ metrics, filters, groupings: query.groupings ?? [] })
}
