/** What commands do with a data folder that no server owns at the moment. */
import { join } from 'node:path'
import { systemClock } from '#kernel/clock'
import { ownDataDir } from '#kernel/node/data-dir'
import { silentTelemetry } from '#kernel/telemetry'
import { topics } from '#events/topics'
import { createKey } from '#api/auth/keys'
import { createSettingsStore, type SettingsStore } from '#api/settings-store'
import type { Scope } from '#contracts/session'
import { migrate } from '#storage/migrate'
import { isDemo, type Config } from './config.ts'
import { openLog } from './open-log.ts'
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
    return await migrate(store, { database: config.CLICKHOUSE_DATABASE })
  } finally {
    await store.close()
    await engine.stop()
    release()
  }
}

function dataDirOf(config: Config): string {
  return isDemo(config) ? join(config.DATA_DIR, 'demo') : config.DATA_DIR
}

async function withSettings<T>(config: Config, work: (settings: SettingsStore) => Promise<T>): Promise<T> {
  const release = ownDataDir(config.DATA_DIR)
  try {
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
