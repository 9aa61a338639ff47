import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LOCAL_TOKEN_FILE } from '#api/auth/local-token'
import type { DeliveryRow } from '#contracts/deliveries'
import { topics } from '#events/topics'
import { call, problemOf, startApi, type Harness } from './harness.ts'
import { agent, alert, contact, T0, turn } from './rows.ts'
import { eventually } from '../../helpers/eventually.ts'

let api: Harness
let admin: string
let reader: string
beforeAll(async () => {
  api = await startApi({ config: { webhookAllow: ['10.0.0.5:9000'] } })
  admin = await api.key(['admin'])
  reader = await api.key(['read'])
  await api.put(
    agent('a1'),
    agent('a2', { state: 'offline', status: { name: 'Offline', type: 'OFFLINE', since: T0 } }),
    contact('c1', { enqueuedAt: Date.now() - 60_000 }),
    contact('c2', {
      state: 'connected',
      agentId: 'a1',
      initiatedAt: T0 + 1,
      audioStartedAt: T0,
      audioStartEstimated: true,
      summary: 'said',
    }),
    turn('c2', 't2', { beginOffsetMs: 5000 }),
    turn('c2', 't1'),
    turn('c2', 't1', { outputType: 'redacted', text: '[PII]' }),
  )
  await api.putAlert(alert('al1'))
  await api.putAlert(alert('al2', { raisedAt: T0 + 5 }))
  await eventually(() => api.rows.contacts.size === 2 && api.rows.agents.size === 2 && api.rows.alerts.size === 2)
})
afterAll(() => api.close())

const get = (path: string, key = admin) => call(api.server, 'GET', path, { key })

const putSettings = (body: unknown) => call(api.server, 'PUT', '/api/v1/queues/sales/settings', { key: admin, body })
const origin = () => ({ origin: api.server.url })

