import * as fc from 'fast-check'
import { io } from 'socket.io-client'
import { afterEach, describe, expect, it } from 'vitest'
import type { Delta, LiveStatus } from '#contracts/live'
import type { PublicAgent, PublicAlert, PublicContact, PublicMetrics, PublicQueue } from '#contracts/public'
import { createManualClock } from '#kernel/clock'
import { ask, call, startApi, subscribe, type Client, type Harness } from './harness.ts'
import { agent, alert, contact, T0, turn } from './rows.ts'
import { eventually } from '../../helpers/eventually.ts'

let api: Harness
afterEach(() => api.close())

const deltasOf = (client: Client): Delta[] => {
  const list: Delta[] = []
  client.on('delta', (delta) => void list.push(delta))
  return list
}

describe('live subscriptions', () => {
  it('answers with a snapshot, then numbers every frame without a gap', async () => {
    api = await startApi()
    await api.put(agent('a1'), agent('a2'))
    const client = await api.connect({ token: await api.key(['read']) })
    const deltas = deltasOf(client)
    const { subscription, epoch, seq, snapshot } = await subscribe(client, { rows: 'agents' })
    expect(Object.keys(snapshot.rows).sort()).toEqual(['a1', 'a2'])

    for (let i = 0; i < 30; i++) await api.put(agent('a1', { missedOffers: i + 1 }))
    await api.remove('agent/a2')
    await eventually(() => deltas.some((d) => d.del.includes('a2')))
    expect(deltas.map((d) => d.seq)).toEqual(deltas.map((_, i) => seq + 1 + i))
    expect(new Set(deltas.map((d) => `${d.subscription} ${d.epoch}`))).toEqual(new Set([`${subscription} ${epoch}`]))
    const last = deltas.findLast((d) => d.set['a1'])!
    expect((last.set['a1'] as PublicAgent).missedOffers).toBe(30)
  })

  it('sends the first change at once and what follows within 100 ms as one frame', async () => {
    const clock = createManualClock(T0)
    api = await startApi({ clock })
    const client = await api.connect({ token: await api.key(['read']) })
    const deltas = deltasOf(client)
    await subscribe(client, { rows: 'contacts' })
    await api.put(contact('c1'))
    await eventually(() => deltas.length === 1)
    await api.put(contact('c2'))
    await api.put(contact('c3'))
    await eventually(() => api.rows.contacts.size === 3)
    clock.advance(99)
    await call(api.server, 'GET', '/health/live')
    expect(deltas).toHaveLength(1)
    clock.advance(1)
    await eventually(() => deltas.length === 2)
    expect(Object.keys(deltas[1]!.set).sort()).toEqual(['c2', 'c3'])
  })

  it("gives a late joiner the room's number, so that its next frame fits", async () => {
    api = await startApi()
    const token = await api.key(['read'])
    const [first, second] = [await api.connect({ token }), await api.connect({ token })]
    const deltas = deltasOf(first)
    const one = await subscribe(first, { rows: 'contacts', filters: [{ key: 'QUEUE', values: ['billing', 'sales'] }] })
    await api.put(contact('c1'))
    await eventually(() => deltas.length === 1)
    // The same question put in another way.
    const two = await subscribe(second, { rows: 'contacts', filters: [{ key: 'QUEUE', values: ['sales', 'billing', 'sales'] }] })
    expect(two).toMatchObject({ subscription: one.subscription, epoch: one.epoch, seq: 1 })
    expect(Object.keys(two.snapshot.rows)).toEqual(['c1'])
    const later = deltasOf(second)
    await api.put(contact('c2'))
    await eventually(() => deltas.length === 2 && later.length === 1)
    expect(later[0]).toEqual(deltas[1])
  })

  it('computes once for two subscribers of one question', async () => {
    api = await startApi()
    const token = await api.key(['read'])
    const clients = [await api.connect({ token }), await api.connect({ token })]
    const deltas = clients.map(deltasOf)
    for (const client of clients) await subscribe(client, { rows: 'agents' })
    await api.put(agent('a1'))
    await eventually(() => deltas.every((list) => list.length === 1))
    expect(api.telemetry.render()).toMatch(/api_live_compute_ms_count\{kind="agents"\} 1\n/)
    expect(api.telemetry.render()).toMatch(/api_live_frames_total\{kind="agents"\} 1\n/)
  })

  it('never shows one set of rights the words of another', async () => {
    api = await startApi()
    await api.putAlert(alert('al1'))
    const reader = await api.connect({ token: await api.key(['read']) })
    const analyst = await api.connect({ token: await api.key(['read', 'transcripts']) })
    const [plain, words] = [await subscribe(reader, { rows: 'alerts' }), await subscribe(analyst, { rows: 'alerts' })]
    expect((plain.snapshot.rows['al1'] as PublicAlert).hits).toEqual([])
    expect((words.snapshot.rows['al1'] as PublicAlert).hits[0]?.text).toBe('I want to cancel')
    expect(await ask(reader, { query: { rows: 'turns', filters: [{ key: 'CONTACT', values: ['c1'] }] } })).toMatchObject({
      error: { code: 'AUTH_FORBIDDEN' },
    })
    const heard: PublicAlert[] = []
    reader.on('alert', (given) => void heard.push(given))
    await api.putAlert(alert('al1', { state: 'confirmed' }))
    await eventually(() => heard.length === 1)
    expect(heard[0]).toMatchObject({ id: 'al1', state: 'confirmed', hits: [] })
  })

  it('shows the redacted turn in place of its raw twin', async () => {
    api = await startApi()
    const client = await api.connect({ token: await api.key(['read', 'transcripts']) })
    await api.put(contact('c1', { state: 'connected', audioStartedAt: T0 }), turn('c1', 't1', { text: 'card 4111' }))
    await eventually(() => api.rows.contacts.has('c1'))
    const deltas = deltasOf(client)
    const { snapshot } = await subscribe(client, { rows: 'turns', filters: [{ key: 'CONTACT', values: ['c1'] }] })
    expect(snapshot.rows['t1']).toMatchObject({ text: 'card 4111', time: new Date(T0 + 1000).toISOString() })
    await api.put(turn('c1', 't1', { outputType: 'redacted', text: 'card [PII]' }), turn('c2', 't9'))
    await eventually(() => deltas.length === 1)
    expect(Object.keys(deltas[0]!.set)).toEqual(['t1'])
    expect(deltas[0]!.set['t1']).toMatchObject({ text: 'card [PII]', outputType: 'redacted' })
  })

  it('moves queue figures and metrics when only time passes', async () => {
    const clock = createManualClock(T0)
    api = await startApi({ clock })
    await api.put(agent('a1'), contact('c1'))
    await eventually(() => api.rows.contacts.size === 1)
    const client = await api.connect({ token: await api.key(['read']) })
    const deltas = deltasOf(client)
    const queues = await subscribe(client, { rows: 'queues' })
    const metrics = await subscribe(client, {
      metrics: [{ name: 'CONTACTS_IN_QUEUE_OVER_X' }, { name: 'AGENTS_AVAILABLE' }],
      groupings: ['QUEUE'],
    })
    expect(queues.snapshot.rows['billing']).toMatchObject({ name: 'Billing', waiting: 1, waitingOverTarget: 0, available: 1 })
    expect(metrics.snapshot.rows['QUEUE=billing']).toMatchObject({ values: { CONTACTS_IN_QUEUE_OVER_X: 0, AGENTS_AVAILABLE: 1 } })
    // The target is 20 s; after that the contact is over it.
    clock.advance(19_999)
    expect(deltas).toHaveLength(0)
    clock.advance(20)
    await eventually(() => deltas.length === 2)
    const line = deltas.find((d) => d.subscription === queues.subscription)!.set['billing'] as PublicQueue
    expect(line.waitingOverTarget).toBe(1)
    const group = deltas.find((d) => d.subscription === metrics.subscription)!.set['QUEUE=billing'] as PublicMetrics
    expect(group.values['CONTACTS_IN_QUEUE_OVER_X']).toBe(1)
  })

  it('shows a new queue name in every row that refers to it', async () => {
    api = await startApi()
    await api.put(contact('c1'))
    await eventually(() => api.rows.contacts.size === 1)
    const client = await api.connect({ token: await api.key(['read']) })
    const deltas = deltasOf(client)
    const { snapshot } = await subscribe(client, { rows: 'contacts' })
    expect((snapshot.rows['c1'] as PublicContact).queue).toEqual({ id: 'billing', name: null })
    await api.put(agent('a1'))
    await eventually(() => deltas.length === 1)
    expect((deltas[0]!.set['c1'] as PublicContact).queue?.name).toBe('Billing')
    await call(api.server, 'PUT', '/api/v1/queues/billing/settings', { key: await api.key(['manage']), body: { displayName: 'Bills' } })
    await eventually(() => deltas.length === 2)
    expect((deltas[1]!.set['c1'] as PublicContact).queue?.name).toBe('Bills')
  })

  it('leaves out backfill and what has ended, and answers senseless questions', async () => {
    api = await startApi()
    await api.put(contact('old', { backfill: true }), contact('done', { state: 'ended' }), contact('c1', { state: 'offered' }))
    await eventually(() => api.rows.contacts.size === 3)
    const client = await api.connect({ token: await api.key(['read', 'transcripts']) })
    const rowsOf = async (filters: { key: 'STATE' | 'CONTACT' | 'AGENT'; values: string[] }[]) =>
      Object.keys((await subscribe(client, { rows: 'contacts', filters })).snapshot.rows)
    expect(await rowsOf([])).toEqual(['c1'])
    expect(await rowsOf([{ key: 'STATE', values: ['waiting'] }])).toEqual(['c1'])
    expect(await rowsOf([{ key: 'CONTACT', values: ['done'] }])).toEqual(['done'])
    for (const query of [
      { rows: 'contacts', filters: [{ key: 'STATE', values: ['ended'] }] },
      { rows: 'turns' },
      { rows: 'queues', filters: [{ key: 'AGENT', values: ['a'] }] },
      { rows: 'nothing' },
      { metrics: [{ name: 'NO_SUCH' }] },
      { metrics: [{ name: 'SERVICE_LEVEL', window: 'now' }] },
      { metrics: [{ name: 'AGENTS_AVAILABLE', threshold: 5 }] },
    ])
      expect(await ask(client, { query })).toMatchObject({ error: { code: 'REQUEST_INVALID' } })
    expect(await ask(client, { board: 'today' })).toMatchObject({ error: { code: 'NOT_FOUND' } })
    for (const request of [null, 5, 'x', [], {}, { query: null }, JSON.parse('{"__proto__":{"query":{"rows":"agents"}}}')])
      expect(await ask(client, request)).toMatchObject({ error: { code: 'REQUEST_INVALID' } })
  })

  it('bounds subscriptions per connection and how fast they are asked for', async () => {
    api = await startApi({ clock: createManualClock(T0) })
    const client = await api.connect({ token: await api.key(['read']) })
    const answers = []
    for (let i = 0; i < 70; i++)
      answers.push(await ask(client, { query: { rows: 'contacts', filters: [{ key: 'AGENT', values: [`a${i}`] }] } }))
    expect(answers.slice(0, 64).every((a) => 'subscription' in a)).toBe(true)
    expect(answers.slice(64).every((a) => 'error' in a && a.error.code === 'RATE_LIMITED')).toBe(true)
  })

  it('frees a room when its last subscriber leaves', async () => {
    api = await startApi()
    const client = await api.connect({ token: await api.key(['read']) })
    const { subscription } = await subscribe(client, { rows: 'agents' })
    client.emit('unsubscribe', { subscription })
    const again = await subscribe(client, { rows: 'agents' })
    expect(again.subscription).not.toBe(subscription)
  })

  it('tells the age of each source once a second', async () => {
    const clock = createManualClock(T0)
    api = await startApi({
      clock,
      config: { demo: true },
      deps: {
        sources: () => [
          { name: 'agents', watermark: T0 - 4000 },
          { name: 'lens', watermark: null },
        ],
      },
    })
    const client = await api.connect({ token: await api.key(['read']) })
    const heard: LiveStatus[] = []
    client.on('status', (status) => void heard.push(status))
    clock.advance(1000)
    await eventually(() => heard.length === 1)
    expect(heard[0]).toEqual({
      now: new Date(T0 + 1000).toISOString(),
      demo: true,
      sources: [
        { name: 'agents', watermark: new Date(T0 - 4000).toISOString(), ageSeconds: 5 },
        { name: 'lens', watermark: null, ageSeconds: null },
      ],
    })
  })

  it('starts a new epoch with a new server', async () => {
    api = await startApi()
    const first = await subscribe(await api.connect({ token: await api.key(['read']) }), { rows: 'agents' })
    await api.close()
    api = await startApi()
    const second = await subscribe(await api.connect({ token: await api.key(['read']) }), { rows: 'agents' })
    expect(second.epoch).not.toBe(first.epoch)
  })
})

