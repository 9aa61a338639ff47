import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { createMetricsServer } from '#api/metrics-server'
import { call, problemOf, startApi, type Harness } from './harness.ts'

let api: Harness | undefined
afterEach(async () => {
  await api?.close()
  api = undefined
})

/** fetch does not let a caller choose Host. */
function getWithHost(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

describe('AUTH=none', () => {
  it('lets this machine in, but no page of another name, no proxy and no foreign page', async () => {
    api = await startApi({ config: { auth: 'none' } })
    const path = '/api/v1/session'
    expect((await call(api.server, 'GET', path)).json).toMatchObject({ user: 'local', scopes: ['admin'] })
    expect(await getWithHost(api.server.url + path, 'evil.example')).toBe(401)
    expect((await call(api.server, 'GET', path, { headers: { 'x-forwarded-for': '203.0.113.1' } })).status).toBe(401)
    const body = { name: 'x', scopes: ['read'] }
    expect(problemOf(await call(api.server, 'POST', '/api/v1/keys', { body, headers: { origin: 'https://evil.example' } })).code).toBe(
      'AUTH_FORBIDDEN',
    )
    await expect(api.connect({}, 'https://evil.example')).rejects.toThrow()
    await expect(api.connect({})).resolves.toBeDefined()
  })

  it('does not start beyond loopback', async () => {
    await expect(startApi({ config: { auth: 'none', host: '0.0.0.0' } })).rejects.toMatchObject({ code: 'SETTING_INVALID' })
  })
})

describe('the server', () => {
  it('stays on loopback until a key exists', async () => {
    api = await startApi({ config: { host: '0.0.0.0' } })
    expect(api.server.url).toMatch(/^http:\/\/127\.0\.0\.1:/)
    expect(api.lines.some((l) => l.event === 'api_bound_to_loopback')).toBe(true)
    await api.key(['admin'])
    await api.server.stop()
    await api.server.start()
    expect(api.server.url).toMatch(/^http:\/\/0\.0\.0\.0:/)
  })

  it('says which part keeps it from being ready', async () => {
    const parts = [
      { name: 'store', ok: false, required: false, detail: 'does not answer' },
      { name: 'kinesis', ok: true, required: true },
    ]
    api = await startApi({ deps: { parts: () => parts } })
    expect((await call(api.server, 'GET', '/health/live')).json).toEqual({ live: true, stalled: [] })
    const ready = await call(api.server, 'GET', '/health/ready')
    expect(ready.status).toBe(200)
    expect(ready.json).toMatchObject({
      ready: true,
      parts: expect.arrayContaining([{ name: 'store', ok: false, required: false, detail: 'does not answer' }]) as unknown,
    })
    parts[1]!.ok = false
    expect((await call(api.server, 'GET', '/health/ready')).status).toBe(503)
  })

  it('answers our own faults with an instance id and keeps the rest for the log', async () => {
    api = await startApi({
      deps: {
        plugins: [
          async (scope) =>
            void scope.get('/boom', { config: { scope: 'read' }, schema: { response: {} } }, () =>
              Promise.reject(new Error('secret detail')),
            ),
        ],
      },
    })
    const answer = await call(api.server, 'GET', '/api/v1/boom', { key: await api.key(['read']) })
    const problem = problemOf(answer)
    expect(problem).toMatchObject({ status: 500, code: 'INTERNAL' })
    expect(answer.text).not.toContain('secret detail')
    expect(api.lines.find((l) => l.event === 'api_request_failed')?.fields).toMatchObject({
      instance: problem.instance,
      message: 'secret detail',
    })
  })

  it('refuses a route without a scope when it starts', async () => {
    const plugins = [async (scope: FastifyInstance) => void scope.get('/open', async () => 'x')]
    await expect(startApi({ deps: { plugins } })).rejects.toThrow('declares no scope')
  })

  it('sends the headers that keep pages apart', async () => {
    api = await startApi()
    const { headers } = await call(api.server, 'GET', '/')
    const host = new URL(api.server.url).host
    expect(headers.get('content-security-policy')).toContain(`connect-src 'self' ws://${host} wss://${host}`)
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect((await call(api.server, 'GET', '/api/v1/session')).headers.get('cache-control')).toBe('no-store')
  })

  it('limits failed attempts per address, but lets valid keys in', async () => {
    api = await startApi()
    const key = await api.key(['read'])
    const statuses = []
    for (let i = 0; i < 25; i++) statuses.push((await call(api.server, 'GET', '/api/v1/agents', { key: 'cb_wrong' })).status)
    expect(statuses.slice(0, 20)).toEqual(Array(20).fill(401))
    expect(statuses.slice(20)).toEqual(Array(5).fill(429))
    const limited = await call(api.server, 'POST', '/api/v1/session', { body: { code: 'x' } })
    expect(problemOf(limited).code).toBe('RATE_LIMITED')
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await call(api.server, 'GET', '/api/v1/agents', { key })).status).toBe(200)
  })
})

describe('pages', () => {
  it('are explained when the dashboard was not built', async () => {
    api = await startApi()
    const { status, text, type } = await call(api.server, 'GET', '/')
    expect([status, type]).toEqual([200, 'text/html; charset=utf-8'])
    expect(text).toContain('has not been built')
  })

  it('are files of the dashboard, with its first page for its own addresses', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'callboard-pages-'))
    mkdirSync(join(dir, 'site/assets'), { recursive: true })
    writeFileSync(join(dir, 'secret.txt'), 'secret')
    writeFileSync(join(dir, 'site/index.html'), '<title>board</title>')
    writeFileSync(join(dir, 'site/assets/main-abcdef12.js'), 'x')
    api = await startApi({ config: { dashboardDir: join(dir, 'site') } })
    for (const path of ['/', '/index.html', '/live/agents?state=hold', '/contacts/c1']) {
      const page = await call(api.server, 'GET', path)
      expect([path, page.status, page.text, page.headers.get('cache-control')]).toEqual([path, 200, '<title>board</title>', 'no-cache'])
    }
    const asset = await call(api.server, 'GET', '/assets/main-abcdef12.js')
    expect([asset.text, asset.headers.get('cache-control')]).toEqual(['x', 'public, max-age=31536000, immutable'])
    for (const path of ['/assets/gone-abcdef12.js', '/..%2fsecret.txt', '/%2e%2e/secret.txt', '/assets/..%2f..%2fsecret.txt']) {
      const missing = await call(api.server, 'GET', path)
      expect([path, missing.status]).toEqual([path, 404])
    }
    for (const path of ['/api/v1/nothing', '/health/x', '/socket.io/x'])
      expect((await call(api.server, 'GET', path)).type).not.toContain('html')
    rmSync(dir, { recursive: true })
  })
})

describe('the metrics port', () => {
  it('serves Prometheus text and nothing else', async () => {
    const server = createMetricsServer({ host: '127.0.0.1', port: 0 }, { render: () => '# TYPE x counter\nx 1\n' })
    await server.start()
    const found = await fetch(`${server.url}/metrics`)
    expect([found.status, found.headers.get('content-type'), await found.text()]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      '# TYPE x counter\nx 1\n',
    ])
    expect((await fetch(`${server.url}/`)).status).toBe(404)
    expect((await fetch(`${server.url}/metrics`, { method: 'POST' })).status).toBe(405)
    await server.stop()
  })
})
