import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listAlerts } from '#storage/queries/alerts'
import { contactById, listContacts, type StoredContact } from '#storage/queries/contacts'
import { intervalsOf } from '#storage/queries/intervals'
import type { Scope } from '#storage/queries/scope'
import { transcriptOf } from '#storage/queries/transcripts'
import { openTestStore, type TestStore } from './harness.ts'
import { alert, contact, interval, T0, turn } from './rows.ts'

let test: TestStore
const CONTACTS = 700
beforeAll(async () => {
  test = await openTestStore()
  const rows = Array.from({ length: CONTACTS }, (_, i) =>
    contact(`c${String(i).padStart(4, '0')}`, {
      // Several contacts share an instant, so that the id decides.
      initiated_at: i % 7 === 0 ? null : T0 + Math.floor(i / 3) * 1000,
      first_event_at: T0 + Math.floor(i / 3) * 1000,
      queue_id: `queue-${i % 3}`,
      agent_id: i % 2 ? 'agent-1' : '',
      categories: i % 10 === 0 ? ['Cancel'] : [],
    }),
  )
  await test.store.insert('contacts', rows)
  // A second version of each third one, and some removed.
  await test.store.insert(
    'contacts',
    rows.filter((_, i) => i % 3 === 0).map((row) => ({ ...row, state: 'queued', version: '2' })),
  )
  await test.store.insert(
    'contacts',
    rows.filter((_, i) => i % 100 === 1).map((row) => ({ ...row, is_deleted: 1 as const, version: '3' })),
  )
})
afterAll(() => test.stop())

const scoped = (over: Partial<Exclude<Scope, 'all'>>): Scope => ({ instanceIds: 'all', queueIds: 'all', agentIds: [], ...over })

async function pages(limit: number, request: Partial<Parameters<typeof listContacts>[1]> = {}): Promise<StoredContact[]> {
  const contacts: StoredContact[] = []
  let cursor: string | null = null
  do {
    const page: Awaited<ReturnType<typeof listContacts>> = await listContacts(test.store, { scope: 'all', limit, cursor, ...request })
    contacts.push(...page.contacts)
    cursor = page.nextCursor
  } while (cursor !== null)
  return contacts
}

describe('lists', () => {
  it('gives every contact once, newest first, over pages of any size', async () => {
    for (const limit of [33, 100, 699, 1000]) {
      const contacts = await pages(limit)
      expect(contacts).toHaveLength(CONTACTS - 7)
      const places = contacts.map((row) => [row.initiatedAt ?? row.firstEventAt, row.contactId] as const)
      expect(places).toEqual(places.toSorted((a, b) => b[0] - a[0] || (a[1] < b[1] ? 1 : -1)))
    }
  })

  it('filters on what the newest version says', async () => {
    expect(await pages(50, { filters: { states: ['queued'] } })).toHaveLength(234 - 2)
    expect(
      (await pages(50, { filters: { categories: ['Cancel'], from: T0 + 5000 } })).every((row) => row.categories.includes('Cancel')),
    ).toBe(true)
    expect(await pages(50, { filters: { states: [] } })).toEqual([])
  })

  it('refuses a cursor it did not give', async () => {
    for (const cursor of ['x', 'W10', Buffer.from('["1",2]').toString('base64url')])
      await expect(listContacts(test.store, { scope: 'all', limit: 5, cursor })).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('shows a scope its own queues and agents, and nothing for empty lists', async () => {
    expect((await pages(100, { scope: scoped({ queueIds: ['queue-1'] }) })).every((row) => row.queueId === 'queue-1')).toBe(true)
    const both = await pages(100, { scope: scoped({ queueIds: ['queue-1'], agentIds: ['agent-1'] }) })
    expect(both.some((row) => row.queueId !== 'queue-1')).toBe(true)
    expect(both.every((row) => row.queueId === 'queue-1' || row.agentId === 'agent-1')).toBe(true)
    expect(await pages(100, { scope: scoped({ queueIds: [] }) })).toEqual([])
    expect(await pages(100, { scope: scoped({ instanceIds: [] }) })).toEqual([])
  })

  it('gives one contact with nulls where nothing is known, and none outside the scope', async () => {
    const row = await contactById(test.store, { scope: 'all', contactId: 'c0002' })
    expect(row).toMatchObject({
      contactId: 'c0002',
      initiatedAt: T0,
      connectedAt: null,
      agentId: null,
      queueSeconds: 1.5,
      customerScore: -2.5,
      agentScore: null,
      backfill: false,
    })
    expect(await contactById(test.store, { scope: scoped({ queueIds: ['queue-0'] }), contactId: 'c0002' })).toBeUndefined()
    expect(await contactById(test.store, { scope: 'all', contactId: "c0002' OR 1=1 --" })).toBeUndefined()
  })

  it('gives a transcript in the order it was said, for those who may see the contact', async () => {
    await test.store.insert('segments', [
      turn('c0002', 'b', 'second', { begin_offset_ms: 2000 }),
      turn('c0002', 'a', 'third', { begin_offset_ms: 3000 }),
      turn('c0002', 'c', 'first raw', { begin_offset_ms: 0 }),
      turn('c0002', 'c', 'first redacted', { begin_offset_ms: 0, output_type: 'redacted' }),
    ])
    const texts = async (scope: Scope): Promise<string[]> =>
      (await transcriptOf(test.store, { scope, contactId: 'c0002' })).map((row) => row.text)
    expect(await texts('all')).toEqual(['first redacted', 'second', 'third'])
    expect(await texts(scoped({ queueIds: ['queue-2'] }))).toHaveLength(3)
    expect(await texts(scoped({ queueIds: ['queue-0'] }))).toEqual([])
  })

  it('gives alerts newest first, in the scope of their contact', async () => {
    await test.store.insert('alerts', [
      alert('a1', { entity_id: 'c0002', raised_at: T0 + 1 }),
      alert('a2', { entity_id: 'c0003', raised_at: T0 + 2 }),
      alert('a3', { entity_id: 'missing', raised_at: T0 + 3, state: 'resolved' }),
    ])
    await test.store.insert('alerts', [alert('a1', { entity_id: 'c0002', raised_at: T0 + 1, state: 'acknowledged', version: '2' })])
    const ids = async (scope: Scope, filters = {}): Promise<string[]> =>
      (await listAlerts(test.store, { scope, filters, limit: 10 })).alerts.map((row) => `${row.alertId} ${row.state}`)
    expect(await ids('all')).toEqual(['a3 resolved', 'a2 raised', 'a1 acknowledged'])
    expect(await ids('all', { states: ['raised'] })).toEqual(['a2 raised'])
    expect(await ids(scoped({ queueIds: ['queue-2'] }))).toEqual(['a1 acknowledged'])
    expect(await ids(scoped({ queueIds: [] }))).toEqual([])
  })

  it('gives intervals by start, corrected and removed ones as they are now', async () => {
    await test.store.insert('intervals', [
      interval(),
      interval({ start: T0 + 1000, name: 'Lunch' }),
      interval({ start: T0 + 2000, name: 'Wrong' }),
    ])
    await test.store.insert('intervals', [
      interval({ end: T0 + 1000, version: '2' }),
      interval({ start: T0 + 2000, name: 'Wrong', version: '2', is_deleted: 1 }),
    ])
    const rows = await intervalsOf(test.store, { scope: 'all', agentIds: ['agent-1'], from: T0, to: T0 + 10_000, limit: 10 })
    expect(rows.map((row) => [row.name, row.start, row.end])).toEqual([
      ['Available', T0, T0 + 1000],
      ['Lunch', T0 + 1000, null],
    ])
  })
})
