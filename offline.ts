/** What commands do with a data folder that no server owns at the moment. */
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { systemClock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { LOCK_FILE, ownDataDir } from '#kernel/node/data-dir'
import { openDataFormat, RESTORING_FILE, writeFormat } from '#kernel/node/data-format'
import { readVersion } from '#kernel/node/version'
import { silentTelemetry } from '#kernel/telemetry'
import { topics } from '#events/topics'
import { createKey } from '#api/auth/keys'
import { createSettingsStore, type SettingsStore } from '#api/settings-store'
import type { Scope } from '#contracts/session'
import type { LmdbLog } from '#log/lmdb/log'
import { readFigures, restoreStore } from '#storage/backup'
import { BACKUPS_FOLDER } from '#storage/embedded/messages'
import { migrate } from '#storage/migrate'
import { compareFigures, makeBackup, verifyBackup, type BackupManifest } from './backup.ts'
import { isDemo, type Config } from './config.ts'
import { openEmbeddedLog, openLog } from './open-log.ts'
import { createStore } from './store.ts'

export interface KeySummary {
  id: string
  name: string
  scopes: readonly Scope[]
  createdAt: string
}

/** Makes a key; the returned `key` is shown this once. */
export function createKeyOffline(config: Config, name: string, scopes: Scope[]): Promise<KeySummary & { key: string }> {
  return withSettings(config, async (settings) => {
    const { id, key, hash } = createKey()
    const createdAt = systemClock.now()
    await settings.put('key', id, { name, scopes, hash, createdAt, expiresAt: null })
    return { id, name, scopes, createdAt: new Date(createdAt).toISOString(), key }
  })
}

export function listKeysOffline(config: Config): Promise<KeySummary[]> {
  return withSettings(config, async (settings) =>
    settings
      .list('key')
      .map(({ id, value }) => ({ id, name: value.name, scopes: value.scopes, createdAt: new Date(value.createdAt).toISOString() })),
  )
}

/** False when there is no such key. */
export function revokeKeyOffline(config: Config, id: string): Promise<boolean> {
  return withSettings(config, (settings) => settings.delete('key', id))
}

/** Brings the analytics store to the newest schema; returns the migrations applied. */
export async function migrateOffline(config: Config): Promise<string[]> {
  const release = config.STORE === 'embedded' ? ownDataDir(config.DATA_DIR) : () => {}
  const { store, engine } = createStore(config, dataDirOf(config), { clock: systemClock, telemetry: silentTelemetry })
  try {
    await engine.start()
    return await migrate(store, { database: config.CLICKHOUSE_DATABASE, cluster: config.CLICKHOUSE_CLUSTER })
  } finally {
    await store.close()
    await engine.stop()
    release()
  }
}

function dataDirOf(config: Config): string {
  return isDemo(config) ? join(config.DATA_DIR, 'demo') : config.DATA_DIR
}

/** A backup of a folder that no server owns. */
export async function backupOffline(folder: string, config: Config): Promise<{ bytes: number; seconds: number }> {
  refuseDemo(config)
  const startedAt = systemClock.now()
  const release = ownDataDir(config.DATA_DIR)
  const { store, engine } = createStore(config, config.DATA_DIR, { clock: systemClock, telemetry: silentTelemetry })
  try {
    openDataFormat(config.DATA_DIR, { version: readVersion(), clock: systemClock })
    const log = await openFolder(config)
    try {
      await engine.start()
      await migrate(store, { database: config.CLICKHOUSE_DATABASE, cluster: config.CLICKHOUSE_CLUSTER })
      const embedded =
        config.STORE === 'embedded'
          ? { store, database: config.CLICKHOUSE_DATABASE, dataDir: join(config.DATA_DIR, 'clickhouse') }
          : undefined
      const deps = { log, clock: systemClock, version: readVersion(), pauseHistory: undefined, store: embedded }
      const { files } = await makeBackup(folder, deps)
      return { bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), seconds: (systemClock.now() - startedAt) / 1000 }
    } finally {
      await log.close()
    }
  } finally {
    await store.close()
    await engine.stop()
    release()
  }
}

/**
 * Makes DATA_DIR, which must be new or empty, from a backup. Every file of the backup is checked before anything is written, and the
 * tables are compared with what they held afterwards. A folder in which this was not finished is refused at start.
 */
export async function restoreOffline(folder: string, config: Config): Promise<BackupManifest> {
  refuseDemo(config)
  const dir = config.DATA_DIR
  const release = ownDataDir(dir)
  try {
    const there = readdirSync(dir).filter((name) => name !== LOCK_FILE && name !== 'lost+found')
    if (there.length > 0)
      throw new CallboardError(
        'BACKUP_FAILED',
        `DATA_DIR ${dir} is not empty (${there.slice(0, 3).join(', ')}): a restore needs a new folder`,
      )
    const manifest = await verifyBackup(folder)
    if (manifest.partitionCount !== config.PARTITIONS)
      throw new CallboardError(
        'SETTING_INVALID',
        `PARTITIONS is ${config.PARTITIONS}, but the backup was made with ${manifest.partitionCount}: set it first`,
      )
    writeFileSync(join(dir, RESTORING_FILE), '')
    cpSync(join(folder, 'log'), join(dir, 'log'), { recursive: true })
    if (manifest.database !== null && config.STORE === 'embedded') await restoreTables(folder, config, manifest.database, manifest)
    // Opens and checks every file of the log against the others.
    await (await openFolder(config)).close()
    writeFormat(dir, { format: manifest.dataFormat, version: manifest.version, at: new Date(systemClock.now()).toISOString() })
    rmSync(join(dir, RESTORING_FILE))
    return manifest
  } finally {
    release()
  }
}

async function restoreTables(folder: string, config: Config, from: string, manifest: BackupManifest): Promise<void> {
  const storeDir = join(config.DATA_DIR, 'clickhouse')
  const staged = join(resolve(storeDir), BACKUPS_FOLDER, 'restore')
  mkdirSync(join(storeDir, BACKUPS_FOLDER), { recursive: true, mode: 0o700 })
  cpSync(join(folder, 'store'), staged, { recursive: true })
  const { store, engine } = createStore(config, config.DATA_DIR, { clock: systemClock, telemetry: silentTelemetry })
  try {
    await engine.start()
    await restoreStore(store, { from, database: config.CLICKHOUSE_DATABASE }, staged, systemClock)
    compareFigures(manifest.figures, await readFigures(store))
  } finally {
    await store.close()
    await engine.stop()
    rmSync(staged, { recursive: true, force: true })
  }
}

function refuseDemo(config: Config): void {
  if (isDemo(config))
    throw new CallboardError(
      'SETTING_INVALID',
      'DEMO: demo data are renewed at each start and not backed up; set CALLBOARD_DEMO=off or name a source',
    )
}

const openFolder = (config: Config): Promise<LmdbLog> => openEmbeddedLog(config, dataDirOf(config), { clock: systemClock })

async function withSettings<T>(config: Config, work: (settings: SettingsStore) => Promise<T>): Promise<T> {
  const release = ownDataDir(config.DATA_DIR)
  try {
    openDataFormat(config.DATA_DIR, { version: readVersion(), clock: systemClock })
    const log = await openLog(config, dataDirOf(config), { clock: systemClock, telemetry: silentTelemetry }, [topics.settings])
    const settings = createSettingsStore({ log, clock: systemClock, telemetry: silentTelemetry })
    try {
      await settings.start()
      await settings.whenReady()
      return await work(settings)
    } finally {
      await settings.stop()
      await log.close()
    }
  } finally {
    release()
  }
}
