import type { QueryParam, QueryParams } from '../port.ts'

/** Types a bound value can have. */
export type SqlType = 'String' | 'UInt32' | 'Int64' | 'Float64' | 'Array(String)' | 'Array(Int64)'

/** A piece of SQL that binds its values as it is written. `sql` pieces hold our text only; every value goes through `bind`. */
export type Sql = (bind: Bind) => string
export type Bind = (type: SqlType, value: QueryParam) => string

/** The text and the parameters of a statement. */
export function buildSql(sql: Sql): { sql: string; params: QueryParams } {
  const params: Record<string, QueryParam> = {}
  const text = sql((type, value) => {
    const name = `p${Object.keys(params).length}`
    params[name] = value
    return `{${name}:${type}}`
  })
  return { sql: text, params }
}

export function allOf(conditions: readonly (Sql | undefined)[]): Sql {
  const present = conditions.filter((condition) => condition !== undefined)
  return (bind) => (present.length === 0 ? '1' : present.map((condition) => `(${condition(bind)})`).join(' AND '))
}

export function anyOf(conditions: readonly Sql[]): Sql {
  return (bind) => (conditions.length === 0 ? '0' : conditions.map((condition) => `(${condition(bind)})`).join(' OR '))
}

/** `column` is one of the values; undefined or no values at all: no condition. */
export function isOneOf(column: string, values: readonly string[] | undefined): Sql | undefined {
  return values === undefined ? undefined : (bind) => `${column} IN ${bind('Array(String)', values)}`
}

/** An instant from epoch milliseconds. */
export function instant(bind: Bind, ms: number): string {
  return `fromUnixTimestamp64Milli(${bind('Int64', ms)}, 'UTC')`
}

/** Epoch milliseconds of a column: exact, and a bare number in JSON, where Int64 would be a string. */
export function epochMs(column: string): string {
  return `toFloat64(toUnixTimestamp64Milli(${column}))`
}

/** Columns of a result: how each is read from `alias`, by the name it gets. Text that is empty becomes null. */
export type ResultColumns = Readonly<
  Record<string, readonly [column: string, as: 'text' | 'textOrNull' | 'number' | 'bigNumber' | 'time' | 'flag' | 'list']>
>

export function selectList(alias: string, columns: ResultColumns): string {
  return Object.entries(columns)
    .map(([name, [column, as]]) => `${expressionOf(`${alias}.${column}`, as)} AS \`${name}\``)
    .join(', ')
}

function expressionOf(column: string, as: ResultColumns[string][1]): string {
  if (as === 'time') return epochMs(column)
  // A 64-bit integer comes as a string; ours stay below 2^53.
  if (as === 'bigNumber') return `toFloat64(${column})`
  if (as === 'flag') return `toBool(${column})`
  if (as === 'textOrNull') return `nullIf(toString(${column}), '')`
  return column
}
