import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CallboardError, messageOf } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import { encodeEntry } from '../entries.ts'
import { makeEnvironment, openEnvironment, type Change, type Environment, type Table } from '../lmdb/environment.ts'
import { frameBytes, offsetOf, writeFrame } from '../lmdb/frame.ts'
import { decodeNumbers, encodeNumbers, headKey, rowKey } from '../lmdb/keys.ts'
import { createTableView } from '../lmdb/records.ts'
import type { LogRecord, TableView, TopicSpec } from '../port.ts'

/** Records of one partition, in order; `next` is how far that takes the table, undefined when records before them may be missing. */
export interface TableChange {
  topic: string
  partition: number
  records: readonly LogRecord[]
  next?: number
}

/**
 * The newest record per key of the compacted topics, in a local file stamped with how far it has read. A cache that waits for no
 * disk: it may be thrown away at any time, and is when it belongs to another cluster, or when the machine went down over it.
 */
export interface Tables {
  /** How far a partition has been read; undefined: nothing is known of it. */
  stamp(topic: string, partition: number): number | undefined
  /** Resolves when the views show the changes. Calls take effect in their order. */
  apply(changes: readonly TableChange[]): Promise<void>
  /** Forgets a partition: it is to be read again from its start. */
  clear(topic: string, partition: number): Promise<void>
  view(topic: string, partition: number): TableView
  close(): Promise<void>
}

export interface TablesConfig {
  dir: string
  topics: readonly TopicSpec[]
  /** Whose tables these are: cluster, prefix, partition count. */
  identity: string
  telemetry: Telemetry
}

const STAMPS = 'stamps'
const CLEARED_AT_ONCE = 10_000

export async function openTables({ dir, topics, identity, telemetry }: TablesConfig): Promise<Tables> {
  const compacted = topics.filter(({ cleanup }) => cleanup === 'compact')
  const names = [STAMPS, ...compacted.map(({ name }) => name)]
  const fullIdentity = `${identity} ${names.join(' ')}`
  const env = await openOrMake(dir, names, fullIdentity, telemetry)
  const specs = new Map(compacted.map((spec) => [spec.name, spec]))
  const stampTable = env.table(STAMPS)
  const stamps = new Map<string, number>()
  for (const { key, value } of stampTable.getRange({})) stamps.set(Buffer.from(key).toString(), decodeNumbers(value)[0]!)
  let last: Promise<void> = Promise.resolve()
  let next: { changes: TableChange[]; done: Promise<void> } | undefined
  let closed = false

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = last.then(work)
    last = mine.catch(() => undefined)
    return mine
  }
  /** Whatever waits when its turn comes is one transaction. */
  const apply = (changes: readonly TableChange[]): Promise<void> => {
    if (!next) {
      const mine: TableChange[] = []
      const done = inTurn(() => {
        if (next?.changes === mine) next = undefined
        return write(mine)
      })
      next = { changes: mine, done }
    }
    next.changes.push(...changes)
    return next.done
  }

  const write = async (changes: readonly TableChange[]): Promise<void> => {
    if (closed) return
    const writes: Change[] = []
    /** What this write makes of rows; null: removed. */
    const pending = new Map<Table, Map<string, Buffer | null>>()
    for (const { topic, partition, records, next } of changes) {
      const rows = env.table(topic)
      const spec = specs.get(topic)!
      const newer = pending.get(rows) ?? new Map<string, Buffer | null>()
      pending.set(rows, newer)
      for (const record of records) {
        const id = `${partition}\0${record.key}`
        const key = rowKey(partition, Buffer.from(record.key))
        const stored = newer.has(id) ? newer.get(id) : rows.getBinary(key)
        const storedOffset = stored ? offsetOf(stored) : -1
        // Own commits are written before the feed brings them, and the feed may bring older ones after them.
        if (storedOffset > record.offset) continue
        if (record.value === null && next !== undefined) {
          if (stored) newer.set(id, null)
          else continue
          writes.push({ table: rows, key })
        } else if (storedOffset < record.offset) {
          const entry = encodeEntry(spec, record, Number.MAX_SAFE_INTEGER)
          const frame = writeFrame(Buffer.allocUnsafeSlow(frameBytes(entry)), 0, entry, record.offset, record.ingestTime)
          newer.set(id, frame)
          writes.push({ table: rows, key, value: frame })
        }
      }
      if (next !== undefined) {
        const stampKey = headKey(topic, partition)
        writes.push({ table: stampTable, key: Buffer.from(stampKey), value: encodeNumbers(next) })
        stamps.set(stampKey, next)
      }
    }
    await env.write(writes)
  }

  const clear = async (topic: string, partition: number): Promise<void> => {
    const rows = env.table(topic)
    const range = { start: rowKey(partition, Buffer.alloc(0)), end: rowKey(partition + 1, Buffer.alloc(0)), limit: CLEARED_AT_ONCE }
    for (;;) {
      const keys = [...rows.getKeys(range)]
      if (keys.length === 0) break
      await env.write(keys.map((key) => ({ table: rows, key })))
    }
    await env.write([{ table: stampTable, key: Buffer.from(headKey(topic, partition)) }])
    stamps.delete(headKey(topic, partition))
  }

  return {
    stamp: (topic, partition) => stamps.get(headKey(topic, partition)),
    apply: (changes) => (changes.length === 0 ? Promise.resolve() : apply(changes)),
    clear(topic, partition) {
      // What comes after it must not be written before it.
      next = undefined
      return inTurn(() => clear(topic, partition))
    },
    view: (topic, partition) => createTableView(env.table(topic), topic, partition, () => closed),
    async close() {
      await last
      closed = true
      await env.close()
      noteClosed(dir, fullIdentity)
    },
  }
}

