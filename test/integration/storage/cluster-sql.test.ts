import { afterAll, beforeAll, expect, it } from 'vitest'
import { toClusterStatements } from '#storage/cluster'
import { createClickHouseStore } from '#storage/clickhouse'
import { readMigrations } from '#storage/migrate'
import { openTestStore, TEST_DATABASE, type TestStore } from './harness.ts'
import { turn } from './rows.ts'

let test: TestStore
beforeAll(async () => {
  test = await openTestStore()
})
afterAll(() => test.stop())

// The embedded engine has neither replication nor clusters: its parser judges the text, and it says itself what it lacks.
it('the parser of the engine reads every statement that a cluster would get', async () => {
  for (const { statements } of await readMigrations())
    for (const statement of statements)
      for (const sql of toClusterStatements(statement, { cluster: 'main', database: TEST_DATABASE })) {
        const [row] = await test.store.query<{ text: string }>({
          name: 'format',
          sql: 'SELECT formatQuery({sql:String}) AS text',
          params: { sql },
        })
        expect(row?.text).toContain('ON CLUSTER main')
      }
})

it('the engine carries out the local table of each migration once replication and the cluster are left out', async () => {
  for (const { statements } of await readMigrations())
    for (const statement of statements) {
      const [local] = toClusterStatements(statement, { cluster: 'main', database: TEST_DATABASE })
      await test.store.command(
        local!.replace(' ON CLUSTER `main`', '').replace(/ReplicatedReplacingMergeTree\('[^']*', '[^']*', /, 'ReplacingMergeTree('),
      )
    }
  const rows = await test.store.query<{ name: string }>({
    name: 'tables',
    sql: `SELECT name FROM system.tables WHERE database = currentDatabase() AND endsWith(name, '_local') ORDER BY name`,
    params: {},
  })
  expect(rows.map(({ name }) => name)).toEqual(['alerts_local', 'contacts_local', 'events_raw_local', 'intervals_local', 'segments_local'])
})

it('the engine knows the settings that reads and inserts have on a cluster', async () => {
  const { engine } = test
  const store = createClickHouseStore({ url: () => engine.url, headers: engine.headers, database: TEST_DATABASE, isCluster: true })
  await store.insert('segments', [turn('c', 't', 'hello')])
  expect(await store.query({ name: 'one', sql: 'SELECT 1 AS n', params: {} })).toEqual([{ n: 1 }])
  await store.close()
})