describe('many subscribers', () => {
  it('of one room all get every frame, also who joins while one is being sent', async () => {
    api = await startApi()
    const token = await api.key(['read'])
    await api.put(agent('a1'))
    await eventually(() => api.rows.agents.size === 1)
    const clients = await Promise.all(Array.from({ length: 270 }, () => api.connect({ token })))
    const lists = clients.map(deltasOf)
    await Promise.all(clients.map((client) => subscribe(client, { rows: 'agents' })))
    const late = await api.connect({ token })
    const lateDeltas = deltasOf(late)
    const [joined] = await Promise.all([subscribe(late, { rows: 'agents' }), api.put(agent('a1', { missedOffers: 1 }))])
    await api.put(agent('a1', { missedOffers: 2 }))
    const isLast = (d: Delta | undefined): boolean => (d?.set['a1'] as PublicAgent | undefined)?.missedOffers === 2
    await eventually(() => [...lists, lateDeltas].every((list) => isLast(list.at(-1))))
    for (const list of lists) expect(list.map((d) => d.seq)).toEqual(list.map((_, i) => i + 1))
    expect(lateDeltas.map((d) => d.seq)).toEqual(lateDeltas.map((_, i) => joined.seq + 1 + i))
  })
})

describe('whatever a client sends', () => {
  it('is answered, and harms nobody', async () => {
    const clock = createManualClock(T0)
    api = await startApi({ clock })
    const client = await api.connect({ token: await api.key(['read']) })
    const word = fc.oneof(
      fc.constantFrom('query', 'rows', 'metrics', 'filters', 'key', 'values', 'agents', 'QUEUE', '__proto__', 'board'),
      fc.string(),
    )
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        word,
        fc.double(),
        fc.constant(null),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(word, tie('any'), { maxKeys: 3 }),
      ),
    })).any
    await fc.assert(
      fc.asyncProperty(value, async (request) => {
        clock.advance(200)
        const answer = await ask(client, request)
        expect('error' in answer ? answer.error.code : 'ok').toMatch(/^(REQUEST_INVALID|NOT_FOUND|RATE_LIMITED|ok)$/)
      }),
      { numRuns: 150 },
    )
    for (const odd of [undefined, null, 5, {}, { subscription: 5 }, { subscription: '__proto__' }])
      client.emit('unsubscribe', odd as { subscription: string })
    client.emit('subscribe', { query: { rows: 'agents' } }, undefined as never)
    expect(await subscribe(client, { rows: 'agents' })).toBeDefined()
    expect(api.lines.filter((l) => l.level === 'error')).toEqual([])
  })
})

