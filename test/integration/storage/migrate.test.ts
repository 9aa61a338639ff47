import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate, readMigrations } from '#storage/migrate'
import { tableColumns } from '#storage/tables'
import { openTestStore, TEST_DATABASE, type TestStore } from './harness.ts'

let test: TestStore
beforeAll(async () => {
  test = await openTestStore()
})
afterAll(() => test.stop())

const sorted = (lists: Record<string, readonly string[]>): unknown =>
  Object.fromEntries(Object.entries(lists).map(([table, list]) => [table, list.toSorted()]))

describe('migrations', () => {
  it('change nothing the second time', async () => {
    expect(await migrate(test.store, { database: TEST_DATABASE })).toEqual([])
  })

  it('go on where an interrupted run stopped', async () => {
    const [first] = await readMigrations()
    await test.store.command('TRUNCATE TABLE schema_migrations')
    expect((await migrate(test.store, { database: TEST_DATABASE }))[0]).toBe(first?.name)
  })

  it('refuse a store that a newer version has brought further, and say how to go on', async () => {
    await test.store.command(`INSERT INTO schema_migrations (name, checksum) SELECT '9999_later', 'x'`)
    await expect(migrate(test.store, { database: TEST_DATABASE })).rejects.toThrow(/9999_later.*Start that version/)
    await test.store.command(`ALTER TABLE schema_migrations DELETE WHERE name = '9999_later' SETTINGS mutations_sync = 1`)
  })

  it('refuse a file whose text changed after it was applied', async () => {
    await test.store.command(`INSERT INTO schema_migrations (name, checksum, applied_at) SELECT '0001_events_raw', 'other', now64(3) + 60`)
    await expect(migrate(test.store, { database: TEST_DATABASE })).rejects.toMatchObject({ code: 'STORE_MIGRATION_FAILED' })
  })

  it('make the columns that the row types name, for every table', async () => {
    const columns = await test.store.query<{ table: string; name: string }>({
      name: 'columns',
      sql: `SELECT table, name FROM system.columns WHERE database = currentDatabase() AND default_kind != 'MATERIALIZED' AND table != 'schema_migrations'`,
      params: {},
    })
    const byTable: Record<string, string[]> = {}
    for (const { table, name } of columns) (byTable[table] ??= []).push(name)
    expect(sorted(byTable)).toEqual(sorted(tableColumns))
  })
})
