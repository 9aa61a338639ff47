import { ClickHouseLogLevel, createClient, type ClickHouseClient, type ClickHouseSettings } from '@clickhouse/client'
import { CallboardError } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import { silentTelemetry, type Telemetry } from '#kernel/telemetry'
import { storeError, toStoreError } from './clickhouse-errors.ts'
import type { AnalyticsStore, QueryLimits } from './port.ts'
import { tableColumns } from './tables.ts'

export interface ClickHouseStoreOptions {
  /** A function when the address can change, as the embedded engine's does with a restart. */
  url: string | (() => string)
  database: string
  headers?: Readonly<Record<string, string>>
  username?: string
  password?: string
  telemetry?: Telemetry
  limits?: Partial<QueryLimits>
  /** The tables are Distributed ones over a cluster. */
  isCluster?: boolean
}

const defaultLimits: QueryLimits = { maxSeconds: 10, maxMemoryBytes: 400_000_000, maxResultRows: 100_000, maxThreads: 2 }
const WRITE_SECONDS = 60
/** Longer than any limit above, so that the store's own answer comes first. */
const REQUEST_TIMEOUT_MS = 70_000
const MAX_CONNECTIONS = 16

/** The store on a ClickHouse server, or on the embedded engine, which speaks the same protocol. */
export function createClickHouseStore(options: ClickHouseStoreOptions): AnalyticsStore {
  const telemetry = options.telemetry ?? silentTelemetry
  const clients = createClientPool(options)

  const call = async <T>(
    kind: 'read' | 'insert' | 'command',
    name: string,
    signal: AbortSignal | undefined,
    run: () => Promise<T>,
  ): Promise<T> => {
    const startedAt = performance.now()
    try {
      return await run()
    } catch (error) {
      throw toStoreError(error, { kind, name, signal })
    } finally {
      telemetry.observe('store_call_ms', { kind, name }, performance.now() - startedAt)
    }
  }

  return {
    async insert(table, rows, { signal } = {}) {
      if (rows.length === 0) return
      await call('insert', table, signal, async () => {
        await clients.of(options.database).insert({
          table,
          columns: [...tableColumns[table]] as [string, ...string[]],
          values: rows,
          format: 'JSONEachRow',
          clickhouse_settings: options.isCluster ? { ...insertSettings, ...clusterInsertSettings } : insertSettings,
          ...(signal ? { abort_signal: signal } : {}),
        })
        failpoint('CP11')
      })
      telemetry.count('store_rows_written_total', { table }, rows.length)
    },

    query: <T>(query: Parameters<AnalyticsStore['query']>[0], { signal, database }: { signal?: AbortSignal; database?: string } = {}) =>
      call('read', query.name, signal, async () => {
        const result = await clients.of(database ?? options.database).query({
          query: query.sql,
          query_params: { ...query.params },
          format: 'JSONEachRow',
          clickhouse_settings: {
            ...readSettings({ ...defaultLimits, ...options.limits, ...query.limits }),
            ...(options.isCluster ? clusterReadSettings : {}),
          },
          ...(signal ? { abort_signal: signal } : {}),
        })
        return result.json<T>()
      }),

    command: (sql, { signal, params, database } = {}) =>
      call('command', 'command', signal, async () => {
        await clients.of(database ?? options.database).command({
          query: sql,
          query_params: { ...params },
          clickhouse_settings: { max_execution_time: WRITE_SECONDS },
          ...(signal ? { abort_signal: signal } : {}),
        })
      }),

    ping: () =>
      call('read', 'ping', undefined, async () => {
        const answer = await clients.of(options.database).ping()
        if (!answer.success) throw answer.error
      }),

    close: () => clients.close(),
  }
}

const insertSettings: ClickHouseSettings = {
  // The embedded engine has no asynchronous inserts; an acknowledged row must be a stored one on a server too.
  async_insert: 0,
  max_execution_time: WRITE_SECONDS,
  input_format_skip_unknown_fields: 0,
}

/** Otherwise a Distributed table acknowledges rows that lie in a file of one node. */
const clusterInsertSettings: ClickHouseSettings = { distributed_foreground_insert: 1 }
/** What queries join lies on one shard by its sharding key (`cluster.ts`). */
const clusterReadSettings: ClickHouseSettings = { distributed_product_mode: 'local' }

/** `readonly` shuts off file(), url() and every change, should a statement ever hold more than we meant. */
function readSettings(limits: QueryLimits): ClickHouseSettings {
  return {
    readonly: '1',
    max_execution_time: limits.maxSeconds,
    max_memory_usage: String(limits.maxMemoryBytes),
    max_result_rows: String(limits.maxResultRows),
    result_overflow_mode: 'throw',
    max_threads: limits.maxThreads,
    // Bare numbers would lose digits above 2^53.
    output_format_json_quote_64bit_integers: 1,
    // Otherwise a server can fail after it has begun a 200.
    wait_end_of_query: 1,
  }
}

/** One row as JSON. Half a surrogate pair is not text; the store would refuse the whole batch, so it becomes U+FFFD. */
function encodeRow(row: unknown): string {
  try {
    const line = JSON.stringify(row)
    if (!line.includes(String.raw`\ud`)) return line
    return JSON.stringify(row, (_key, value: unknown) => (typeof value === 'string' ? toWellFormed(value) : value))
  } catch (error) {
    // A cycle, a BigInt: the row can never be written.
    throw storeError('row', 'encode', error, null)
  }
}

// String.prototype.toWellFormed is in Node 20 but not in the ES2023 library types.
const LONE_SURROGATE = /\p{Surrogate}/gu
const toWellFormed = (text: string): string => text.replace(LONE_SURROGATE, '\uFFFD')

/** The client's own logger writes statements and their values to the console; errors reach our log where they are handled. */
class SilentLogger {
  trace(): void {}
  debug(): void {}
  info(): void {}
  warn(): void {}
  error(): void {}
}

/** One client per database, made anew when the address has changed. */
function createClientPool(options: ClickHouseStoreOptions): { of(database: string): ClickHouseClient; close(): Promise<void> } {
  const open = new Map<string, { url: string; client: ClickHouseClient }>()
  let closed = false
  const create = (url: string, database: string): ClickHouseClient =>
    createClient({
      url,
      database,
      ...(options.username === undefined ? {} : { username: options.username }),
      ...(options.password === undefined ? {} : { password: options.password }),
      ...(options.headers === undefined ? {} : { http_headers: { ...options.headers } }),
      request_timeout: REQUEST_TIMEOUT_MS,
      max_open_connections: MAX_CONNECTIONS,
      json: { stringify: encodeRow },
      log: { LoggerClass: SilentLogger, level: ClickHouseLogLevel.OFF },
    })
  return {
    of(database) {
      if (closed) throw new CallboardError('STORE_UNAVAILABLE', 'The store has been closed.', { details: { fault: 'unavailable' } })
      const url = typeof options.url === 'string' ? options.url : options.url()
      const known = open.get(database)
      if (known?.url === url) return known.client
      void known?.client.close()
      const client = create(url, database)
      open.set(database, { url, client })
      return client
    },
    async close() {
      closed = true
      await Promise.all([...open.values()].map(({ client }) => client.close()))
      open.clear()
    },
  }
}