/** What cannot be opened, belongs to another cluster, or may be damaged, is made anew: everything in it is in Kafka. */
async function openOrMake(dir: string, names: readonly string[], identity: string, telemetry: Telemetry): Promise<Environment> {
  const note = join(dir, NOTE)
  if (existsSync(dir)) {
    try {
      const found = JSON.parse(readFileSync(note, 'utf8')) as Note
      const isWhole = found.closed || (found.boot === bootId() && found.boot !== 'unknown')
      if (found.identity === identity && isWhole) {
        const env = openEnvironment(dir, names, { cache: true })
        writeNote(note, { identity, boot: bootId(), closed: false })
        return env
      }
      telemetry.log('warn', 'log_tables_made_anew', {
        reason: isWhole ? 'another cluster, prefix or partition count' : 'the machine went down',
      })
    } catch (error) {
      if (error instanceof CallboardError && error.code === 'LOG_UNAVAILABLE') throw error
      telemetry.log('warn', 'log_tables_made_anew', { reason: messageOf(error) })
    }
    rmSync(dir, { recursive: true, force: true })
  }
  mkdirSync(dirname(dir), { recursive: true })
  await makeEnvironment(dir, names, async (_, making) => writeNote(join(making, NOTE), { identity, boot: bootId(), closed: false }))
  return openEnvironment(dir, names, { cache: true })
}

const NOTE = 'note.json'
interface Note {
  identity: string
  /** The start of the machine in which the file was last open: a process that ends takes nothing with it, a machine may. */
  boot: string
  closed: boolean
}

function writeNote(file: string, note: Note): void {
  writeFileSync(`${file}.new`, JSON.stringify(note))
  renameSync(`${file}.new`, file)
}

function noteClosed(dir: string, identity: string): void {
  const fd = openSync(join(dir, 'data.mdb'), 'r+')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  writeNote(join(dir, NOTE), { identity, boot: bootId(), closed: true })
}

function bootId(): string {
  const file = '/proc/sys/kernel/random/boot_id'
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : 'unknown'
}