describe('every route', () => {
  it('declares a scope and response schemas', () => {
    const routes = api.server.routes()
    expect(routes.length).toBeGreaterThan(40)
    expect(routes.filter((r) => r.scope === undefined || !r.hasResponseSchema)).toEqual([])
    expect(
      routes
        .filter((r) => r.scope === 'public' && r.method !== 'HEAD')
        .map((r) => `${r.method} ${r.url}`)
        .sort(),
    ).toEqual(['GET /health/live', 'GET /health/ready', 'GET /openapi.json', 'POST /api/v1/session'])
  })

  it('that is not public refuses who has no key, and who lacks the scope', async () => {
    const ingest = await api.key(['ingest'])
    for (const { method, url, scope } of api.server.routes()) {
      if (scope === 'public') continue
      const path = url.replaceAll(/:\w+/g, 'x')
      const answer = await call(api.server, method, path)
      expect([method, url, answer.status]).toEqual([method, url, 401])
      expect(answer.headers.get('www-authenticate')).toContain('Bearer')
      if (scope === 'signedIn' || scope === 'ingest') continue
      expect([method, url, (await call(api.server, method, path, { key: ingest })).status]).toEqual([method, url, 403])
    }
  })

  it('is in the description', async () => {
    const { json } = await call(api.server, 'GET', '/openapi.json')
    const { paths, openapi } = json as { openapi: string; paths: Record<string, Record<string, { responses: Record<string, unknown> }>> }
    expect(openapi).toBe('3.1.0')
    for (const { method, url, scope } of api.server.routes()) {
      if (method === 'HEAD' || url === '/openapi.json') continue
      const operation = paths[url.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
      expect([url, Object.keys(operation?.responses ?? {}).length > 0]).toEqual([url, true])
      expect(scope).toBeDefined()
    }
  })
})

describe('metrics', () => {
  it('answers figures of now by queue, null where nothing can be said', async () => {
    const body = {
      groupings: ['QUEUE'],
      metrics: [
        { name: 'CONTACTS_IN_QUEUE' },
        { name: 'CONTACTS_IN_QUEUE_OVER_X', threshold: 30 },
        { name: 'SERVICE_LEVEL', window: 'PT30M' },
      ],
    }
    const { status, json } = await call(api.server, 'POST', '/api/v1/metrics/current', { key: reader, body })
    expect(status).toBe(200)
    expect(json).toMatchObject({
      results: [
        {
          dimensions: { QUEUE: 'billing' },
          collections: [
            { metric: 'CONTACTS_IN_QUEUE', window: 'now', value: 1, basis: 'live' },
            { metric: 'CONTACTS_IN_QUEUE_OVER_X', threshold: 30, value: 1 },
            { metric: 'SERVICE_LEVEL', window: 'PT30M', value: null },
          ],
        },
      ],
    })
  })

  it('adds up channels and counts agents once', async () => {
    const body = {
      filters: [{ key: 'CHANNEL', values: ['VOICE', 'CHAT'] }],
      metrics: [{ name: 'AGENTS_STAFFED' }, { name: 'CONTACTS_IN_QUEUE' }],
    }
    const { json } = await call(api.server, 'POST', '/api/v1/metrics/current', { key: reader, body })
    expect(json).toMatchObject({ results: [{ dimensions: {}, collections: [{ value: 1 }, { value: 1 }] }] })
  })

  it.each([
    [{ metrics: [{ name: 'NOPE' }] }, 'metrics.0.name'],
    [{ metrics: [{ name: 'SERVICE_LEVEL', window: 'now' }] }, 'metrics.0.window'],
    [{ metrics: [{ name: 'SERVICE_LEVEL', window: 'P1D' }] }, 'metrics.0.window'],
    [{ metrics: [{ name: 'AGENTS_ONLINE', window: 'PT1H' }] }, 'metrics.0.window'],
    [{ metrics: [{ name: 'AGENTS_ONLINE', threshold: 3 }] }, 'metrics.0.threshold'],
    [{ metrics: [{ name: 'SERVICE_LEVEL', threshold: -3 }] }, 'metrics.0.threshold'],
    [{ metrics: [{ name: 'AGENTS_ONLINE' }], filters: [{ key: 'AGENT', values: ['a'] }] }, 'filters.0.key'],
    [{ metrics: [{ name: 'AGENTS_ONLINE' }], groupings: ['SITE'] }, 'groupings.0'],
    [{ metrics: [{ name: 'AGENTS_ONLINE' }], groupings: ['QUEUE', 'QUEUE'] }, 'groupings.1'],
    [{ metrics: [] }, 'metrics'],
    [{}, 'metrics'],
  ])('names the field that is wrong: %j', async (body, path) => {
    const problem = problemOf(await call(api.server, 'POST', '/api/v1/metrics/current', { key: reader, body }))
    expect(problem).toMatchObject({ status: 400, code: 'REQUEST_INVALID', errors: [{ path }] })
  })

  it('lists the catalogue', async () => {
    const { json } = await get('/api/v1/metrics/catalogue', reader)
    expect((json as { metrics: { id: string }[] }).metrics.map((m) => m.id)).toContain('SERVICE_LEVEL')
  })
})

describe('rows', () => {
  it('lists agents page by page', async () => {
    const first = (await get('/api/v1/agents?limit=1')).json as { items: { id: string }[]; nextCursor: string }
    const second = (await get(`/api/v1/agents?limit=1&cursor=${first.nextCursor}`)).json as { items: { id: string }[]; nextCursor: null }
    expect([first.items[0]?.id, second.items[0]?.id, second.nextCursor]).toEqual(['a1', 'a2', null])
    expect((await get('/api/v1/agents?state=offline')).json).toMatchObject({ items: [{ id: 'a2' }] })
    expect((await get('/api/v1/agents/a1')).json).toMatchObject({ name: 'Ana a1', queues: [{ id: 'billing', name: 'Billing' }] })
    expect(problemOf(await get('/api/v1/agents/nobody'))).toMatchObject({ status: 404, code: 'NOT_FOUND' })
  })

  it('lists queues with figures, and keeps their settings', async () => {
    expect((await get('/api/v1/queues')).json).toMatchObject({
      items: [{ id: 'billing', name: 'Billing', waiting: 1, available: 1, serviceLevelToday: null }],
    })
    expect((await get('/api/v1/queues/billing/settings')).json).toMatchObject({ displayName: null, target: { seconds: 20, percent: 80 } })
    expect(problemOf(await get('/api/v1/queues/none/settings')).code).toBe('NOT_FOUND')
    expect((await putSettings({ displayName: 'Sales', target: { seconds: 30, percent: 90 } })).json).toMatchObject({
      displayName: 'Sales',
      hidden: false,
    })
    expect((await get('/api/v1/queues/sales/settings')).json).toMatchObject({ displayName: 'Sales', target: { seconds: 30 } })
    // A queue that nothing was heard of is not on any board, whatever settings were made for it.
    expect((await get('/api/v1/queues')).json).toMatchObject({ items: [{ id: 'billing' }] })
    expect(problemOf(await putSettings({ timeZone: 'Mars/Olympus' })).errors).toMatchObject([{ path: 'timeZone' }])
    expect(problemOf(await putSettings({ openingHours: [{ days: [1], from: '9', to: '17:00' }] })).errors).toMatchObject([
      { path: 'openingHours.0.from' },
    ])
    expect(problemOf(await putSettings({ colour: 'red' })).code).toBe('REQUEST_INVALID')
  })

  it('shows contacts and what was said in them, by right', async () => {
    expect((await get('/api/v1/contacts?state=waiting')).json).toMatchObject({
      items: [{ id: 'c1', queue: { name: 'Billing' } }],
      nextCursor: null,
    })
    expect((await get('/api/v1/contacts/c2')).json).toMatchObject({ agent: { id: 'a1', name: 'Ana a1' }, summary: 'said' })
    expect((await get('/api/v1/contacts/c2', reader)).json).toMatchObject({ summary: null })
    const { turns } = (await get('/api/v1/contacts/c2/transcript')).json as {
      turns: { segmentId: string; text: string; timeEstimated: boolean }[]
    }
    expect(turns.map((t) => [t.segmentId, t.text, t.timeEstimated])).toEqual([
      ['t1', '[PII]', true],
      ['t2', 'I want to cancel', true],
    ])
    expect(problemOf(await get('/api/v1/contacts/c2/transcript', reader)).code).toBe('AUTH_FORBIDDEN')
  })

  it('says so when the history cannot be asked', async () => {
    for (const path of [
      '/api/v1/transcripts?q=cancel',
      '/api/v1/contacts',
      '/api/v1/contacts/unknown',
      '/api/v1/contacts/unknown/transcript',
    ])
      expect(problemOf(await get(path))).toMatchObject({ status: 503, code: 'STORE_UNAVAILABLE' })
    expect(problemOf(await get('/api/v1/transcripts?q=%22open'))).toMatchObject({ status: 400, code: 'QUERY_INVALID' })
  })
})

describe('configuration', () => {
  it('keeps rules in versions', async () => {
    const body = { name: 'Cancel', condition: { type: 'phrase', phrases: ['cancel'] } }
    const made = await call(api.server, 'POST', '/api/v1/alert-rules', { key: admin, body })
    expect(made.status).toBe(201)
    const { id } = made.json as { id: string }
    expect(made.json).toMatchObject({ version: 1, enabled: true, severity: 'warning' })
    const changed = await call(api.server, 'PUT', `/api/v1/alert-rules/${id}`, { key: admin, body: { ...body, severity: 'critical' } })
    expect(changed.json).toMatchObject({ id, version: 2, severity: 'critical' })
    expect((await get('/api/v1/alert-rules', reader)).json).toMatchObject({ items: [{ id, version: 2 }] })
    expect((await call(api.server, 'DELETE', `/api/v1/alert-rules/${id}`, { key: admin })).status).toBe(204)
    expect(problemOf(await get(`/api/v1/alert-rules/${id}`)).code).toBe('NOT_FOUND')
    expect(problemOf(await call(api.server, 'PUT', `/api/v1/alert-rules/${id}`, { key: admin, body })).code).toBe('NOT_FOUND')
    expect(problemOf(await call(api.server, 'POST', '/api/v1/alert-rules', { key: reader, body })).code).toBe('AUTH_FORBIDDEN')
  })

  it('makes webhooks, shows their secret once and sends tests', async () => {
    const make = (url: string) => call(api.server, 'POST', '/api/v1/webhooks', { key: admin, body: { name: 'Slack', url } })
    for (const url of [
      'http://example.com/',
      'https://example.com:8443/',
      'https://127.0.0.1/',
      'https://10.1.1.1/',
      'https://[::1]/',
      'https://u:p@example.com/',
    ])
      expect(problemOf(await make(url)).errors).toMatchObject([{ path: 'url' }])
    expect((await make('http://10.0.0.5:9000/hook')).status).toBe(201)
    const { id, secret } = (await make('https://hooks.example.com/x')).json as { id: string; secret: string }
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    for (const path of [`/api/v1/webhooks/${id}`, '/api/v1/webhooks']) expect((await get(path)).text).not.toContain('whsec_')

    const sent = await call(api.server, 'POST', `/api/v1/webhooks/${id}/test`, { key: admin })
    const { deliveryId } = sent.json as { deliveryId: string }
    expect(sent.status).toBe(202)
    const items = await eventually(async () => {
      const list = ((await get(`/api/v1/webhooks/${id}/deliveries`)).json as { items: object[] }).items
      return list.length > 0 && list
    })
    expect(items).toMatchObject([{ id: deliveryId, type: 'webhook.test', state: 'pending', attempts: [] }])
    const record = [0, 1, 2, 3].map((p) => api.log.table(topics.deliveries, p).get(deliveryId)).find(Boolean)!
    const row = JSON.parse(Buffer.from(record.value!).toString()) as DeliveryRow
    expect(JSON.parse(row.body)).toMatchObject({ type: 'webhook.test', data: { webhookId: id } })
    expect(problemOf(await call(api.server, 'POST', '/api/v1/webhooks/none/test', { key: admin })).code).toBe('NOT_FOUND')
  })

  it('makes keys, shows them once and revokes them', async () => {
    const made = await call(api.server, 'POST', '/api/v1/keys', { key: admin, body: { name: 'bi', scopes: ['read'] } })
    const { id, key } = made.json as { id: string; key: string }
    expect(key).toMatch(/^cb_/)
    expect((await get('/api/v1/agents', key)).status).toBe(200)
    const listed = await get('/api/v1/keys?limit=200')
    expect(listed.text).not.toContain(key)
    expect(
      (listed.json as { items: { id: string; lastUsedAt: string | null }[] }).items.find((k) => k.id === id)?.lastUsedAt,
    ).not.toBeNull()
    expect((await call(api.server, 'DELETE', `/api/v1/keys/${id}`, { key: admin })).status).toBe(204)
    expect((await get('/api/v1/agents', key)).status).toBe(401)
    const past = await call(api.server, 'POST', '/api/v1/keys', {
      key: admin,
      body: { name: 'x', scopes: ['read'], expiresAt: '2001-01-01T00:00:00Z' },
    })
    expect(problemOf(past).errors).toMatchObject([{ path: 'expiresAt' }])
  })

  it('lists dead letters, newest first', async () => {
    for (let i = 0; i < 5; i++)
      await api.log.append(topics.deadLetters, [
        { key: `s${i}`, value: Buffer.from('{'), headers: { reason: 'invalid-json', message: `no ${i}`, source: `s${i}` } },
      ])
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = (await get(`/api/v1/dead-letters?limit=2${cursor && `&cursor=${cursor}`}`)).json as {
        items: { source: string; bytes: number }[]
        nextCursor: string | null
      }
      seen.push(...page.items.map((d) => d.source))
      cursor = page.nextCursor
    }
    expect(seen.toSorted()).toEqual(['s0', 's1', 's2', 's3', 's4'])
  })
})

