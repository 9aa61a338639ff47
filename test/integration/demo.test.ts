import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DemoState } from '#contracts/demo'
import { profileNamed } from '#simulator/profiles/index'
import type { Problem } from '#contracts/public'
import { startReceiver, type Receiver } from '../helpers/receiver.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { eventually } from '../helpers/eventually.ts'

const run = promisify(execFile)
const command = resolve('bin/callboard.mjs')
const callboard = (...args: string[]) =>
  run(process.execPath, [command, ...args]).catch((error: unknown) => error as { code: number; stdout: string; stderr: string })

/** Three hours ago, so that today has some history and it is there soon. */
const businessDayStart = new Date(Date.now() - 3 * 3_600_000).toISOString().slice(11, 16)
const settings = { CALLBOARD_DEMO: 'on', CALLBOARD_BUSINESS_DAY_START: businessDayStart }

async function stateOf(server: TestServer): Promise<DemoState> {
  const { status, body } = await server.call<DemoState>('GET', '/api/v1/demo')
  expect(status).toBe(200)
  return body
}
const count = async (server: TestServer, path: string): Promise<number> =>
  (await server.call<{ items: unknown[] }>('GET', path)).body.items.length
const isFull = async (server: TestServer, profile: string): Promise<boolean> => {
  const { desks, queues } = profileNamed(profile)
  const agents = desks.reduce((sum, desk) => sum + desk.agents, 0)
  // A queue is known once something was heard of it.
  return (
    (await count(server, '/api/v1/agents?limit=200')) === agents &&
    (await count(server, '/api/v1/queues?limit=200')) === (agents > 0 ? queues.length : 0)
  )
}
async function offeredToday(server: TestServer): Promise<number> {
  const { body } = await server.call<{ results: { collections: { value: number }[] }[] }>('POST', '/api/v1/metrics/current', {
    metrics: [{ name: 'CONTACTS_QUEUED', window: 'businessDay' }],
  })
  return body.results[0]!.collections[0]!.value
}
async function gauge(server: TestServer, line: string): Promise<number> {
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text()
  return Number(
    text
      .split('\n')
      .find((l) => l.startsWith(`${line} `))
      ?.split(' ')[1] ?? 0,
  )
}
const playing = (server: TestServer, profile: string): Promise<true> =>
  eventually(
    async () => {
      const state = await stateOf(server)
      return state.profile === profile && !state.preparing && (await isFull(server, profile))
    },
    `${profile} plays`,
    30_000,
  )

describe('the demo', () => {
  let server: TestServer
  let receiver: Receiver
  const startedAt = performance.now()
  beforeAll(async () => {
    receiver = await startReceiver()
    server = await startServer({ ...settings, CALLBOARD_WEBHOOK_ALLOW: receiver.hostPort })
  })
  afterAll(async () => {
    await server.stop()
    await receiver.stop()
  })

  it('fills the board first: 48 agents, 8 queues, an alert rule, and says that it is a demo', async () => {
    await playing(server, 'omnichannel')
    console.log(`start to live board: ${Math.round(performance.now() - startedAt)} ms`)
    expect((await server.call<{ demo: boolean }>('GET', '/api/v1/session')).body.demo).toBe(true)
    expect(await count(server, '/api/v1/alert-rules')).toBe(1)
  })

  it('brings the records of today and of the same weekday last week behind it', async () => {
    const early = await offeredToday(server)
    await eventually(async () => (await stateOf(server)).history === 'done', 'the history is there', 60_000)
    console.log(`start to history: ${Math.round(performance.now() - startedAt)} ms`)
    // Three hours of some 360 contacts an hour; of them the live run saw ten minutes.
    await eventually(async () => (await offeredToday(server)) > 700, 'figures of today hold the earlier hours')
    expect(early).toBeLessThan(await offeredToday(server))
    const day = 24 * 3_600_000
    const [from, to] = [7.5 * day, 6.5 * day].map((ago) => new Date(Date.now() - ago).toISOString())
    const { body } = await server.call<{ items: { state: string; basis: string }[] }>(
      'GET',
      `/api/v1/contacts?from=${from}&to=${to}&limit=200`,
    )
    expect(body.items.length).toBe(200)
    expect(body.items.every(({ state }) => state === 'ended')).toBe(true)
    await eventually(
      async () => (await gauge(server, 'history_records_total{topic="callboard.rows"}')) > 8000,
      'contacts of last week are in the store',
      30_000,
    )
  })

  it('begins anew at each start, keeps what was set up, and tells no webhook about the past it plays', async () => {
    const made = await server.call<{ id: string }>('POST', '/api/v1/webhooks', { name: 'Test', url: receiver.url })
    await server.call('POST', '/api/v1/alert-rules', {
      name: 'Thanks',
      condition: { type: 'phrase', phrases: ['thank you'], speaker: 'any' },
    })
    const restartedAt = new Date().toISOString()
    await server.restart()
    const before = receiver.received.length
    await playing(server, 'omnichannel')
    await eventually(async () => (await count(server, '/api/v1/alerts?limit=50')) > 3, 'the past is there again', 60_000)
    expect(await count(server, '/api/v1/webhooks')).toBe(1)
    await eventually(async () => {
      const { body } = await server.call<{ items: { state: string; attempts: { error: string | null }[] }[] }>(
        'GET',
        `/api/v1/webhooks/${made.body.id}/deliveries?limit=50`,
      )
      return body.items.filter((d) => d.state === 'failed' && d.attempts[0]?.error === 'it happened before the demo began').length > 3
    }, 'its messages are set aside')
    // What happens from here on is told.
    const told = receiver.received.slice(before).map(({ body }) => (JSON.parse(body) as { data: { since: string } }).data.since)
    expect(told.filter((since) => since < restartedAt)).toEqual([])
  })

  it('is found by commands through its data folder, which also make a further link', async () => {
    const { stdout } = await callboard('link', '--data-dir', server.dataDir, '--json')
    expect((JSON.parse(stdout) as { url: string }).url).toContain(`${server.url}/#code=`)
    const replayed = await callboard('replay', 'test/fixtures/samples', '--data-dir', server.dataDir)
    expect(replayed.stderr).toContain('CALLBOARD_DEMO=off')
  })
})

