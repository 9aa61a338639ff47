import type { AnalyticsStore, BuiltQuery, CallOptions } from '../port.ts'
import { allOf, buildSql, epochMs, instant, isOneOf, selectList, type ResultColumns, type Sql } from './sql.ts'

/** A place in a list that runs from the newest to the oldest: before this instant, and at it before this id. */
export interface Place {
  at: number
  id: string
}

/** A table that is listed by a time. Its sorting key is `id`. */
export interface ListedTable {
  name: 'contacts' | 'alerts'
  id: string
  at: string
  columns: ResultColumns
}

export interface NewestFirst {
  name: string
  table: ListedTable
  /** On `r`. Must hold for the newest version of a row; may be of mutable columns. */
  where: Sql | undefined
  /** On `r`: holds for every row wanted, perhaps for more; looked at while choosing ids, of any version. */
  among?: Sql | undefined
  /** Rows before this place; with `inclusive` that place too. */
  before: Place | null
  inclusive?: boolean
  limit: number
}

export interface PlacesPage {
  places: Place[]
  /** Where to go on; null at the end. */
  next: Place | null
}

/** Versions looked at in one step: enough for a page though contacts have several versions each. */
const stepOf = (limit: number): number => Math.max(256, limit * 4)
const MAX_STEPS = 8

/**
 * The ids of one page, newest first, by a time that can change between versions, without reading every row with FINAL.
 *
 * Step 1 looks at the times of all versions, whatever their age, and finds the n-th newest. Step 2 takes the ids of all versions
 * from there up and reads their newest versions. A row whose newest version lies in that stretch was itself among those versions,
 * so none is missed; a row whose newest version lies elsewhere is sorted out by the second reading of the same conditions.
 * PREWHERE is safe with FINAL here because the id is the sorting key: it takes all versions of a row or none.
 */
export async function newestFirst(store: AnalyticsStore, list: NewestFirst, options?: CallOptions): Promise<PlacesPage> {
  const places: Place[] = []
  let before = list.before
  let inclusive = list.inclusive ?? false
  for (let step = 0; step < MAX_STEPS; step++) {
    const [floor] = await store.query<{ at: number }>(floorQuery(list, before), options)
    const range = allOf([list.where, isBefore(list.table, before, inclusive), isFrom(list.table, floor?.at)])
    places.push(...(await store.query<Place>(rangeQuery(list, range, list.limit - places.length), options)))
    const last = places.at(-1)
    if (last && places.length === list.limit) return { places, next: last }
    if (!floor) return { places, next: null }
    // No id comes before the empty one: what began at the floor itself has been looked at.
    before = { at: floor.at, id: '' }
    inclusive = false
  }
  return { places, next: before }
}

/** The newest versions of the rows at `places`, in that order. One that has gone or no longer fits `where` is left out. */
export async function rowsAt<T>(
  store: AnalyticsStore,
  request: { name: string; table: ListedTable; where: Sql | undefined; places: readonly Place[] },
  options?: CallOptions,
): Promise<T[]> {
  const { name, table, where, places } = request
  if (places.length === 0) return []
  const ids = places.map((place) => place.id)
  const built = buildSql(
    (bind) => `SELECT ${selectList('r', table.columns)}, r.${table.id} AS placeId FROM ${table.name} AS r FINAL
      PREWHERE ${isOneOf(`r.${table.id}`, ids)!(bind)} WHERE ${allOf([where])(bind)}`,
  )
  const rows = await store.query<T & { placeId: string }>({ name: `${name}.rows`, ...built }, options)
  const byId = new Map(rows.map(({ placeId, ...row }) => [placeId, row as T]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** Reads nothing but times where no other condition makes it: ids are four times as long. */
function floorQuery(list: NewestFirst, before: Place | null): BuiltQuery {
  const { table } = list
  const upper: Sql | undefined = before ? (bind) => `r.${table.at} <= ${instant(bind, before.at)}` : undefined
  const built = buildSql(
    (bind) => `SELECT ${epochMs(`r.${table.at}`)} AS at FROM ${table.name} AS r
      WHERE ${allOf([list.where, list.among, upper])(bind)}
      ORDER BY r.${table.at} DESC LIMIT 1 OFFSET ${bind('UInt32', stepOf(list.limit) - 1)}`,
  )
  return { name: `${list.name}.floor`, ...built }
}

function rangeQuery(list: NewestFirst, range: Sql, limit: number): BuiltQuery {
  const { table, among } = list
  const built = buildSql(
    (bind) => `SELECT ${epochMs(`r.${table.at}`)} AS at, r.${table.id} AS id FROM ${table.name} AS r FINAL
      PREWHERE r.${table.id} IN (SELECT r.${table.id} FROM ${table.name} AS r WHERE ${allOf([range, among])(bind)})
      WHERE ${range(bind)}
      ORDER BY r.${table.at} DESC, r.${table.id} DESC
      LIMIT ${bind('UInt32', limit)}`,
  )
  return { name: `${list.name}.page`, ...built }
}

function isBefore(table: ListedTable, place: Place | null, inclusive: boolean): Sql | undefined {
  if (!place) return undefined
  // The first half says nothing new, but can be checked before ids are read.
  return (bind) => `r.${table.at} <= ${instant(bind, place.at)}
    AND (r.${table.at}, r.${table.id}) ${inclusive ? '<=' : '<'} (${instant(bind, place.at)}, ${bind('String', place.id)})`
}

function isFrom(table: ListedTable, at: number | undefined): Sql | undefined {
  return at === undefined ? undefined : (bind) => `r.${table.at} >= ${instant(bind, at)}`
}