describe('signing in', () => {
  it('swaps a code for a cookie, once', async () => {
    const code = api.server.issueSignInCode()
    const signIn = () => call(api.server, 'POST', '/api/v1/session', { body: { code }, headers: origin() })
    const done = await signIn()
    expect(done.json).toMatchObject({
      user: 'local',
      scopes: ['admin'],
      demo: false,
      version: '0.0.0-test',
      timeZone: 'UTC',
      businessDayStart: '00:00',
    })
    const setCookie = done.headers.get('set-cookie')!
    expect(setCookie).toMatch(/HttpOnly/i)
    expect(setCookie).toMatch(/SameSite=Strict/i)
    expect(problemOf(await signIn()).code).toBe('AUTH_REQUIRED')

    const cookie = setCookie.split(';')[0]!
    expect((await call(api.server, 'GET', '/api/v1/session', { headers: { cookie } })).status).toBe(200)
    const makeRule = (headers: Record<string, string>) =>
      call(api.server, 'POST', '/api/v1/alert-rules', {
        body: { name: 'x', condition: { type: 'phrase', phrases: ['xx'] } },
        headers: { cookie, ...headers },
      })
    expect((await makeRule(origin())).status).toBe(201)
    for (const headers of [{}, { origin: 'https://evil.example' }, { origin: 'null' }, { origin: `${api.server.url}.evil.example` }])
      expect(problemOf(await makeRule(headers)).code).toBe('AUTH_FORBIDDEN')
    expect((await call(api.server, 'DELETE', '/api/v1/session', { headers: { cookie, ...origin() } })).status).toBe(204)
    expect((await call(api.server, 'GET', '/api/v1/session', { headers: { cookie } })).status).toBe(401)
  })

  it('has a token file for commands on this machine', async () => {
    const path = join(api.config.dataDir, LOCAL_TOKEN_FILE)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const token = readFileSync(path, 'utf8').trim()
    expect((await get('/api/v1/keys', token)).status).toBe(200)
    const throughProxy = await call(api.server, 'GET', '/api/v1/keys', { key: token, headers: { 'x-forwarded-for': '203.0.113.9' } })
    expect(throughProxy.status).toBe(401)
  })

  it('refuses expired keys and wrong schemes', async () => {
    const expired = await api.key(['read'], Date.now() - 1)
    expect((await get('/api/v1/agents', expired)).status).toBe(401)
    expect((await call(api.server, 'GET', '/api/v1/agents', { headers: { authorization: 'Basic YTpi' } })).status).toBe(401)
    expect((await get(`/api/v1/agents?token=${reader}`, expired)).status).toBe(401)
  })
})
