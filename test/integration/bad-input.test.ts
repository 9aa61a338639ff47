import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../helpers/server.ts'
import { agentEvent } from '../helpers/wire.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const good = (): string => JSON.stringify(agentEvent('amy', new Date().toISOString(), { AgentStatus: { Name: 'Available' } }))
const post = (body: string | Uint8Array, type = 'application/json', kind = 'agent-events') =>
  server.call<{ code?: string; accepted?: number; deadLettered?: number }>('POST', `/api/v1/events/${kind}`, body, type)

const cases: [what: string, status: number, code: string, body: () => string | Uint8Array, type: string][] = [
  ['10 MB', 413, 'BODY_TOO_LARGE', () => `{"a":"${'x'.repeat(10_000_000)}"}`, 'application/json'],
  ['depth 20,000', 400, 'BODY_TOO_DEEP', () => '['.repeat(20_000) + ']'.repeat(20_000), 'application/json'],
  ['bad UTF-8', 400, 'BODY_INVALID_UTF8', () => Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'application/json'],
  ['a __proto__ key', 400, 'BODY_FORBIDDEN_KEY', () => '{"__proto__":{"admin":true}}', 'application/json'],
  ['a __proto__ key in escapes', 400, 'BODY_FORBIDDEN_KEY', () => '{"\\u005f_proto__":{"admin":true}}', 'application/json'],
  ['truncated JSON', 400, 'BODY_INVALID_JSON', () => good().slice(0, -10), 'application/json'],
  ['nothing', 400, 'BODY_INVALID_JSON', () => '', 'application/json'],
  ['another media type', 415, 'MEDIA_TYPE_UNSUPPORTED', () => '<a/>', 'application/xml'],
]

describe('a body that cannot be read as a whole is refused and nothing is stored', () => {
  it.each(cases)('%s', async (_, status, code, body, type) => {
    const answer = await post(body(), type)
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })

  it('an unknown kind names the parameter', async () => {
    const answer = await server.call<{ code: string; errors: { path: string }[] }>('POST', '/api/v1/events/phone-calls', {})
    expect(answer).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID', errors: [{ path: expect.stringContaining('kind') }] } })
  })
})

it('poison.parse: a bad element or line is one dead letter, and its neighbours go on', async () => {
  const lines = [Buffer.from(good()), Buffer.from([0x7b, 0xff, 0x7d]), Buffer.from('{"half":'), Buffer.from('17'), Buffer.from(good())]
  const body = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]))
  expect((await post(body, 'application/x-ndjson')).body).toEqual({ accepted: 2, duplicate: 0, deadLettered: 3 })
  expect((await post(`[${good()},null,{"EventType":"LOGIN"}]`)).body).toEqual({ accepted: 1, duplicate: 0, deadLettered: 2 })
})

it('late.future: an event from next week is set aside and moves no clock', async () => {
  const future = JSON.stringify(
    agentEvent('fay', new Date(Date.now() + 7 * 86_400_000).toISOString(), { AgentStatus: { Name: 'Available' } }),
  )
  expect((await post(future)).body).toEqual({ accepted: 0, duplicate: 0, deadLettered: 1 })
  const agents = await server.call<{ items: { name: string }[] }>('GET', '/api/v1/agents')
  expect(agents.body.items.map((a) => a.name)).not.toContain('fay Example')
})

it('is still healthy after all of that', async () => {
  const { status, body } = await server.call<{ ready: boolean }>('GET', '/health/ready')
  expect([status, body.ready]).toEqual([200, true])
  expect(server.errors()).not.toMatch(/"level":50/)
})
