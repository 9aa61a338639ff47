import { afterEach, beforeEach, expect, it } from 'vitest'
import { startKinesis, type TestKinesis } from '../helpers/kinesis.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { loadSamples } from '../helpers/samples.ts'
import { agentEvent } from '../helpers/wire.ts'
import { eventually } from '../helpers/eventually.ts'

let kinesis: TestKinesis
let server: TestServer
beforeEach(async () => {
  kinesis = await startKinesis()
  await kinesis.createStream('events', 1)
})
afterEach(async () => {
  await server.stop()
  await kinesis.stop()
})

const settings = (): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  CALLBOARD_DEMO: 'auto',
  CALLBOARD_SOURCES: JSON.stringify([
    { type: 'kinesis', name: 'connect', stream: 'events', region: 'us-east-1', endpoint: kinesis.endpoint, pollIntervalMs: 200 },
  ]),
})

async function taken(): Promise<{ events: number; dead: number; duplicates: number }> {
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text()
  const sum = (name: string): number =>
    [...text.matchAll(new RegExp(`^${name}\\{[^}]*source="connect"[^}]*\\} (\\d+)$`, 'gm'))].reduce((n, m) => n + Number(m[1]), 0)
  return { events: sum('ingest_events_total'), dead: sum('dead_letters_total'), duplicates: sum('ingest_duplicates_total') }
}

it('reads every sample from a real stream API, told apart by content', async () => {
  const { samples } = loadSamples()
  console.log(`samples: ${samples.length}`)
  await kinesis.put(
    'events',
    samples.map(({ name, payload }) => ({ key: name, data: Buffer.from(JSON.stringify(payload)) })),
  )
  server = await startServer(settings())
  await eventually(async () => {
    const { events, dead, duplicates } = await taken()
    return events + dead + duplicates === samples.length
  }, 'all samples are taken in')
  const counts = await taken()
  const letters = await server.call<{ items: { reason: string; origin: string }[] }>('GET', '/api/v1/dead-letters?limit=200')
  expect(letters.body.items).toHaveLength(counts.dead)
  expect(letters.body.items.every((letter) => letter.origin.startsWith('events/shardId-000000000000/'))).toBe(true)
  expect(counts.duplicates).toBe(0)
})

it('goes on after a kill where it was, over a split of the shard: nothing skipped, again only what was under way', async () => {
  const startAt = Date.now() - 60_000
  const timeOf = (n: number): string => new Date(startAt + n * 100).toISOString()
  const put = (from: number, to: number): Promise<void> =>
    kinesis.put(
      'events',
      Array.from({ length: to - from }, (_, i) => ({
        key: 'amy',
        data: Buffer.from(
          JSON.stringify(agentEvent('amy', timeOf(from + i), { AgentStatus: { Name: 'Available' } }, { id: `e${from + i}` })),
        ),
      })),
    )
  await put(0, 30)
  server = await startServer(settings())
  await eventually(async () => (await taken()).events === 30, 'the first 30 are taken in')
  // One batch is in flight: when the next one is taken in, the one before is checkpointed.
  await put(30, 31)
  await eventually(async () => (await taken()).events === 31, 'one more is taken in')
  await server.kill()
  await put(31, 40)
  await kinesis.split('events', 'shardId-000000000000')
  await put(40, 50)
  await server.restart()
  await eventually(async () => {
    const { body } = await server.call<{ items: { lastEventAt: string }[] }>('GET', '/api/v1/agents')
    return body.items.length === 1 && body.items[0]?.lastEventAt === timeOf(49)
  }, 'the last event, of the child shard, is folded')
  // 19 new ones, and the one that was killed between log and checkpoint, or not.
  expect([19, 20]).toContain((await taken()).events)
})
