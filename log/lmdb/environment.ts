import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { open, type Database } from 'lmdb'
import { CallboardError, messageOf } from '#kernel/errors'
import { whyNoSpace } from '#kernel/node/disk-space'
import { failpoint } from '#kernel/node/failpoint'
import { inspectEnvironment } from './inspect.ts'

export type Table = Database<Uint8Array, Uint8Array>

/** One change of a transaction; without a value the key is removed. */
export interface Change {
  table: Table
  key: Uint8Array
  value?: Uint8Array
}

export interface Environment {
  table(name: string): Table
  /** Writes all changes as one transaction. Resolves when they are on disk and visible; rejects when none of them is. */
  write(changes: readonly Change[]): Promise<void>
  /** Writes a copy of this moment into the folder `dir`, which it makes; writes go on meanwhile. */
  copyTo(dir: string): Promise<void>
  close(): Promise<void>
}

/**
 * Makes the folder `dir` with an environment in it, whole or not at all: it is prepared under another name. So an environment that
 * has a folder has its data, and an empty file is a fault, not a beginning. `seed` may put more into the folder.
 */
export async function makeEnvironment(
  dir: string,
  tableNames: readonly string[],
  seed: (env: Environment, dir: string) => Promise<void>,
): Promise<void> {
  const making = `${dir}.new`
  rmSync(making, { recursive: true, force: true })
  requireSpace(dirname(dir), 0)
  try {
    mkdirSync(making)
  } catch (error) {
    throw new CallboardError('LOG_UNAVAILABLE', `The log cannot begin ${dir}: ${messageOf(error)}`, { retryable: true, cause: error })
  }
  const env = openTables(making, tableNames, false)
  try {
    await seed(env, making)
  } finally {
    await env.close()
  }
  syncFolder(making)
  failpoint('CP19')
  renameSync(making, dir)
  syncFolder(dirname(dir))
}

/**
 * Opens the LMDB environment in `dir` with exactly these tables, after a look at its file (`deep`: at every page of it).
 * Throws LOG_CORRUPT when it is damaged, LOG_UNAVAILABLE when the system refuses (no space, no file handles).
 *
 * Overlapping sync is off: LMDB then writes the pages, syncs them, and only then writes (synced) the meta page that makes them
 * visible. So a reader never sees what is not on disk, and a resolved write is durable ("Overlapping Sync Options", lmdb-js README).
 * All tables are opened here: a later `openDB` is a synchronous transaction, which would cut a running batch in two.
 */
export function openEnvironment(
  dir: string,
  tableNames: readonly string[],
  { readOnly = false, deep = false, cache = false } = {},
): Environment {
  inspectEnvironment(dir, { deep })
  return openTables(dir, tableNames, readOnly, cache)
}

/** `cache`: a write waits for no disk. It survives the process, but the power going away may leave the file damaged. */
function openTables(dir: string, tableNames: readonly string[], readOnly: boolean, cache = false): Environment {
  try {
    const root = open<Uint8Array, Uint8Array>({
      path: dir,
      noSubdir: false,
      overlappingSync: false,
      noSync: cache,
      // We group by ourselves; lmdb's own batch per turn leaves a promise behind that nobody hears when a commit fails.
      eventTurnBatching: false,
      maxDbs: tableNames.length + 2,
      encoding: 'binary',
      keyEncoding: 'binary',
      readOnly,
    })
    const tables = new Map(
      tableNames.map((name) => [name, root.openDB<Uint8Array, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary' })]),
    )
    return {
      table(name) {
        const table = tables.get(name)
        if (!table) throw new CallboardError('INTERNAL', `The log environment ${dir} has no table "${name}".`)
        return table
      },
      async write(changes) {
        if (changes.length === 0) return
        requireSpace(dir, growthOf(changes))
        try {
          await root.batch(() => {
            // Operations in a batch share the batch's promise: theirs are settled already.
            for (const { table, key, value } of changes) void (value ? table.put(key, value) : table.remove(key))
          })
        } catch (error) {
          const reason = await reasonOf(error)
          endProcess(dir, reason)
          throw new CallboardError('LOG_UNAVAILABLE', `The log could not write: ${messageOf(reason)}`, { retryable: true, cause: error })
        }
        // The cached read transaction may still show the state before this write.
        root.resetReadTxn()
      },
      async copyTo(to) {
        mkdirSync(to, { recursive: true })
        try {
          await root.backup(to, false)
        } catch (error) {
          throw storageFault(error, `The log environment ${dir} cannot be copied`)
        }
      },
      close: () => root.close(),
    }
  } catch (error) {
    throw storageFault(error, `The log environment ${dir} cannot be opened`)
  }
}

/** LOG_CORRUPT, or LOG_UNAVAILABLE when the system refused: LMDB's own codes are negative, the system's are not. */
export function storageFault(error: unknown, what: string): CallboardError {
  if (error instanceof CallboardError) return error
  const isSystem = error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code > 0
  return new CallboardError(isSystem ? 'LOG_UNAVAILABLE' : 'LOG_CORRUPT', `${what}: ${messageOf(error)}`, {
    retryable: isSystem,
    cause: error,
  })
}

/** LMDB may hang on a folder it cannot make, so it is made and tried first. */
export function makeFolder(dir: string): void {
  const probe = join(dir, '.write-probe')
  try {
    mkdirSync(dir, { recursive: true })
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (error) {
    throw new CallboardError('SETTING_INVALID', `The log folder ${dir} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}

/** Makes created, renamed and removed names in `dir` survive a power cut. */
export function syncFolder(dir: string): void {
  const fd = openSync(dir, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** lmdb rejects with a promise of the reason; it must be listened to, or Node ends the process. */
async function reasonOf(error: unknown): Promise<unknown> {
  const pending = error instanceof Error && 'commitError' in error ? error.commitError : undefined
  if (!(pending instanceof Promise)) return error
  return pending.then(
    () => error,
    (reason: unknown) => reason,
  )
}

/** Pages of the tree that a changed key rewrites, and what a value takes in whole pages. */
const PAGE_BYTES = 4096
const PAGES_A_CHANGE = 4

/** Most that the file can grow by these changes. */
function growthOf(changes: readonly Change[]): number {
  return changes.reduce((sum, { value }) => sum + PAGES_A_CHANGE * PAGE_BYTES + (value?.byteLength ?? 0), 0)
}

/**
 * lmdb must not meet a full disk: after a page that could not be written its heap is damaged, and the process aborts some writes later
 * ("malloc(): invalid next size", lmdb 3.5.6). So there is a look before each write, and it leaves a reserve for what others write meanwhile.
 */
function requireSpace(dir: string, bytes: number): void {
  const reason = whyNoSpace(dir, bytes)
  if (reason !== undefined) throw new CallboardError('LOG_UNAVAILABLE', `The log takes nothing in: ${reason}`, { retryable: true })
}

/**
 * A write that failed all the same: others took the reserve meanwhile, or the disk is faulty. Nothing of it counts, but neither lmdb's
 * memory nor what the system keeps of the file can be trusted any more. The process ends with the reason; a start looks at the file anew.
 */
function endProcess(dir: string, reason: unknown): void {
  queueMicrotask(() => {
    throw new CallboardError('LOG_UNAVAILABLE', `A write to ${dir} failed and the process ends: ${messageOf(reason)}`)
  })
}
