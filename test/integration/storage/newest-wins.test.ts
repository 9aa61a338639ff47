import { createServer, connect, type AddressInfo, type Socket } from 'node:net'
import * as fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import { createBatchWriter } from '#storage/batch-writer'
import { createClickHouseStore } from '#storage/clickhouse'
import { contactById, listContacts } from '#storage/queries/contacts'
import { eventsCount, eventsOf } from '#storage/queries/events'
import { transcriptOf } from '#storage/queries/transcripts'
import { countOf, openTestStore, TEST_DATABASE, type TestStore } from './harness.ts'
import { contact, event, T0, turn } from './rows.ts'

let test: TestStore
beforeAll(async () => {
  test = await openTestStore()
})
afterAll(() => test.stop())
beforeEach(async () => {
  for (const table of ['contacts', 'segments', 'events_raw']) await test.store.command(`TRUNCATE TABLE ${table}`)
})

const all = { scope: 'all' as const }

describe('the newest version wins', () => {
  it('whatever the order, the batches and the repetitions of the writes', async () => {
    const versions = fc.uniqueArray(
      fc.record({ id: fc.constantFrom('a', 'b', 'c'), version: fc.integer({ min: 1, max: 6 }), gone: fc.boolean() }),
      {
        selector: ({ id, version }) => `${id}/${version}`,
        minLength: 1,
        maxLength: 12,
      },
    )
    const plan = versions.chain((rows) =>
      fc.record({
        rows: fc.constant(rows),
        writes: fc.array(fc.subarray(rows), { maxLength: 3 }).map((some) => [...some, rows]),
        order: fc.infiniteStream(fc.nat()).map((stream) => [...stream.take(4)]),
      }),
    )
    await fc.assert(
      fc.asyncProperty(plan, async ({ rows, writes, order }) => {
        await test.store.command('TRUNCATE TABLE contacts')
        const shuffled = writes.map((write, i) => ({ write, at: order[i] ?? 0 })).toSorted((x, y) => x.at - y.at)
        for (const { write } of shuffled)
          await test.store.insert(
            'contacts',
            write.map(({ id, version, gone }) => contact(id, { version: String(version), turn_count: version, is_deleted: gone ? 1 : 0 })),
          )
        const expected: Record<string, number> = {}
        for (const { id } of rows) {
          const newest = rows.filter((row) => row.id === id).toSorted((x, y) => y.version - x.version)[0]
          if (newest && !newest.gone) expected[id] = newest.version
        }
        const { contacts } = await listContacts(test.store, { ...all, limit: 10 })
        expect(Object.fromEntries(contacts.map((row) => [row.contactId, row.turnCount]))).toEqual(expected)
      }),
      { numRuns: 12 },
    )
  })

  it('compares versions as numbers over the whole range of UInt64', async () => {
    for (const [version, state] of [
      ['9', 'old'],
      ['18446744073709551614', 'new'],
      ['18446744073709551613', 'middle'],
      ['10', 'old'],
    ] as const)
      await test.store.insert('contacts', [contact('c1', { version, state })])
    expect((await contactById(test.store, { ...all, contactId: 'c1' }))?.state).toBe('new')
  })

  it('ch.merge-lag: also before anything has been merged', async () => {
    await test.store.command('SYSTEM STOP MERGES')
    try {
      for (let version = 1; version <= 5; version++) {
        await test.store.insert('contacts', [contact('c1', { version: String(version), state: `s${version}` })])
        await test.store.insert('segments', [turn('c1', 't1', `text ${version}`, { version: String(version) })])
      }
      const [parts] = await test.store.query<{ n: number }>({
        name: 'parts',
        sql: `SELECT toFloat64(count()) AS n FROM system.parts WHERE active AND database = currentDatabase() AND table = 'contacts'`,
        params: {},
      })
      expect(parts?.n).toBe(5)
      expect((await listContacts(test.store, { ...all, limit: 5 })).contacts.map((row) => row.state)).toEqual(['s5'])
      expect((await transcriptOf(test.store, { ...all, contactId: 'c1' })).map((row) => row.text)).toEqual(['text 5'])
    } finally {
      await test.store.command('SYSTEM START MERGES')
    }
  })

  it('lists a contact by its newest times and states only, also when it moved over midnight at the end of a month', async () => {
    const midnight = Date.UTC(2026, 1, 1)
    await test.store.insert('contacts', [
      contact('c1', { initiated_at: midnight - 1, state: 'queued' }),
      contact('c2', { initiated_at: midnight - 2 }),
    ])
    await test.store.insert('contacts', [contact('c1', { initiated_at: midnight, state: 'ended', version: '2' })])
    const ids = async (filters: object): Promise<string[]> =>
      (await listContacts(test.store, { ...all, filters, limit: 5 })).contacts.map((row) => row.contactId)
    expect(await ids({ to: midnight })).toEqual(['c2'])
    expect(await ids({ from: midnight })).toEqual(['c1'])
    expect(await ids({ states: ['queued'] })).toEqual([])
    expect(await ids({})).toEqual(['c1', 'c2'])
  })

  it('keeps an event that was taken in twice, months apart, as one', async () => {
    const first = Date.now() - 40 * 86_400_000
    await test.store.insert('events_raw', [
      event('e1', { ingest_time: first, version: '1' }),
      event('e2', { kind: 'contact-event', key: 'c1' }),
    ])
    await test.store.insert('events_raw', [event('e1', { arrival_time: T0 + 5, version: '2' })])
    expect(await eventsCount(test.store, all)).toEqual({ 'agent-event': 1, 'contact-event': 1 })
    expect((await eventsOf(test.store, { ...all, key: 'agent-arn', limit: 10 })).map((row) => [row.id, row.arrivalTime])).toEqual([
      ['e1', T0 + 5],
    ])
  })

  it('ch.reply-lost: an insert that was applied and whose answer was lost is there once after the retry', async () => {
    const proxy = await startReplyLosingProxy(Number(new URL(test.engine.url).port))
    const store = createClickHouseStore({ url: `http://127.0.0.1:${proxy.port}`, database: TEST_DATABASE, headers: test.engine.headers })
    const writer = createBatchWriter(store, {
      table: 'segments',
      maxAgeMs: 1,
      clock: systemClock,
      onRejected: () => Promise.reject(new Error('no row is bad')),
    })
    proxy.loseReplies(2)
    await writer.write(Array.from({ length: 50 }, (_, i) => turn('c1', `t${i}`, 'hello')))
    expect(proxy.lost()).toBe(2)
    expect(await countOf(test.store, 'segments')).toBe(50)
    expect(await transcriptOf(test.store, { ...all, contactId: 'c1' })).toHaveLength(50)
    await writer.close()
    await store.close()
    await proxy.close()
  })
})

/** Passes requests on and, while told to, cuts the connection in place of the answer. */
async function startReplyLosingProxy(
  target: number,
): Promise<{ port: number; loseReplies(n: number): void; lost(): number; close(): Promise<void> }> {
  let toLose = 0
  let lost = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1')
    sockets.add(client).add(upstream)
    client.pipe(upstream)
    upstream.on('data', (answer) => {
      if (toLose === 0) {
        client.write(answer)
        return
      }
      toLose--
      lost++
      client.destroy()
      upstream.destroy()
    })
    for (const socket of [client, upstream]) socket.on('error', () => undefined)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    loseReplies: (n) => void (toLose = n),
    lost: () => lost,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
