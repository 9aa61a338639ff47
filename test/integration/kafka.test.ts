import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { testUsers } from '../../scripts/test-kafka.mjs'
import { kafkaBroker, kafkaLogs, randomPrefix, whyNoKafka } from '../helpers/kafka.ts'
import { requestsFrom, sendRequest } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { caughtUp } from '../helpers/tables.ts'

const MINUTES = 1
const servers: TestServer[] = []
const dir = mkdtempSync(join(tmpdir(), 'callboard-kafka-settings-'))
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function start(settings: Record<string, string>): Promise<TestServer> {
  const server = await startServer({ CALLBOARD_LOG: 'kafka', ...settings })
  servers.push(server)
  return server
}

async function figuresOf(server: TestServer): Promise<Record<string, unknown[]>> {
  await caughtUp(server.metricsUrl)
  const list = async (path: string): Promise<unknown[]> =>
    (await server.call<{ items: unknown[] }>('GET', `/api/v1/${path}?limit=200`)).body.items
  return { agents: await list('agents'), queues: await list('queues'), contacts: await list('contacts') }
}

describe.skipIf(whyNoKafka !== undefined)('Callboard on Apache Kafka', () => {
  beforeAll(() => kafkaBroker(), 600_000)

  it('folds what is posted, and shows the same after SIGKILL, and the same as the embedded log', async () => {
    const { brokers } = await kafkaBroker()
    const all = requestsFrom(Date.now() - MINUTES * 60_000, MINUTES)
    const embedded = await startServer()
    servers.push(embedded)
    const server = await start({ CALLBOARD_KAFKA_BROKERS: brokers, CALLBOARD_KAFKA_TOPIC_PREFIX: randomPrefix() })
    for (const request of all) await Promise.all([sendRequest(server, request), sendRequest(embedded, request)])
    const before = await figuresOf(server)
    expect(before['agents']!.length).toBeGreaterThan(5)
    expect(before['queues']!.length).toBeGreaterThan(1)
    expect(before['contacts']!.length).toBeGreaterThan(1)
    expect(before).toEqual(await figuresOf(embedded))

    await server.restart()
    expect(await figuresOf(server)).toEqual(before)
    // Sources send again what they do not know to be taken: nothing changes.
    for (const request of all.slice(-20)) await sendRequest(server, request)
    expect(await figuresOf(server)).toEqual(before)

    // A folder that is gone is read again from Kafka.
    await server.kill()
    rmSync(join(server.dataDir, 'kafka'), { recursive: true })
    await server.restart()
    expect(await figuresOf(server)).toEqual(before)
  }, 300_000)

  describe('settings that cannot be used stop the start, and are named', () => {
    const refused = async (settings: Record<string, string>): Promise<string> => {
      const told = await start(settings).then(
        () => 'it started',
        (error: unknown) => String(error),
      )
      return told
    }

    it('no broker at the address', async () => {
      const told = await refused({ CALLBOARD_KAFKA_BROKERS: '127.0.0.1:9' })
      expect(told).toMatch(/ended with [1-9].*KAFKA_BROKERS: 127\.0\.0\.1:9 cannot be used/s)
    })

    it('no address', async () => {
      expect(await refused({})).toMatch(/ended with [1-9].*KAFKA_BROKERS: needed with LOG=kafka/s)
    })

    it('a user without password, and a folder name as prefix', async () => {
      const told = await refused({
        CALLBOARD_KAFKA_BROKERS: '127.0.0.1:9',
        CALLBOARD_KAFKA_SASL_MECHANISM: 'plain',
        CALLBOARD_KAFKA_SASL_USERNAME: 'u',
      })
      expect(told).toMatch(/ended with [1-9].*KAFKA_SASL_PASSWORD_FILE: needed/s)
      expect(await refused({ CALLBOARD_KAFKA_BROKERS: '127.0.0.1:9', CALLBOARD_KAFKA_TOPIC_PREFIX: 'a/b' })).toMatch(/KAFKA_TOPIC_PREFIX/)
    })

    it('wrong credentials, no credentials, TLS where there is none; the right ones work', async () => {
      const { signInBrokers } = await kafkaBroker()
      const file = join(dir, 'password')
      const prefix = randomPrefix()
      const signIn = (password: string): Record<string, string> => {
        writeFileSync(file, `${password}\n`)
        return {
          CALLBOARD_KAFKA_BROKERS: signInBrokers,
          CALLBOARD_KAFKA_TOPIC_PREFIX: prefix,
          CALLBOARD_KAFKA_SASL_MECHANISM: 'plain',
          CALLBOARD_KAFKA_SASL_USERNAME: 'callboard',
          CALLBOARD_KAFKA_SASL_PASSWORD_FILE: file,
        }
      }
      const wrong = await refused(signIn('wrong-password'))
      expect(wrong).toMatch(/ended with [1-9].*KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD_FILE: the brokers refuse/s)
      expect(wrong).not.toContain('wrong-password')
      expect(await refused({ CALLBOARD_KAFKA_BROKERS: signInBrokers })).toMatch(/ended with [1-9].*KAFKA_SASL_MECHANISM/s)
      const scram = { ...signIn(testUsers.callboard), CALLBOARD_KAFKA_SASL_MECHANISM: 'scram-sha-256' }
      expect(await refused(scram)).toMatch(/ended with [1-9].*KAFKA_SASL_MECHANISM/s)
      expect(await refused({ ...signIn(testUsers.callboard), CALLBOARD_KAFKA_TLS: 'true' })).toMatch(/ended with [1-9].*KAFKA_TLS/s)
      const server = await start(signIn(testUsers.callboard))
      expect((await server.call('GET', '/health/ready')).status).toBe(200)
    })

    it('topics with another partition count, or made without compaction', async () => {
      const { brokers } = await kafkaBroker()
      const rows = { name: 'callboard.rows', cleanup: 'compact' } as const
      const six = await kafkaLogs({ topics: [rows], partitionCount: 6 })
      const plain = await kafkaLogs({ topics: [{ ...rows, cleanup: 'delete' }], partitionCount: 4 })
      for (const made of [six, plain]) {
        await made.open()
        await made.cleanUp()
      }
      const on = (prefix: string) => refused({ CALLBOARD_KAFKA_BROKERS: brokers, CALLBOARD_KAFKA_TOPIC_PREFIX: prefix })
      expect(await on(six.prefix)).toMatch(
        /ended with [1-9].*PARTITIONS: it is 4, but the Kafka topic .*rows has 6 partitions; set PARTITIONS=6/s,
      )
      expect(await on(plain.prefix)).toMatch(/ended with [1-9].*KAFKA_TOPIC_PREFIX: .*cleanup\.policy=delete, needed is compact/s)
    })
  })
})

