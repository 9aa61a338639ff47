import { pause, type Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import type { AnalyticsStore } from './port.ts'
import { tableColumns, type TableName } from './tables.ts'

/** What a table holds, every key once: so that two stores can be compared without reading them side by side. */
export interface TableFigures {
  rows: number
  /** Sum of the hashes of all rows; the order does not matter. */
  fingerprint: string
}

const POLL_MS = 100
/** A fingerprint reads everything. */
const LIMITS = { maxSeconds: 600, maxMemoryBytes: 800_000_000 }

export async function readFigures(store: AnalyticsStore): Promise<Record<TableName, TableFigures>> {
  const figures = {} as Record<TableName, TableFigures>
  for (const table of Object.keys(tableColumns) as TableName[]) {
    const [row] = await store.query<{ rows: string; fingerprint: string }>({
      name: 'readFigures',
      sql: `SELECT toString(count()) AS rows, toString(sum(cityHash64(${tableColumns[table].join(', ')}))) AS fingerprint FROM ${table} FINAL`,
      params: {},
      limits: LIMITS,
    })
    figures[table] = { rows: Number(row?.rows ?? 0), fingerprint: row?.fingerprint ?? '0' }
  }
  return figures
}

/** Writes the database into `folder`, which the engine must be allowed to write to and which must not exist. */
export async function backupStore(store: AnalyticsStore, database: string, folder: string, clock: Clock): Promise<void> {
  await store.command(`BACKUP DATABASE ${identifier(database)} TO ${fileOf(folder)} ASYNC`)
  await whenDone(store, folder, clock, 'BACKUP_CREATED')
}

/** Makes `database`, which must not exist, from a backup of the database `from`. */
export async function restoreStore(
  store: AnalyticsStore,
  names: { from: string; database: string },
  folder: string,
  clock: Clock,
): Promise<void> {
  await store.command(`RESTORE DATABASE ${identifier(names.from)} AS ${identifier(names.database)} FROM ${fileOf(folder)} ASYNC`, {
    database: 'default',
  })
  await whenDone(store, folder, clock, 'RESTORED', 'default')
}

/** ASYNC and a look now and then: a statement has a time limit, a backup has none. */
async function whenDone(store: AnalyticsStore, folder: string, clock: Clock, good: string, database?: string): Promise<void> {
  for (;;) {
    const [row] = await store.query<{ status: string; error: string }>(
      {
        name: 'readBackupStatus',
        sql: 'SELECT toString(status) AS status, error FROM system.backups WHERE name = {name:String} ORDER BY start_time DESC LIMIT 1',
        params: { name: fileOf(folder) },
      },
      database === undefined ? {} : { database },
    )
    if (row?.status === good) return
    if (!row || /FAILED|CANCELLED/.test(row.status))
      throw new CallboardError('BACKUP_FAILED', `The analytics store answered ${row?.status ?? 'nothing'}: ${row?.error ?? ''}`)
    await pause(clock, POLL_MS)
  }
}

function identifier(name: string): string {
  if (!/^\w{1,64}$/.test(name)) throw new CallboardError('INTERNAL', `"${name}" is no name of a database`)
  return `\`${name}\``
}

/** As the engine names it in system.backups. */
function fileOf(folder: string): string {
  if (/['\\]/.test(folder)) throw new CallboardError('BACKUP_FAILED', `a path with quotes or backslashes cannot be used: ${folder}`)
  return `File('${folder}')`
}