describe('who may connect', () => {
  it('refuses without credentials, with wrong ones, and from pages of other origins', async () => {
    api = await startApi()
    const token = await api.key(['read'])
    await expect(api.connect({})).rejects.toThrow('AUTH_REQUIRED')
    await expect(api.connect({ token: `${token}x` })).rejects.toThrow('AUTH_REQUIRED')
    await expect(api.connect({ token: { $ne: null } })).rejects.toThrow('AUTH_REQUIRED')
    await expect(api.connect({ token: await api.key(['ingest']) })).rejects.toThrow('AUTH_FORBIDDEN')
    for (const origin of ['https://evil.example', `${api.server.url}.evil.example`, 'null'])
      await expect(api.connect({ token }, origin)).rejects.toThrow()
    await expect(api.connect({ token }, '')).resolves.toBeDefined()
  })

  it('refuses a token in the address, other transports and other namespaces', async () => {
    api = await startApi()
    const token = await api.key(['read'])
    const attempt = (path: string, options: object) =>
      new Promise<string>((resolve) => {
        const client = io(`${api.server.url}${path}`, {
          forceNew: true,
          reconnection: false,
          transports: ['websocket'],
          auth: { token },
          ...options,
        })
        const end = (result: string): void => {
          client.disconnect()
          resolve(result)
        }
        client.once('connect', () => end('in'))
        client.once('connect_error', () => end('refused'))
      })
    expect(await attempt('/live', {})).toBe('in')
    expect(await attempt('/live', { query: { token } })).toBe('refused')
    expect(await attempt('/live', { transports: ['polling'] })).toBe('refused')
    expect(await attempt('/', {})).toBe('refused')
    expect(await attempt('/other', {})).toBe('refused')
  })

  it('takes the cookie of a page of ours, and of nobody else', async () => {
    api = await startApi()
    const signedIn = await call(api.server, 'POST', '/api/v1/session', {
      body: { code: api.server.issueSignInCode() },
      headers: { origin: api.server.url },
    })
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!
    const client = await api.connect({ cookie })
    expect(await subscribe(client, { rows: 'turns', filters: [{ key: 'CONTACT', values: ['c1'] }] })).toBeDefined()
    await expect(api.connect({ cookie }, '')).rejects.toThrow('AUTH_REQUIRED')
    await expect(api.connect({ cookie }, 'https://evil.example')).rejects.toThrow()
  })

  it('ends connections within a second when a key is revoked or expires', async () => {
    const clock = createManualClock(T0)
    api = await startApi({ clock })
    const [revoked, expiring] = [
      await api.connect({ token: await api.key(['read']) }),
      await api.connect({ token: await api.key(['read'], T0 + 1500) }),
    ]
    await api.settings.delete('key', api.settings.list('key')[0]!.id)
    clock.advance(1000)
    await eventually(() => revoked.disconnected)
    expect(expiring.connected).toBe(true)
    clock.advance(1000)
    await eventually(() => expiring.disconnected)
  })
})