describe('a broker that is too old', () => {
  let server: Server
  afterEach(() => void server.close())

  it('is named', async () => {
    server = await oldBroker()
    const { port } = server.address() as { port: number }
    const told = await start({ CALLBOARD_KAFKA_BROKERS: `127.0.0.1:${port}` }).catch(String)
    expect(told).toMatch(/ended with [1-9].*KAFKA_BROKERS: these brokers are too old; Callboard needs Apache Kafka 2\.3/s)
  })
})

const API_VERSIONS = 18
const METADATA = 3

/** Answers as Apache Kafka 1.0 would to the two questions asked first: which versions it speaks, and who is there. */
function oldBroker(): Promise<Server> {
  const i16 = (n: number) => Buffer.from([(n >> 8) & 0xff, n & 0xff])
  const i32 = (n: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(n)
    return bytes
  }
  const text = (s: string) => Buffer.concat([i16(s.length), Buffer.from(s)])
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (request) => {
      const key = request.readInt16BE(4)
      const correlation = request.subarray(8, 12)
      const { port } = server.address() as { port: number }
      const body =
        key === API_VERSIONS
          ? Buffer.concat([
              i16(0),
              i32(20),
              ...Array.from({ length: 20 }, (_, api) => Buffer.concat([i16(api), i16(0), i16(api === 1 ? 6 : 1)])),
              i32(0),
            ])
          : key === METADATA
            ? Buffer.concat([i32(1), i32(1), text('127.0.0.1'), i32(port), i16(-1), i32(1), i32(0)])
            : Buffer.alloc(0)
      socket.write(Buffer.concat([i32(4 + body.length), correlation, body]))
    })
  })
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done(server)))
}
