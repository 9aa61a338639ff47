import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startReceiver, type Receiver } from '../helpers/receiver.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { eventually } from '../helpers/eventually.ts'

const run = promisify(execFile)
const command = resolve('bin/callboard.mjs')
const callboard = (...args: string[]) =>
  run(process.execPath, [command, ...args]).catch((error: unknown) => error as { code: number; stdout: string; stderr: string })

describe('the demo', () => {
  let server: TestServer
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
    server = await startServer({ CALLBOARD_DEMO: 'on', CALLBOARD_WEBHOOK_ALLOW: receiver.hostPort })
  })
  afterAll(async () => {
    await server.stop()
    await receiver.stop()
  })
  const count = async (path: string): Promise<number> => (await server.call<{ items: unknown[] }>('GET', path)).body.items.length

  it('fills the board: 48 agents, 8 queues, an alert rule, and says that it is a demo', async () => {
    await eventually(
      async () => (await count('/api/v1/agents?limit=200')) === 48 && (await count('/api/v1/queues?limit=200')) === 8,
      'everybody is there',
      60_000,
    )
    expect((await server.call<{ demo: boolean }>('GET', '/api/v1/session')).body.demo).toBe(true)
    expect(await count('/api/v1/alert-rules')).toBe(1)
  })

  it('begins anew at each start, keeps what was set up, and tells no webhook about the past it plays', async () => {
    const made = await server.call<{ id: string }>('POST', '/api/v1/webhooks', { name: 'Test', url: receiver.url })
    const before = receiver.received.length
    await server.restart()
    await eventually(async () => (await count('/api/v1/alerts?limit=50')) > 3, 'the past is there again', 60_000)
    expect(await count('/api/v1/webhooks')).toBe(1)
    await eventually(async () => {
      const { body } = await server.call<{ items: { state: string; attempts: { error: string | null }[] }[] }>(
        'GET',
        `/api/v1/webhooks/${made.body.id}/deliveries?limit=50`,
      )
      return (
        body.items.length > 3 &&
        body.items.filter((d) => d.state === 'failed' && d.attempts[0]?.error === 'it happened before the demo began').length > 3
      )
    }, 'its messages are set aside')
    expect(receiver.received.length - before).toBeLessThan(4)
  })

  it('is found by commands through its data folder, which also make a further link', async () => {
    const { stdout } = await callboard('link', '--data-dir', server.dataDir, '--json')
    expect((JSON.parse(stdout) as { url: string }).url).toContain(`${server.url}/#code=`)
    const replayed = await callboard('replay', 'test/fixtures/samples', '--data-dir', server.dataDir)
    expect(replayed.stderr).toContain('CALLBOARD_DEMO=off')
  })
})

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
