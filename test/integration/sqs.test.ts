import { afterEach, describe, expect, it } from 'vitest'
import { startAwsProxy } from '../helpers/aws-proxy.ts'
import { eventually } from '../helpers/eventually.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { startSqs } from '../helpers/sqs.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
const kept = <T extends { stop(): Promise<void> }>(made: T): T => {
  stops.push(() => made.stop())
  return made
}

/** A contact event in its EventBridge envelope, as a rule delivers it. */
function queued(id: string): object {
  const at = new Date().toISOString()
  return {
    version: '0',
    id: `event-${id}`,
    'detail-type': 'Amazon Connect Contact Event',
    source: 'aws.connect',
    account: '111122223333',
    time: at,
    region: 'us-east-1',
    detail: {
      eventType: 'QUEUED',
      contactId: id,
      channel: 'VOICE',
      instanceArn: 'arn:aws:connect:us-east-1:111122223333:instance/1',
      initiationMethod: 'INBOUND',
      initiationTimestamp: at,
      queueInfo: { queueArn: 'arn:aws:connect:us-east-1:111122223333:instance/1/queue/sales', queueType: 'STANDARD', enqueueTimestamp: at },
    },
  }
}
const bySns = (event: object): string =>
  JSON.stringify({ Type: 'Notification', MessageId: 'n', TopicArn: 'arn:t', Message: JSON.stringify(event) })

interface Health {
  parts: { name: string; ok: boolean; detail: string | null }[]
}
const contactIds = async (server: TestServer): Promise<string[]> =>
  (await server.call<{ items: { id: string }[] }>('GET', '/api/v1/contacts?limit=200')).body.items.map(({ id }) => id).sort()
const sourceOf = async (server: TestServer) => {
  const { parts } = (await server.call<Health>('GET', '/health/ready')).body
  return parts.find(({ name }) => name === 'source events')!
}

describe('a queue', () => {
  const settings = (queueUrl: string, endpoint: string, more: Record<string, unknown> = {}): Record<string, string> => ({
    CALLBOARD_SOURCES: JSON.stringify([{ type: 'sqs', name: 'events', queueUrl, region: 'us-east-1', endpoint, waitSeconds: 1, ...more }]),
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  })

  it('is emptied into the log, straight or by SNS; what cannot be read becomes a dead letter and leaves too', async () => {
    const sqs = kept(await startSqs())
    const queueUrl = await sqs.createQueue('events')
    const ids = Array.from({ length: 35 }, (_, i) => `contact-${String(i).padStart(2, '0')}`)
    await sqs.send(queueUrl, [...ids.map((id, i) => (i % 2 ? bySns(queued(id)) : JSON.stringify(queued(id)))), '{"not": ', '"text"'])
    const server = kept(await startServer(settings(queueUrl, sqs.endpoint)))
    await eventually(async () => (await contactIds(server)).length === ids.length, 'all contacts are there')
    expect(await contactIds(server)).toEqual(ids)
    await eventually(async () => (await sqs.left(queueUrl)) === 0, 'the queue is empty')
    const { body } = await server.call<{ items: { reason: string; source: string; origin: string }[] }>('GET', '/api/v1/dead-letters')
    expect(body.items.map(({ reason, source }) => [source, reason]).sort()).toEqual([
      ['events', 'invalid-json'],
      ['events', 'not-an-object'],
    ])
    expect(body.items[0]!.origin).toContain(queueUrl)
    expect(await sourceOf(server)).toMatchObject({ ok: true })
  })

  it('is FIFO too', async () => {
    const sqs = kept(await startSqs())
    const queueUrl = await sqs.createQueue('events.fifo', { FifoQueue: 'true' })
    await sqs.send(
      queueUrl,
      ['a', 'b', 'c'].map((id) => JSON.stringify(queued(id))),
      'group',
    )
    const server = kept(await startServer(settings(queueUrl, sqs.endpoint)))
    await eventually(async () => (await contactIds(server)).length === 3, 'all contacts are there')
  })

  it('gives a message again whose deletion was lost with the process, without a second effect', async () => {
    const sqs = kept(await startSqs())
    const queueUrl = await sqs.createQueue('events')
    const ids = Array.from({ length: 30 }, (_, i) => `contact-${String(i).padStart(2, '0')}`)
    await sqs.send(
      queueUrl,
      ids.map((id) => JSON.stringify(queued(id))),
    )
    const failing = {
      ...settings(queueUrl, sqs.endpoint, { visibilitySeconds: 10, receivers: 1 }),
      CALLBOARD_ALLOW_FAILPOINTS: 'yes',
      FAILPOINT: 'CP03:2:kill',
    }
    const first = await startServer(failing)
    stops.push(() => first.stop())
    // It dies with twenty messages in the log, ten of which are still in the queue.
    await eventually(() => !isAlive(first.pid), 'it dies', 20_000)
    expect(await sqs.left(queueUrl)).toBe(20)
    const second = kept(await startServer({ ...settings(queueUrl, sqs.endpoint), CALLBOARD_DATA_DIR: first.dataDir }))
    await eventually(async () => (await sqs.left(queueUrl)) === 0, 'the queue is empty', 40_000)
    await eventually(async () => (await contactIds(second)).length === ids.length, 'all contacts are there')
    const { body } = await second.call<{ results: { collections: { value: number }[] }[] }>('POST', '/api/v1/metrics/current', {
      metrics: [{ name: 'CONTACTS_IN_QUEUE' }],
    })
    expect(body.results[0]!.collections[0]!.value).toBe(ids.length)
  })

  it('that says no is named on the health page with what helps, and goes on when it says yes', async () => {
    const sqs = kept(await startSqs())
    const queueUrl = await sqs.createQueue('events')
    const proxy = kept(await startAwsProxy(sqs.endpoint))
    proxy.fault = () => ({ status: 400, type: 'com.amazonaws.sqs#QueueDoesNotExist' })
    const server = kept(await startServer(settings(queueUrl, proxy.endpoint, { receivers: 1 })))
    const faults = [
      [{ status: 403, type: 'AccessDeniedException' }, 'lacks the permission'],
      [{ status: 403, type: 'ExpiredTokenException' }, 'credentials are missing, wrong or expired'],
      ['reset', 'does not answer'],
    ] as const
    for (const [fault, text] of faults) {
      proxy.fault = () => fault
      await eventually(
        async () => {
          const { ok, detail } = await sourceOf(server)
          return !ok && detail?.includes(text)
        },
        `the health page says: ${text}`,
        90_000,
      )
    }
    proxy.fault = () => undefined
    await sqs.send(queueUrl, [JSON.stringify(queued('contact'))])
    await eventually(async () => (await contactIds(server)).length === 1, 'it goes on', 60_000)
  })
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
