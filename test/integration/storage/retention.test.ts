import { afterAll, beforeAll, expect, it } from 'vitest'
import { keepEventsFor } from '#storage/retention'
import { openTestStore, type TestStore } from './harness.ts'

let test: TestStore
beforeAll(async () => {
  test = await openTestStore()
})
afterAll(() => test.stop())

it('gives raw events the age the setting says, and touches the table only when it is another', async () => {
  expect(await keepEventsFor(test.store, 90)).toBe(false)
  expect(await keepEventsFor(test.store, 7)).toBe(true)
  expect(await keepEventsFor(test.store, 7)).toBe(false)
})

it('lets an older event go with the next merge and keeps a younger one', async () => {
  const now = Date.now()
  const event = (id: string, ageDays: number) =>
    ({
      kind: 'agent-event',
      id,
      key: 'a',
      event_time: now,
      arrival_time: now,
      ingest_time: now - ageDays * 86_400_000,
      source: 'test',
      payload: '{}',
      version: '1',
      is_deleted: 0,
    }) as const
  await keepEventsFor(test.store, 7)
  await test.store.insert('events_raw', [event('old', 8), event('young', 6)])
  await test.store.command('OPTIMIZE TABLE events_raw FINAL')
  const rows = await test.store.query<{ id: string }>({ name: 'ids', sql: 'SELECT id FROM events_raw FINAL', params: {} })
  expect(rows).toEqual([{ id: 'young' }])
})
