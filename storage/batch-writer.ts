import { pause, type Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { silentTelemetry, type Telemetry } from '#kernel/telemetry'
import { faultOf } from './clickhouse-errors.ts'
import { createPartsBrake } from './parts-brake.ts'
import type { AnalyticsStore } from './port.ts'
import type { TableName, TableRows } from './tables.ts'

export interface BatchWriter<T extends TableName> {
  /**
   * Resolves when those rows are stored or, one by one, handed to `onRejected`. Waits while the buffer is full. Rejects when the
   * store stayed away past the deadline or refused the statement; then some of the rows may be stored, and writing them again
   * is harmless. Nothing is ever dropped with the promise resolved.
   */
  write(rows: readonly TableRows[T][]): Promise<void>
  /** Sends what is buffered now and resolves when the buffer has been empty. */
  flush(): Promise<void>
  /** Flushes; later writes reject. */
  close(): Promise<void>
}

export interface BatchWriterOptions<T extends TableName> {
  table: T
  maxRows?: number
  /** Estimated, of the rows as JSON. */
  maxBytes?: number
  /** How long a row may wait for company, and the least time between two inserts unless somebody asks for a flush. */
  maxAgeMs?: number
  maxBufferedBytes?: number
  /** For how long a batch is tried again. */
  retryForMs?: number
  clock: Clock
  telemetry?: Telemetry
  /** Takes a row that the store cannot read. The write of that row resolves after this has, and rejects with it. */
  onRejected: (row: TableRows[T], error: CallboardError) => Promise<void> | void
  /** For tests: 0 … 1. */
  random?: () => number
}

interface Ticket {
  waitingFor: number
  resolve: () => void
  reject: (error: unknown) => void
  failed: boolean
}

interface Item<Row> {
  row: Row
  bytes: number
  ticket: Ticket
}

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000
/** Below this a batch that is too large is not the rows' fault: the store is short of memory, and waits help more than inserts of one row. */
const SMALLEST_SPLIT = 100

/** Gathers rows into batches: many small inserts are what ClickHouse bears least. One batch in flight per writer. */
export function createBatchWriter<T extends TableName>(store: AnalyticsStore, options: BatchWriterOptions<T>): BatchWriter<T> {
  const { table, maxRows = 100_000, maxBytes = 10_000_000, maxAgeMs = 1_000, clock, onRejected } = options
  const { maxBufferedBytes = 4 * maxBytes, retryForMs = 60_000, random = Math.random, telemetry = silentTelemetry } = options
  type Row = TableRows[T]
  let buffer: Item<Row>[] = []
  let bufferedBytes = 0
  let sending = false
  let closed = false
  let flushAsked = false
  let cancelTimer: (() => void) | undefined
  let lastInsertAt = Number.NEGATIVE_INFINITY
  const waitingForRoom: (() => void)[] = []
  const waitingForEmpty: (() => void)[] = []

  const parts = createPartsBrake(store, { table, clock, telemetry })
  const mustWait = (): boolean => bufferedBytes >= maxBufferedBytes && !closed
  const isFull = (): boolean => buffer.length >= maxRows || bufferedBytes >= maxBytes

  const considerSending = (): void => {
    if (sending || buffer.length === 0) return
    if (isFull() || flushAsked) {
      sending = true
      void sendAll()
    } else {
      cancelTimer ??= clock.after(maxAgeMs, () => {
        cancelTimer = undefined
        flushAsked = true
        considerSending()
      })
    }
  }

  const sendAll = async (): Promise<void> => {
    cancelTimer?.()
    cancelTimer = undefined
    do {
      await restBetweenInserts()
      const batch = takeBatch()
      lastInsertAt = clock.now()
      await send(batch, clock.now() + retryForMs)
      // What gathered meanwhile is young: it gets its own age unless somebody asked.
      flushAsked &&= buffer.length > 0 && waitingForEmpty.length > 0
    } while (buffer.length > 0 && (isFull() || flushAsked))
    flushAsked = false
    sending = false
    if (buffer.length === 0) for (const resolve of waitingForEmpty.splice(0)) resolve()
    considerSending()
  }

  /** Many small inserts are what ClickHouse bears least: the parts that they make must be merged faster than new ones come. */
  const restBetweenInserts = async (): Promise<void> => {
    const restMs = Math.min(maxAgeMs, lastInsertAt + maxAgeMs - clock.now())
    if (waitingForEmpty.length > 0 || closed) return
    if (restMs > 0) await pause(clock, restMs)
    await parts.wait()
  }

  const takeBatch = (): Item<Row>[] => {
    let bytes = 0
    let count = 0
    while (count < buffer.length && count < maxRows && (count === 0 || bytes < maxBytes)) bytes += buffer[count++]!.bytes
    const batch = buffer.slice(0, count)
    buffer = buffer.slice(count)
    bufferedBytes -= bytes
    for (const resolve of waitingForRoom.splice(0)) resolve()
    // A write that failed as a whole is done again by its caller.
    return batch.filter((item) => !item.ticket.failed)
  }

  /** Resolves when every item is settled one way or the other. */
  const send = async (items: readonly Item<Row>[], deadline: number): Promise<void> => {
    const startedAt = clock.now()
    for (let delayMs = FIRST_RETRY_MS; items.length > 0; delayMs = Math.min(delayMs * 2, LAST_RETRY_MS)) {
      try {
        await store.insert(
          table,
          items.map((item) => item.row),
        )
        telemetry.count('store_batches_total', { table })
        telemetry.observe('store_flush_ms', { table }, clock.now() - startedAt)
        return settle(items)
      } catch (error) {
        const fault = faultOf(error)
        const mayRetry = error instanceof CallboardError && error.retryable && clock.now() + delayMs <= deadline
        if (fault === 'row' && items.length === 1) return await reject(items[0]!, error as CallboardError)
        if (fault === 'row' || (fault === 'tooLarge' && items.length > SMALLEST_SPLIT)) {
          const half = items.length >> 1
          await send(items.slice(0, half), deadline)
          return await send(items.slice(half), deadline)
        }
        if (!mayRetry) return fail(items, error)
        telemetry.count('store_batch_retries_total', { table, fault: fault ?? 'other' })
        await pause(clock, delayMs * (0.5 + random() / 2))
      }
    }
  }

  const reject = async (item: Item<Row>, error: CallboardError): Promise<void> => {
    try {
      telemetry.count('store_rows_rejected_total', { table })
      await onRejected(item.row, error)
      settle([item])
    } catch (cause) {
      fail([item], cause)
    }
  }

  return {
    async write(rows) {
      if (rows.length === 0) return
      while (mustWait()) await new Promise<void>((resolve) => waitingForRoom.push(resolve))
      if (closed) throw new CallboardError('STORE_UNAVAILABLE', `The writer of ${table} has been closed.`)
      await new Promise<void>((resolve, rejectWrite) => {
        const ticket: Ticket = { waitingFor: rows.length, resolve, reject: rejectWrite, failed: false }
        for (const row of rows) {
          const bytes = estimateBytes(row)
          bufferedBytes += bytes
          buffer.push({ row, bytes, ticket })
        }
        considerSending()
      })
    },
    flush() {
      if (buffer.length === 0 && !sending) return Promise.resolve()
      return new Promise((resolve) => {
        waitingForEmpty.push(resolve)
        flushAsked = true
        considerSending()
      })
    },
    async close() {
      closed = true
      for (const resolve of waitingForRoom.splice(0)) resolve()
      await this.flush()
    },
  }
}

function settle(items: readonly Item<unknown>[]): void {
  for (const { ticket } of items) if (--ticket.waitingFor === 0 && !ticket.failed) ticket.resolve()
}

function fail(items: readonly Item<unknown>[], error: unknown): void {
  for (const { ticket } of items) {
    ticket.failed = true
    ticket.reject(error)
  }
}

/** Near the length as JSON, without making it: serialising is the main cost of an insert. */
function estimateBytes(row: object): number {
  let bytes = 2
  for (const value of Object.values(row) as unknown[]) {
    bytes += 24
    if (typeof value === 'string') bytes += value.length
    else if (Array.isArray(value)) for (const entry of value) bytes += 3 + String(entry).length
  }
  return bytes
}
