import type { TableName, TableRows } from './tables.ts'

/**
 * The analytics store: what is kept to be searched and summed later. The embedded engine and a ClickHouse server answer the
 * same SQL through the same client, so this contract holds for both.
 *
 * - `insert` resolves when the store has acknowledged every row of the call; then they survive a kill of its process. It stores
 *   all of the call or rejects; after a rejection some or all may be there, and inserting them again is harmless, because every
 *   table keeps the newest version per natural key.
 * - `query` gives all rows or rejects: with STORE_REJECTED when a limit is passed, never with a shortened answer. It cannot
 *   change anything. Values travel as bound parameters, never in the SQL text.
 * - Aborting a call's signal rejects it and stops the work in the store too.
 * - Errors are CallboardErrors: STORE_UNAVAILABLE (`retryable`: the same call may succeed later) or STORE_REJECTED. Their
 *   `details` hold `fault` (see `StoreFault`) and, when the store gave one, ClickHouse's error `number`.
 * - After `close` every call rejects with STORE_UNAVAILABLE, not retryable.
 */
export interface AnalyticsStore {
  insert<T extends TableName>(table: T, rows: readonly TableRows[T][], options?: CallOptions): Promise<void>

  /** `database`: another one than the store's own, for what is asked before that exists. */
  query<T>(query: BuiltQuery, options?: CallOptions & { database?: string }): Promise<T[]>

  /** Runs one statement that changes the store: migrations and benches. Its text is ours, never a caller's. */
  command(sql: string, options?: CallOptions & { params?: QueryParams; database?: string }): Promise<void>

  /** Resolves when the store answers a query. */
  ping(): Promise<void>

  close(): Promise<void>
}

export interface CallOptions {
  signal?: AbortSignal
}

/** SQL from one of the builders in `storage/queries/`. */
export interface BuiltQuery {
  /** Bounded set, for metrics: `listContacts`. */
  name: string
  /** Refers to values as `{name:Type}` only. */
  sql: string
  params: QueryParams
  limits?: Partial<QueryLimits>
}

export type QueryParam = string | number | boolean | null | readonly (string | number)[]
export type QueryParams = Readonly<Record<string, QueryParam>>

export interface QueryLimits {
  maxSeconds: number
  maxMemoryBytes: number
  maxResultRows: number
  maxThreads: number
}

/**
 * Why a call failed, for those who decide what to do next.
 * `unavailable`: no answer, or overloaded · `limit`: the query passed one of its limits · `tooLarge`: send less at once ·
 * `row`: a row cannot be read · `statement`: the statement itself, a missing table, a missing right · `aborted`: by the caller's signal.
 */
export type StoreFault = 'unavailable' | 'limit' | 'tooLarge' | 'row' | 'statement' | 'aborted'
