import type { AnalyticsStore, CallOptions } from '../port.ts'
import { allOf, buildSql, epochMs, instant, selectList, type ResultColumns, type Sql } from './sql.ts'

/** A place in a list that runs from the newest to the oldest: before this instant, and at it before this id. */
export interface Place {
  at: number
  id: string
}

export interface NewestFirst {
  name: string
  table: 'contacts' | 'alerts'
  id: string
  at: string
  columns: ResultColumns
  /** On `r`. Must hold for the newest version of a row; may be of mutable columns. */
  where: Sql | undefined
  /** On `r`: holds for every row wanted, perhaps for more; looked at while choosing ids, of any version. */
  among?: Sql | undefined
  /** Rows before this place; with `inclusive` that place too. */
  before: Place | null
  inclusive?: boolean
  limit: number
}

export interface NewestFirstPage<T> {
  rows: (T & { placeAt: number; placeId: string })[]
  /** Where to go on; null at the end. */
  next: Place | null
}

/** Versions looked at in one step: enough for a page though contacts have several versions each. */
const stepOf = (limit: number): number => Math.max(256, limit * 4)
const MAX_STEPS = 8

/**
 * One page, newest first, by a time that can change between versions, without reading every row with FINAL.
 *
 * Step 1 walks down all versions, whatever their age, and finds the place of the n-th one. Step 2 takes the ids seen on the way
 * and reads their newest versions. A row whose newest version lies between the two places was itself among those versions, so
 * none is missed; a row whose newest version lies elsewhere is sorted out by the second reading of the same conditions. PREWHERE
 * is safe with FINAL here because the id is the sorting key: it takes all versions of a row or none.
 */
export async function newestFirst<T>(store: AnalyticsStore, list: NewestFirst, options?: CallOptions): Promise<NewestFirstPage<T>> {
  const rows: NewestFirstPage<T>['rows'] = []
  let before = list.before
  let inclusive = list.inclusive ?? false
  for (let step = 0; step < MAX_STEPS; step++) {
    const upper = placeCondition(list, before, inclusive ? '<=' : '<')
    const [floor] = await store.query<Place>(floorQuery(list, upper), options)
    const range = allOf([list.where, upper, placeCondition(list, floor ?? null, '>=')])
    const found = await store.query<NewestFirstPage<T>['rows'][number]>(rangeQuery(list, range, list.limit - rows.length), options)
    rows.push(...found)
    const last = rows.at(-1)
    if (last && rows.length === list.limit) return { rows, next: { at: last.placeAt, id: last.placeId } }
    if (!floor) return { rows, next: null }
    before = floor
    inclusive = false
  }
  return { rows, next: before }
}

function floorQuery(
  list: NewestFirst,
  upper: Sql | undefined,
): { name: string; sql: string; params: ReturnType<typeof buildSql>['params'] } {
  const built = buildSql(
    (bind) => `SELECT ${epochMs(`r.${list.at}`)} AS at, r.${list.id} AS id FROM ${list.table} AS r
      WHERE ${allOf([list.where, list.among, upper])(bind)}
      ORDER BY r.${list.at} DESC, r.${list.id} DESC
      LIMIT 1 OFFSET ${bind('UInt32', stepOf(list.limit) - 1)}`,
  )
  return { name: `${list.name}.floor`, ...built }
}

function rangeQuery(
  list: NewestFirst,
  range: Sql,
  limit: number,
): { name: string; sql: string; params: ReturnType<typeof buildSql>['params'] } {
  const built = buildSql(
    (bind) => `SELECT ${selectList('r', list.columns)}, ${epochMs(`r.${list.at}`)} AS placeAt, r.${list.id} AS placeId
      FROM ${list.table} AS r FINAL
      PREWHERE r.${list.id} IN (SELECT r.${list.id} FROM ${list.table} AS r WHERE ${allOf([range, list.among])(bind)})
      WHERE ${range(bind)}
      ORDER BY r.${list.at} DESC, r.${list.id} DESC
      LIMIT ${bind('UInt32', limit)}`,
  )
  return { name: `${list.name}.page`, ...built }
}

function placeCondition(list: NewestFirst, place: Place | null, sign: '<' | '<=' | '>='): Sql | undefined {
  if (!place) return undefined
  const coarse = sign === '>=' ? '>=' : '<='
  // The first half says nothing new, but can be checked before ids are read.
  return (bind) => `r.${list.at} ${coarse} ${instant(bind, place.at)}
    AND (r.${list.at}, r.${list.id}) ${sign} (${instant(bind, place.at)}, ${bind('String', place.id)})`
}
