import { Webhook } from 'standardwebhooks'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startReceiver, type Receiver } from '../helpers/receiver.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { voiceSegments } from '../helpers/wire.ts'
import { eventually } from '../helpers/eventually.ts'

let receiver: Receiver
let server: TestServer
let secret: string
let webhookId: string

beforeAll(async () => {
  receiver = await startReceiver()
  server = await startServer({ CALLBOARD_WEBHOOK_ALLOW: receiver.hostPort })
  await server.call('POST', '/api/v1/alert-rules', {
    name: 'Cancellation',
    condition: { type: 'phrase', phrases: ['cancel my subscription'], speaker: 'customer' },
  })
  const made = await server.call<{ id: string; secret: string }>('POST', '/api/v1/webhooks', { name: 'Test', url: receiver.url })
  expect(made.status).toBe(201)
  secret = made.body.secret
  webhookId = made.body.id
})
afterAll(async () => {
  await server.stop()
  await receiver.stop()
})

const say = (contactId: string, ...segments: Parameters<typeof voiceSegments>[1]) =>
  server.call('POST', '/api/v1/events/contact-lens', voiceSegments(contactId, segments))

it('sends a signed message for words said, with the evidence, and one more when the final turn confirms them', async () => {
  await say(
    'c1',
    { utterance: { id: 'u1', turn: 't1', text: 'I want to cancel', begin: 12_000, end: 13_100 } },
    { utterance: { id: 'u2', turn: 't1', text: 'my subscription today.', begin: 13_100, end: 14_900 } },
  )
  await receiver.waitFor(1)
  await say('c1', {
    turn: { id: 't1', text: 'I want to cancel my subscription today.', begin: 12_000, end: 14_900, sentiment: 'NEGATIVE' },
  })
  await receiver.waitFor(2)
  const messages = receiver.received.map(
    ({ headers, body }) => new Webhook(secret).verify(body, headers) as { type: string; data: Record<string, unknown> },
  )
  expect(messages.map((m) => m.type)).toEqual(['alert.raised', 'alert.confirmed'])
  expect(messages[0]!.data).toMatchObject({
    rule: { name: 'Cancellation', version: 1 },
    entity: { type: 'contact', id: 'c1' },
    words: [{ speaker: 'CUSTOMER', confirmed: false }],
  })
  expect(new Set(receiver.received.map((r) => r.headers['webhook-id'])).size).toBe(2)
  expect(() =>
    new Webhook('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw').verify(receiver.received[0]!.body, receiver.received[0]!.headers),
  ).toThrow()
})

it('tries again after a refusal, with the same id, and says so in the delivery log', async () => {
  const before = receiver.received.length
  receiver.answers.push(503)
  await say('c2', { turn: { id: 't1', text: 'Please cancel my subscription', begin: 0, end: 900 } })
  await receiver.waitFor(before + 1)
  const refused = receiver.received[before]!.headers['webhook-id']
  await eventually(async () => {
    const { body } = await server.call<{ items: { id: string; state: string; attempts: unknown[] }[] }>(
      'GET',
      `/api/v1/webhooks/${webhookId}/deliveries`,
    )
    return body.items.find((d) => d.id === refused && d.state === 'delivered' && d.attempts.length === 2)
  }, 'the message is delivered')
  const tries = receiver.received.filter((r) => r.headers['webhook-id'] === refused)
  expect(tries).toHaveLength(2)
  expect(tries.map((t) => new Webhook(secret).verify(t.body, t.headers))).toHaveLength(2)
}, 30_000)

it('refuses targets inside the network that nobody allowed', async () => {
  for (const url of [
    'http://127.0.0.1:9/x',
    'https://127.0.0.1/x',
    'https://localhost/x',
    'https://2130706433/x',
    'https://[::ffff:7f00:1]/x',
    'https://user:pw@example.com/x',
    'https://example.com:8443/x',
    'file:///x',
  ]) {
    const { status, body } = await server.call<{ code: string }>('POST', '/api/v1/webhooks', { name: 'bad', url })
    expect([url, status, body.code]).toEqual([url, 400, 'REQUEST_INVALID'])
  }
})
