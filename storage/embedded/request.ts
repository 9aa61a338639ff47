import { randomUUID } from 'node:crypto'

/** One statement as asked for over HTTP, before anything of it ran. */
export interface StatementRequest {
  /** Marks the statement in the engine, so that it can be killed. */
  tag: string
  /** The `query` parameter; when empty, the body is the statement. */
  sql: string
  /** The body holds rows for the INSERT in `sql`. */
  hasRows: boolean
  database: string | null
  /** In the order they must be set. */
  settings: readonly (readonly [name: string, value: string])[]
  format: string
}

/** A request that is refused before it reaches the engine. `number` is ClickHouse's for the same fault. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault'
  readonly status: number
  readonly number: number

  constructor(status: number, number: number, message: string) {
    super(message)
    this.status = status
    this.number = number
  }
}

// Parameters of ClickHouse's HTTP interface that are not settings. Sessions, roles and progress headers have no meaning here.
const notSettings = new Set([
  'query',
  'database',
  'query_id',
  'session_id',
  'session_timeout',
  'session_check',
  'role',
  'user',
  'password',
  'quota_key',
  'default_format',
  'compress',
  'decompress',
  'enable_http_compression',
  'wait_end_of_query',
  'send_progress_in_http_headers',
  'http_headers_progress_interval_ms',
])

const NAME = /^[A-Za-z_]\w{0,127}$/
const TAG = /^[A-Za-z0-9-]{1,64}$/
const INSERT_WITH_ROWS = /^\s*INSERT\s+INTO\b.*\bFORMAT\s+\w+\s*$/is
/** Where FROM INFILE goes in an INSERT: before its FORMAT. */
const FORMAT_CLAUSE = /\s+FORMAT\s+(\w+)\s*$/i

export function parseStatementRequest(params: URLSearchParams): StatementRequest {
  const settings: [string, string][] = []
  for (const [name, value] of params) {
    if (notSettings.has(name)) continue
    if (!NAME.test(name)) throw new RequestFault(400, 115, 'a setting has a malformed name')
    settings.push([name, value])
  }
  const tag = params.get('query_id') ?? randomUUID()
  if (!TAG.test(tag)) throw new RequestFault(400, 36, 'query_id may hold letters, digits and dashes, at most 64')
  const sql = params.get('query') ?? ''
  const hasRows = INSERT_WITH_ROWS.test(sql)
  return {
    tag,
    sql,
    hasRows,
    database: params.get('database'),
    // Once readonly is set no other setting can be.
    settings: settings.toSorted((a, b) => Number(a[0] === 'readonly') - Number(b[0] === 'readonly')),
    format: params.get('default_format') ?? 'TabSeparated',
  }
}

/**
 * Refuses what the engine, unlike a server, does in its own process even when it is told to be read-only: files by name. A plain
 * word search will do, since values never are in the text.
 */
export function refuseFiles(sql: string): string {
  if (/\b(OUTFILE|INFILE)\b/i.test(sql)) throw new RequestFault(400, 62, 'a statement may not name files')
  return sql
}

/** The INSERT with its rows read from `file`. Rows inside the statement would end at a blank line, and the rest would run as SQL. */
export function insertFromFile(sql: string, file: string): string {
  return sql.replace(FORMAT_CLAUSE, (_, format: string) => ` FROM INFILE ${literal(file)} FORMAT ${format}`)
}

export function formatOf(sql: string, fallback: string): string {
  return FORMAT_CLAUSE.exec(sql)?.[1] ?? fallback
}

/** The statements that prepare a private session. */
export function sessionSetup(request: StatementRequest, maxSeconds: number): string {
  const use = request.database === null ? [] : [`USE \`${request.database.replaceAll(/[\\`]/g, (c) => `\\${c}`)}\``]
  const bounded: readonly (readonly [string, string])[] = [['max_execution_time', String(maxSeconds)], ...request.settings]
  return [...use, ...bounded.map(([name, value]) => `SET ${name} = ${literal(value)}`)].join(';')
}

export function literal(value: string): string {
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`
}
