import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { toClusterStatements } from '#storage/cluster'
import { createClickHouseStore } from '#storage/clickhouse'
import { migrate, readMigrations } from '#storage/migrate'
import { keepEventsFor } from '#storage/retention'
import type { AnalyticsStore } from '#storage/port'
import { tableColumns } from '#storage/tables'
import { checkServerVersion, isAtLeast } from '#storage/version'

const target = { cluster: 'main', database: 'callboard' }

/** Takes statements down and answers nothing: for the text of what would be run. */
function recorder(answers: Record<string, unknown[]> = {}): { store: AnalyticsStore; commands: string[] } {
  const commands: string[] = []
  const store: AnalyticsStore = {
    insert: async () => {},
    query: async <T>({ name }: { name: string }) => (answers[name] ?? []) as T[],
    command: async (sql) => void commands.push(sql),
    ping: async () => {},
    close: async () => {},
  }
  return { store, commands }
}

describe('migrations on a cluster', () => {
  it('make of one table a replicated one on every node and a Distributed one above it', () => {
    const statement = `-- why
CREATE TABLE IF NOT EXISTS contacts
(
    contact_id String,
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY contact_id
SETTINGS index_granularity = 1024`
    const [local, distributed, ...rest] = toClusterStatements(statement, target)
    expect(rest).toEqual([])
    expect(local).toContain('CREATE TABLE IF NOT EXISTS contacts_local ON CLUSTER `main` (')
    expect(local).toContain(
      "ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/callboard/contacts', '{replica}', version, is_deleted)\nORDER BY contact_id",
    )
    expect(distributed).toBe(
      "CREATE TABLE IF NOT EXISTS contacts ON CLUSTER `main` AS contacts_local ENGINE = Distributed('main', 'callboard', 'contacts_local', cityHash64(contact_id))",
    )
  })

  it('are the same files: every table there is, each created on the cluster, nothing on one node alone', async () => {
    const { store, commands } = recorder()
    const applied = await migrate(store, target)
    expect(applied).toEqual((await readMigrations()).map(({ name }) => name))
    const ddl = commands.filter((sql) => !sql.startsWith('INSERT INTO schema_migrations'))
    expect(ddl.filter((sql) => !sql.includes('ON CLUSTER `main`'))).toEqual([])
    for (const table of Object.keys(tableColumns)) {
      expect(ddl.filter((sql) => sql.includes(` ${table}_local ON CLUSTER`) && sql.includes('ReplicatedReplacingMergeTree'))).toHaveLength(
        1,
      )
      expect(ddl.filter((sql) => sql.includes(` ${table} ON CLUSTER`) && sql.includes('= Distributed('))).toHaveLength(1)
    }
    expect(ddl[1]).toContain(
      "ReplicatedReplacingMergeTree('/clickhouse/tables/all/callboard/schema_migrations', '{shard}-{replica}', applied_at)",
    )
  })

  it('shard by columns that never change between versions: of the sorting key, or what follows from it', async () => {
    const { store, commands } = recorder()
    await migrate(store, target)
    for (const table of Object.keys(tableColumns)) {
      const [, order = ''] = new RegExp(`${table}_local ON CLUSTER[\\s\\S]*?ORDER BY \\(?([^)\\n]*)`).exec(
        commands.find((sql) => sql.includes(` ${table}_local ON`))!,
      )!
      const [, key = ''] = /cityHash64\(([^)]*)\)\)$/.exec(commands.find((sql) => sql.includes(` ${table} ON`))!)!
      const fixed = new Set([...order.split(',').map((column) => column.trim()), ...(table === 'alerts' ? ['entity_id'] : [])])
      expect([table, key.split(', ').filter((column) => !fixed.has(column))]).toEqual([table, []])
    }
  })

  it('change columns in both tables, and indexes in the local ones only; refuse what would reach one node', () => {
    expect(toClusterStatements('ALTER TABLE contacts ADD COLUMN IF NOT EXISTS site String', target)).toEqual([
      'ALTER TABLE contacts_local ON CLUSTER `main` ADD COLUMN IF NOT EXISTS site String',
      'ALTER TABLE contacts ON CLUSTER `main` ADD COLUMN IF NOT EXISTS site String',
    ])
    expect(toClusterStatements('ALTER TABLE segments ADD INDEX x y TYPE minmax', target)).toHaveLength(1)
    expect(() =>
      toClusterStatements('CREATE TABLE IF NOT EXISTS unknown (a String) ENGINE = ReplacingMergeTree(a) ORDER BY a', target),
    ).toThrow(/no sharding key/)
    expect(() => toClusterStatements('OPTIMIZE TABLE contacts FINAL', target)).toThrow(/neither/)
  })

  it('keep raw events for the age set, on every node', async () => {
    const { store, commands } = recorder({ readEventsRetention: [{ engine: 'X TTL toDateTime(ingest_time) + toIntervalDay(90)' }] })
    await keepEventsFor(store, 30, target)
    expect(commands[0]).toMatch(/^ALTER TABLE events_raw_local ON CLUSTER `main` MODIFY TTL .* INTERVAL 30 DAY/)
  })
})

describe('the version of a ClickHouse server', () => {
  /** A fixture that speaks as much of ClickHouse's HTTP interface as the question for the version takes; it is no ClickHouse. */
  async function versionFixture(version: string): Promise<AnalyticsStore> {
    const server = createServer((req, res) => {
      req.resume().on('end', () => res.end(`${JSON.stringify({ version })}\n`))
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const store = createClickHouseStore({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, database: 'callboard' })
    onTestFinished(async () => {
      await store.close()
      server.close()
    })
    return store
  }

  it.each(['26.7.2.1', '26.10.1.1', '27.1.1.1'])('%s is taken', async (version) => {
    expect(await checkServerVersion(await versionFixture(version))).toBe(version)
  })

  it.each(['26.6.9.9', '25.8.1.1', '18.16.1', ''])('"%s" is refused, with what is needed', async (version) => {
    await expect(checkServerVersion(await versionFixture(version))).rejects.toMatchObject({
      code: 'STORE_TOO_OLD',
      message: expect.stringContaining('needs 26.7 or newer') as string,
    })
  })

  it('is compared by numbers', () => {
    expect([isAtLeast('26.10', '26.7'), isAtLeast('3.9', '26.7'), isAtLeast('x', '26.7')]).toEqual([true, false, false])
  })
})
