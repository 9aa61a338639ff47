/** Copies of a data folder: made while the server runs, put back into an empty folder. Log and store fit together by the position of the history lane. */
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { cp, rename } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { isAbsolute, join, relative, resolve } from 'node:path'
import type { Clock } from '#kernel/clock'
import { CallboardError, messageOf } from '#kernel/errors'
import { DATA_FORMAT } from '#kernel/node/data-format'
import type { LmdbLog } from '#log/lmdb/log'
import { backupStore, readFigures, type TableFigures } from '#storage/backup'
import { BACKUPS_FOLDER } from '#storage/embedded/messages'
import type { AnalyticsStore } from '#storage/port'
import { tableColumns, type TableName } from '#storage/tables'

export const MANIFEST = 'manifest.json'
/** Layout of a backup, apart from the format of the data folder in it. */
const BACKUP_FORMAT = 1

export interface BackupManifest {
  backupFormat: number
  dataFormat: number
  version: string
  createdAt: string
  partitionCount: number
  /** Database whose tables are in `store/`; null: the store is a server with backups of its own. */
  database: string | null
  /** What the tables held when the copy was made. */
  figures: Record<TableName, TableFigures> | null
  files: { path: string; bytes: number; sha256: string }[]
}

export interface BackupDeps {
  log: LmdbLog
  clock: Clock
  version: string
  /** Stops what is written to the store; undefined: nobody writes. */
  pauseHistory: (() => Promise<() => void>) | undefined
  /** The embedded store; undefined: a server, which has backups of its own. */
  store: { store: AnalyticsStore; database: string; dataDir: string } | undefined
}

/**
 * Writes a backup into `folder`, which must be new or empty. Order matters: while the history lane rests, the store holds exactly
 * what lies before its positions; then the store and the state with these positions are copied. The slices come last, so that no
 * position is past their end. The manifest comes at the very end: a folder without one is no backup.
 */
export async function makeBackup(folder: string, deps: BackupDeps): Promise<BackupManifest> {
  const { log, clock, version, store } = deps
  refuseUsed(folder)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const createdAt = new Date(clock.now()).toISOString()
  const staged = store && join(resolve(store.dataDir), BACKUPS_FOLDER, `backup-${clock.now()}`)
  if (store) clearStaged(join(store.dataDir, BACKUPS_FOLDER))
  let resume: (() => void) | undefined = await deps.pauseHistory?.()
  let figures: BackupManifest['figures'] = null
  try {
    if (store && staged) {
      figures = await readFigures(store.store)
      await backupStore(store.store, store.database, staged, clock)
    }
    await log.copyTo(join(folder, 'log'), () => {
      resume?.()
      resume = undefined
    })
    if (staged) await move(staged, join(folder, 'store'))
  } finally {
    resume?.()
    if (staged) rmSync(staged, { recursive: true, force: true })
  }
  const manifest: BackupManifest = {
    backupFormat: BACKUP_FORMAT,
    dataFormat: DATA_FORMAT,
    version,
    createdAt,
    partitionCount: log.partitionCount,
    database: store?.database ?? null,
    figures,
    files: await describeFiles(folder),
  }
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 1)}\n`, { flush: true })
  return manifest
}

/** Reads a backup's manifest and every byte of its files; throws BACKUP_INVALID, naming what is wrong, before anything is written. */
export async function verifyBackup(folder: string): Promise<BackupManifest> {
  const file = join(folder, MANIFEST)
  if (!existsSync(file)) throw invalid(`${folder} is no finished backup: it has no ${MANIFEST}`)
  let manifest: BackupManifest
  try {
    manifest = JSON.parse(readFileSync(file, 'utf8')) as BackupManifest
    if (!Number.isInteger(manifest.backupFormat) || !Array.isArray(manifest.files)) throw new Error('it is not a manifest')
  } catch (error) {
    throw invalid(`${file} cannot be read: ${messageOf(error)}`)
  }
  if (manifest.backupFormat > BACKUP_FORMAT || manifest.dataFormat > DATA_FORMAT)
    throw invalid(`the backup was made by Callboard ${manifest.version} in a newer format; restore it with that version or a newer one`)
  for (const { path, bytes, sha256 } of manifest.files) {
    const full = join(folder, path)
    if (isAbsolute(path) || relative(folder, full).startsWith('..')) throw invalid(`${MANIFEST} names a file outside the backup: ${path}`)
    if (!existsSync(full)) throw invalid(`the file ${path} is missing`)
    const size = statSync(full).size
    if (size !== bytes) throw invalid(`the file ${path} has ${size} bytes instead of ${bytes}`)
    if ((await hashOf(full)) !== sha256) throw invalid(`the file ${path} is damaged: its contents are not what was backed up`)
  }
  return manifest
}

/** Throws BACKUP_FAILED when two stores do not hold the same. */
export function compareFigures(expected: BackupManifest['figures'], found: Record<TableName, TableFigures>): void {
  for (const table of Object.keys(tableColumns) as TableName[]) {
    const [want, have] = [expected?.[table], found[table]]
    if (want && (want.rows !== have.rows || want.fingerprint !== have.fingerprint))
      throw new CallboardError(
        'BACKUP_FAILED',
        `The restored table ${table} has ${have.rows} rows that do not match the ${want.rows} backed up.`,
      )
  }
}

function refuseUsed(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0)
    throw new CallboardError('BACKUP_FAILED', `${folder} is not empty: a backup goes into a folder of its own`)
}

/** What a crash left of a backup under way. */
function clearStaged(dir: string): void {
  for (const name of existsSync(dir) ? readdirSync(dir) : [])
    if (name.startsWith('backup-')) rmSync(join(dir, name), { recursive: true, force: true })
}

/** A rename where it is the same file system, else a copy. */
async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    await cp(from, to, { recursive: true })
  }
}

async function describeFiles(folder: string): Promise<BackupManifest['files']> {
  const files: BackupManifest['files'] = []
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const full = join(entry.parentPath, entry.name)
    files.push({ path: relative(folder, full), bytes: statSync(full).size, sha256: await hashOf(full) })
  }
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

function invalid(message: string): CallboardError {
  return new CallboardError('BACKUP_INVALID', `The backup cannot be used: ${message}.`)
}
