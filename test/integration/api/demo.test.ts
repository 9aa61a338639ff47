import { afterEach, describe, expect, it } from 'vitest'
import type { DemoControl } from '#api/demo-control'
import type { DemoProfile, DemoState } from '#contracts/demo'
import type { LiveStatus } from '#contracts/live'
import { CallboardError } from '#kernel/errors'
import { eventually } from '../../helpers/eventually.ts'
import { call, problemOf, startApi, type Harness } from './harness.ts'

let api: Harness
afterEach(() => api.close())

const profiles: DemoProfile[] = ['voice', 'vdi'].map((name) => ({ name, title: `The ${name}`, description: 'to see' }))

function fakeDemo(): DemoControl {
  let next: DemoProfile | undefined
  return {
    profiles,
    profile: () => profiles[0]!,
    preparing: () => false,
    history: () => 'loading',
    changingTo: () => next,
    change(profile) {
      if (next) throw new CallboardError('CONFLICT', `the demo is changing to "${next.title}" already`)
      next = profile
    },
  }
}
const withDemo = () => startApi({ config: { demo: true }, deps: { demo: fakeDemo() } })
const post = (key: string, body: unknown) => call(api.server, 'POST', '/api/v1/demo', { key, body })

describe('the demo over HTTP', () => {
  it('tells what plays and what could play', async () => {
    api = await withDemo()
    const { status, json } = await call(api.server, 'GET', '/api/v1/demo', { key: await api.key(['read']) })
    expect(status).toBe(200)
    expect(json).toEqual({ profile: 'voice', profiles, preparing: false, history: 'loading' } satisfies DemoState)
  })

  it('begins a change, once, and only for admins', async () => {
    api = await withDemo()
    const key = await api.key(['admin'])
    expect((await post(await api.key(['manage']), { profile: 'vdi' })).status).toBe(403)
    expect(await post(key, { profile: 'vdi' })).toMatchObject({ status: 202, json: { profile: 'vdi' } })
    const again = await post(key, { profile: 'voice' })
    expect(again.status).toBe(409)
    expect(problemOf(again)).toMatchObject({ code: 'CONFLICT', detail: 'the demo is changing to "The vdi" already' })
  })

  it('names the field and the known profiles when one is unknown', async () => {
    api = await withDemo()
    const answer = await post(await api.key(['admin']), { profile: 'circus' })
    expect(answer.status).toBe(400)
    expect(problemOf(answer).errors).toEqual([{ path: 'profile', message: 'there is no "circus", only voice, vdi' }])
  })

  it('is not there where no demo plays', async () => {
    api = await startApi()
    const key = await api.key(['admin'])
    for (const answer of [await call(api.server, 'GET', '/api/v1/demo', { key }), await post(key, { profile: 'vdi' })]) {
      expect(answer.status).toBe(404)
      expect(problemOf(answer).detail).toContain('no demo plays here')
    }
  })
})

describe('the demo in the live status', () => {
  it('is told to each page at once, and the change before the connection ends', async () => {
    api = await withDemo()
    const client = await api.connect({ token: await api.key(['read']) })
    const heard: LiveStatus[] = []
    client.on('status', (status) => void heard.push(status))
    await eventually(() => heard.length > 0)
    expect(heard[0]).toMatchObject({ demo: true, profile: { name: 'voice', title: 'The voice' }, history: 'loading' })
    await post(await api.key(['admin']), { profile: 'vdi' })
    const ended = new Promise((resolve) => client.once('disconnect', resolve))
    await api.server.stop()
    await ended
    expect(heard.at(-1)).toMatchObject({ profile: { name: 'voice' }, changingTo: 'The vdi' })
  })
})

describe('a stop of the server', () => {
  it('does not wait for a request that never ends', async () => {
    api = await withDemo()
    const { hostname, port } = new URL(api.server.url)
    const { connect } = await import('node:net')
    const socket = connect(Number(port), hostname)
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => undefined)
    socket.write(
      `POST /api/v1/demo HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${await api.key(['admin'])}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`,
    )
    await call(api.server, 'GET', '/health/live')
    const startedAt = performance.now()
    await api.server.stop()
    await closed
    expect(performance.now() - startedAt).toBeLessThan(3_000)
  })
})
