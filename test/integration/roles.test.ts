import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../helpers/eventually.ts'
import { kafkaBroker, randomPrefix, whyNoKafka } from '../helpers/kafka.ts'
import { requestsFrom, sendRequest } from '../helpers/requests.ts'
import { startRole, startSharedStore, type RoleProcess } from '../helpers/roles.ts'
import { startServer, type TestServer } from '../helpers/server.ts'

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
const kept = <T extends { stop(): Promise<void> }>(made: T): T => {
  stops.push(() => made.stop())
  return made
}

describe.skipIf(whyNoKafka !== undefined)('the roles in processes of their own', () => {
  beforeAll(() => kafkaBroker(), 600_000)

  it('two of each show one picture, the one that a single process shows, also when one that folds is killed', async () => {
    const { brokers } = await kafkaBroker()
    const store = kept(await startSharedStore())
    const settings = {
      CALLBOARD_KAFKA_BROKERS: brokers,
      CALLBOARD_KAFKA_TOPIC_PREFIX: randomPrefix(),
      CALLBOARD_STORE: 'clickhouse',
      CALLBOARD_CLICKHOUSE_URL: store.url,
    }
    const workers = [kept(await startRole('process', settings)), kept(await startRole('process', settings))]
    const apis = [kept(await startRole('api', settings)), kept(await startRole('api', settings))]
    kept(await startRole('ingest', settings))
    const single = kept(await startServer())

    const requests = requestsFrom(Date.now() - 4 * 60_000, 3)
    for (const [i, request] of requests.entries()) {
      if (i === Math.floor(requests.length / 2)) await workers[0]!.kill()
      await sendRequest(apis[i % 2]! as unknown as TestServer, request)
      await sendRequest(single, request)
    }
    const picture = async (server: Pick<RoleProcess, 'call'>): Promise<string> => {
      const lists = await Promise.all(
        ['agents', 'queues', 'contacts'].map((path) => server.call<{ items: unknown[] }>('GET', `/api/v1/${path}?limit=200`)),
      )
      return JSON.stringify(lists.map(({ body }) => body.items))
    }
    await eventually(
      async () => {
        const wanted = await picture(single)
        return (await picture(apis[0]!)) === wanted && (await picture(apis[1]!)) === wanted
      },
      'every node shows the same',
      60_000,
    )
    // History and words come from the store that all share.
    await eventually(async () => {
      const { body } = await apis[1]!.call<{ items: unknown[] }>('GET', `/api/v1/transcripts?q=${encodeURIComponent('thank')}`)
      return body.items.length > 0
    }, 'words are found')
  })
})

it.each([
  ['ingest', {}, /LOG: ..callboard ingest.. needs LOG=kafka/],
  ['process', { CALLBOARD_LOG: 'kafka', CALLBOARD_KAFKA_BROKERS: '127.0.0.1:9' }, /STORE: ..callboard process.. needs STORE=clickhouse/],
  ['api', {}, /LOG: ..callboard api.. needs LOG=kafka/],
] as const)('callboard %s says which setting keeps it from working apart', async (role, settings, message) => {
  await expect(startRole(role, { CALLBOARD_LOG: 'embedded', ...settings })).rejects.toThrow(message)
})
