import { readdir, readFile } from 'node:fs/promises'
import { CallboardError, messageOf } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import { sha256Hex } from '#kernel/node/hash'
import { silentTelemetry, type Telemetry } from '#kernel/telemetry'
import { clusterMigrationsTable, onCluster, toClusterStatements, type ClusterTarget } from './cluster.ts'
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
export async function migrate(
  store: AnalyticsStore,
  options: { database: string; cluster?: string | undefined; telemetry?: Telemetry },
): Promise<string[]> {
  const telemetry = options.telemetry ?? silentTelemetry
  const migrations = await readMigrations()
  const target = options.cluster === undefined ? undefined : { cluster: options.cluster, database: options.database }
  await createDatabase(store, options.database, target)
  const applied = await readApplied(store)
  const known = new Set(migrations.map(({ name }) => name))
  const newer = [...applied.keys()].filter((name) => !known.has(name))
  if (newer.length > 0)
    throw new CallboardError(
      'STORE_MIGRATION_FAILED',
      `The analytics store was brought further by a newer version (${newer.join(', ')}). Start that version, or restore a backup made before the upgrade.`,
    )
  const done: string[] = []
  for (const migration of migrations) {
    const checksum = applied.get(migration.name)
    if (checksum === migration.checksum) continue
    if (checksum !== undefined) throw failed(migration, 'its text has changed since it was applied; add a new file instead')
    await apply(store, migration, target)
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

const MIGRATION_COLUMNS = `(name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))`

async function createDatabase(store: AnalyticsStore, database: string, target: ClusterTarget | undefined): Promise<void> {
  const everywhere = target ? ` ${onCluster(target)}` : ''
  await store.command(`CREATE DATABASE IF NOT EXISTS {database:Identifier}${everywhere}`, { params: { database }, database: 'default' })
  await store.command(
    target
      ? clusterMigrationsTable(target, MIGRATION_COLUMNS)
      : `CREATE TABLE IF NOT EXISTS schema_migrations ${MIGRATION_COLUMNS} ENGINE = ReplacingMergeTree(applied_at) ORDER BY name`,
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

async function apply(store: AnalyticsStore, migration: Migration, target: ClusterTarget | undefined): Promise<void> {
  const { name, checksum } = migration
  try {
    for (const statement of migration.statements) {
      for (const sql of target ? toClusterStatements(statement, target) : [statement]) await store.command(sql)
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
