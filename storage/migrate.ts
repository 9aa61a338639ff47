import { readdir, readFile } from 'node:fs/promises'
import { CallboardError, messageOf } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import { sha256Hex } from '#kernel/node/hash'
import { silentTelemetry, type Telemetry } from '#kernel/telemetry'
import type { AnalyticsStore } from './port.ts'

export interface Migration {
  /** `0001_events_raw` */
  name: string
  checksum: string
  /** In order; each safe to run twice. */
  statements: readonly string[]
}

const folder = new URL('./migrations/', import.meta.url)
const FILE_NAME = /^(\d{4}_[a-z0-9_]+)\.sql$/

/**
 * Brings `database` to the newest schema and returns the names of the migrations it applied. Forward only, in order of name; an
 * interrupted run goes on where it stopped. Two processes at once do no harm: every statement may run twice. Throws
 * STORE_MIGRATION_FAILED when a statement fails or an applied file has another text now.
 */
export async function migrate(store: AnalyticsStore, options: { database: string; telemetry?: Telemetry }): Promise<string[]> {
  const telemetry = options.telemetry ?? silentTelemetry
  const migrations = await readMigrations()
  await createDatabase(store, options.database)
  const applied = await readApplied(store)
  const done: string[] = []
  for (const migration of migrations) {
    const checksum = applied.get(migration.name)
    if (checksum === migration.checksum) continue
    if (checksum !== undefined) throw failed(migration, 'its text has changed since it was applied; add a new file instead')
    await apply(store, migration)
    done.push(migration.name)
    telemetry.log('info', 'store_migration_applied', { name: migration.name })
  }
  return done
}

export async function readMigrations(): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => FILE_NAME.test(file)).toSorted()
  return Promise.all(files.map(async (file) => toMigration(file.slice(0, -'.sql'.length), await readFile(new URL(file, folder), 'utf8'))))
}

/** A statement ends with a line that ends in a semicolon. */
export function toMigration(name: string, text: string): Migration {
  const unix = text.replaceAll('\r\n', '\n')
  const statements = unix
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.split('\n').some((line) => line.trim() !== '' && !line.trim().startsWith('--')))
  return { name, checksum: sha256Hex(unix), statements }
}

async function createDatabase(store: AnalyticsStore, database: string): Promise<void> {
  await store.command('CREATE DATABASE IF NOT EXISTS {database:Identifier}', { params: { database }, database: 'default' })
  await store.command(
    `CREATE TABLE IF NOT EXISTS schema_migrations (name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
     ENGINE = ReplacingMergeTree(applied_at) ORDER BY name`,
  )
}

async function readApplied(store: AnalyticsStore): Promise<Map<string, string>> {
  const rows = await store.query<{ name: string; checksum: string }>({
    name: 'readMigrations',
    sql: 'SELECT name, checksum FROM schema_migrations FINAL',
    params: {},
  })
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}

async function apply(store: AnalyticsStore, migration: Migration): Promise<void> {
  const { name, checksum } = migration
  try {
    for (const statement of migration.statements) {
      await store.command(statement)
      failpoint('CP20')
    }
    await store.command('INSERT INTO schema_migrations (name, checksum) SELECT {name:String}, {checksum:String}', {
      params: { name, checksum },
    })
  } catch (error) {
    throw failed(migration, messageOf(error), error)
  }
}

function failed(migration: Migration, reason: string, cause?: unknown): CallboardError {
  return new CallboardError('STORE_MIGRATION_FAILED', `Migration ${migration.name}: ${reason}`, { cause })
}
