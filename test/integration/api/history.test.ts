import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AlertHit } from '#contracts/rows'
import { openTestStore, type TestStore } from '../storage/harness.ts'
import * as stored from '../storage/rows.ts'
import { call, problemOf, startApi, type Harness } from './harness.ts'
import { alert, contact, T0, turn } from './rows.ts'
import { eventually } from '../../helpers/eventually.ts'

let test: TestStore
let api: Harness
let key: string
beforeAll(async () => {
  test = await openTestStore()
  api = await startApi({ deps: { store: test.store } })
  key = await api.key(['read', 'transcripts'])
  // Past contacts p0…p9, one a minute; of p9 and p8 there are newer rows in memory, and one contact is only there.
  await test.store.insert(
    'contacts',
    Array.from({ length: 10 }, (_, i) =>
      stored.contact(`p${i}`, { initiated_at: T0 - i * 60_000, first_event_at: T0, queue_id: 'billing', audio_started_at: T0 }),
    ),
  )
  await test.store.insert('segments', [
    stored.turn('p1', 't1', 'Please cancel my contract', { begin_offset_ms: 3000 }),
    stored.turn('p1', 't0', 'Hello', { begin_offset_ms: 0, participant_role: 'AGENT' }),
    stored.turn('p1', 't2', 'card 4111', { begin_offset_ms: 5000 }),
    stored.turn('p1', 't2', 'card [PII]', { begin_offset_ms: 5000, output_type: 'redacted' }),
    stored.turn('live', 't1', 'first words', { begin_offset_ms: 0 }),
    stored.turn('live', 't2', 'old copy', { begin_offset_ms: 900 }),
  ])
  const hit: AlertHit = {
    turnId: 't1',
    participantRole: 'CUSTOMER',
    text: 'cancel',
    begin: 0,
    end: 6,
    beginOffsetMs: 3000,
    saidAt: null,
    confirmed: true,
  }
  await test.store.insert('alerts', [
    stored.alert('old', {
      raised_at: T0 - 1000,
      entity_id: 'p1',
      hits: JSON.stringify([hit]),
      history: JSON.stringify([{ state: 'raised', at: T0, by: null }]),
    }),
    stored.alert('new', { raised_at: T0, state: 'raised' }),
  ])
  await api.putAlert(alert('new', { raisedAt: T0, state: 'confirmed' }))
  await api.put(
    contact('p9', { initiatedAt: T0 - 9 * 60_000, state: 'ended' }),
    contact('p8', { initiatedAt: T0 + 60_000, state: 'ended' }),
    contact('live', { initiatedAt: T0 - 30_000, state: 'connected', turnCount: 2 }),
    turn('live', 't2', { text: 'new copy', beginOffsetMs: 1000 }),
  )
  await eventually(() => api.rows.contacts.size === 3 && api.rows.alerts.size === 1)
})
afterAll(async () => {
  await api.close()
  await test.stop()
})

const get = async (path: string) => {
  const answer = await call(api.server, 'GET', `/api/v1${path}`, { key })
  if (answer.status !== 200) throw new Error(answer.text)
  return answer.json as {
    items: { id: string }[]
    nextCursor: string | null
    turns: { segmentId: string; text: string; time: string | null }[]
  }
}
const pagesOf = async (path: string, limit: number): Promise<string[]> => {
  const ids: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = await get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor && `&cursor=${cursor}`}`)
    expect(page.items.length).toBeLessThanOrEqual(limit)
    ids.push(...page.items.map((item) => item.id))
    cursor = page.nextCursor
  }
  return ids
}

describe('contacts', () => {
  it('are listed once each, newest first, live and past together, whatever the page', async () => {
    const expected = ['p8', 'p0', 'live', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p9']
    for (const limit of [1, 2, 3, 10, 11, 200]) expect([limit, await pagesOf('/contacts', limit)]).toEqual([limit, expected])
  })

  it('are filtered alike in memory and in the store', async () => {
    expect(await pagesOf('/contacts?state=ended', 4)).toEqual(['p8', 'p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7', 'p9'])
    expect(await pagesOf('/contacts?agent=agent-1&queue=billing', 200)).toEqual(['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7'])
    const window = `from=${new Date(T0 - 60_000).toISOString()}&to=${new Date(T0).toISOString()}`
    expect(await pagesOf(`/contacts?${window}`, 200)).toEqual(['live', 'p1'])
  })

  it('of the past have the same shape', async () => {
    expect(await get('/contacts/p1')).toMatchObject({
      id: 'p1',
      state: 'ended',
      queue: { id: 'billing', name: 'Billing' },
      sentiment: { customer: { score: -2.5, turns: null } },
    })
    expect(problemOf(await call(api.server, 'GET', '/api/v1/contacts/none', { key })).code).toBe('NOT_FOUND')
  })
})

describe('transcripts', () => {
  it('come from the store, redacted before raw, with wall times', async () => {
    const { turns } = await get('/contacts/p1/transcript')
    expect(turns.map((t) => t.text)).toEqual(['Hello', 'Please cancel my contract', 'card [PII]'])
    expect(turns[1]?.time).toBe(new Date(T0 + 3000).toISOString())
    expect(problemOf(await call(api.server, 'GET', '/api/v1/contacts/none/transcript', { key })).code).toBe('NOT_FOUND')
  })

  it('take from the store what has left the log already', async () => {
    expect((await get('/contacts/live/transcript')).turns.map((t) => t.text)).toEqual(['first words', 'new copy'])
  })

  it('are searched', async () => {
    const page = (await get('/transcripts?q=cancel%20speaker:customer')) as unknown as { items: object[]; nextCursor: null }
    expect(page).toMatchObject({
      items: [{ contactId: 'p1', segmentId: 't1', highlights: [[7, 13]], contact: { id: 'p1' } }],
      nextCursor: null,
    })
    expect((await get('/transcripts?q=4111')).items).toEqual([])
  })

  it('are searched with whatever people type, without a fault', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom("' OR 1=1", '{p0:String}', 'a*', '-', '"', '\\')),
        async (q) => {
          const { status } = await call(api.server, 'GET', `/api/v1/transcripts?q=${encodeURIComponent(q)}`, { key })
          expect([200, 400]).toContain(status)
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('alerts', () => {
  it('are listed once each, the newer copy wins', async () => {
    expect(await pagesOf('/alerts', 1)).toEqual(['new', 'old'])
    expect((await get('/alerts')).items).toMatchObject([
      { state: 'confirmed' },
      { hits: [{ segmentId: 't1', confirmed: true }], history: [{ state: 'raised' }] },
    ])
    expect(await pagesOf('/alerts?contact=p1', 5)).toEqual(['old'])
    expect(await pagesOf('/alerts?state=raised', 5)).toEqual(['old'])
  })
})

describe('odd places in lists', () => {
  it('are answered or refused, never our fault', async () => {
    const cursor = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const cursors = [cursor([0, '']), cursor([-1, 'x']), cursor([Number.MAX_SAFE_INTEGER, 'x']), cursor([-Number.MAX_SAFE_INTEGER, "'"])]
    const times = ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2026-01-01T00:00:00+14:00']
    for (const path of [
      ...cursors.map((c) => `/contacts?cursor=${c}`),
      ...cursors.map((c) => `/alerts?cursor=${c}`),
      ...times.map((t) => `/contacts?from=${encodeURIComponent(t)}&to=${encodeURIComponent(t)}`),
    ]) {
      const { status } = await call(api.server, 'GET', `/api/v1${path}`, { key })
      expect([path, status < 500]).toEqual([path, true])
    }
  })
})