describe('a change of what the demo plays', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ ...settings, CALLBOARD_DEMO_PROFILE: '' })
    await playing(server, 'omnichannel')
  })
  afterAll(() => server.stop())
  const change = (profile: string) => server.call<Problem & { profile: string }>('POST', '/api/v1/demo', { profile })
  const idsOf = async (): Promise<string[]> =>
    (await server.call<{ items: { id: string }[] }>('GET', '/api/v1/contacts?limit=200')).body.items.map(({ id }) => id)

  it('shows other contacts at the same address, and keeps settings and sessions', async () => {
    const { code } = Object.fromEntries(new URLSearchParams(new URL(server.signInUrl).hash.slice(1)))
    const signedIn = await fetch(`${server.url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ code }),
    })
    const cookie = signedIn.headers.get('set-cookie')!.split(';')[0]!
    await server.call('POST', '/api/v1/alert-rules', { name: 'Mine', condition: { type: 'phrase', phrases: ['refund'] } })
    const before = new Set(await idsOf())
    const startedAt = performance.now()
    expect(await change('vdi')).toMatchObject({ status: 202, body: { profile: 'vdi' } })
    await playing(server, 'vdi')
    console.log(`change to new board: ${Math.round(performance.now() - startedAt)} ms`)
    const after = await eventually(async () => {
      const ids = await idsOf()
      return ids.length > 10 && ids
    }, 'more than ten contacts of the new profile')
    expect(after.filter((id) => before.has(id))).toEqual([])
    expect(await count(server, '/api/v1/alert-rules')).toBe(2)
    const session = await fetch(`${server.url}/api/v1/session`, { headers: { cookie } })
    expect(session.status).toBe(200)
    expect((await stateOf(server)).profiles.map(({ name }) => name)).toContain('migration-site')
  })

  it('refuses what it does not know, and a second change at once', async () => {
    const unknown = await change('circus')
    expect(unknown.status).toBe(400)
    expect(unknown.body.errors).toEqual([{ path: 'profile', message: expect.stringContaining('omnichannel') }])
    const answers = await Promise.allSettled([change('hybrid-mixed'), change('migration-site')])
    const statuses = answers.map((a) => (a.status === 'fulfilled' ? a.value.status : 0))
    expect(statuses).toContain(202)
    expect(statuses.filter((s) => s === 202)).toHaveLength(1)
    await playing(server, statuses[0] === 202 ? 'hybrid-mixed' : 'migration-site')
  })

  it('is remembered by the next start', async () => {
    const { profile } = await stateOf(server)
    expect(profile).not.toBe('omnichannel')
    await server.restart()
    await playing(server, profile)
  })

  it('that fails ends the process and says why', async () => {
    const port = Number(new URL(server.url).port)
    const thief = createServer()
    const taken = new Promise<void>((resolve) => {
      thief.on('error', () => setTimeout(() => thief.listen(port, '127.0.0.1'), 1))
      thief.listen(port, '127.0.0.1', resolve)
    })
    expect((await change('vdi')).status).toBe(202)
    await taken
    await eventually(() => !isAlive(server.pid), 'the process ends', 20_000)
    thief.close()
    expect(server.errors()).toContain(`the demo could not be changed to "Virtual desktops", and was stopped: port ${port} is in use`)
  })

  it('is not possible where no demo plays', async () => {
    const real = await startServer()
    expect((await real.call('GET', '/api/v1/demo')).status).toBe(404)
    expect((await real.call('POST', '/api/v1/demo', { profile: 'vdi' })).status).toBe(404)
    await real.stop()
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('keys', () => {
  const dir = mkdtempSync(join(tmpdir(), 'callboard-keys-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const folder = join(dir, 'data')

  it('are made, listed and revoked in the data folder when no server runs', async () => {
    const made = await callboard('keys', 'create', '--name', 'loader', '--scope', 'ingest', '--data-dir', folder, '--json')
    const { id, key } = JSON.parse(made.stdout) as { id: string; key: string }
    expect(key).toMatch(/^cb_/)
    const listed = await callboard('keys', 'list', '--data-dir', folder, '--json')
    expect(JSON.parse(listed.stdout)).toEqual([expect.objectContaining({ id, name: 'loader', scopes: ['ingest'] })])
    expect(listed.stdout).not.toContain(key)
    await callboard('keys', 'revoke', id, '--data-dir', folder)
    expect(JSON.parse((await callboard('keys', 'list', '--data-dir', folder, '--json')).stdout)).toEqual([])
  })

  it('are not made anywhere when an address was given that does not answer, or a folder is not there', async () => {
    expect(await callboard('keys', 'create', '--name', 'x', '--url', 'http://127.0.0.1:9', '--data-dir', folder)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no server answers'),
    })
    expect(await callboard('keys', 'list', '--data-dir', join(dir, 'typo'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('typo'),
    })
    expect(await callboard('keys', 'list', '--url', 'notaurl')).toMatchObject({ code: 1, stderr: expect.stringContaining('--url notaurl') })
  })
})
