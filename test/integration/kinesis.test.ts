import { afterEach, beforeEach, expect, it } from 'vitest'
import { startKinesis, type TestKinesis } from '../helpers/kinesis.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { loadSamples } from '../helpers/samples.ts'
import { caughtUp } from '../helpers/tables.ts'
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

it('goes on after a kill where it was: nothing twice, nothing skipped, over a split of the shard', async () => {
  const event = (n: number) => ({
    key: 'amy',
    data: Buffer.from(
      JSON.stringify(
        agentEvent('amy', new Date(Date.now() - 60_000 + n * 100).toISOString(), { AgentStatus: { Name: 'Available' } }, { id: `e${n}` }),
      ),
    ),
  })
  await kinesis.put(
    'events',
    Array.from({ length: 30 }, (_, n) => event(n)),
  )
  server = await startServer(settings())
  await eventually(async () => (await taken()).events === 30, 'the first 30 are taken in')
  await server.kill()
  await kinesis.put(
    'events',
    Array.from({ length: 10 }, (_, n) => event(30 + n)),
  )
  await kinesis.split('events', 'shardId-000000000000')
  await kinesis.put(
    'events',
    Array.from({ length: 10 }, (_, n) => event(40 + n)),
  )
  await server.restart()
  await eventually(async () => (await taken()).events === 20, 'the rest is taken in from parent and child')
  await caughtUp(server.metricsUrl)
  const agents = await server.call<{ items: { lastEventAt: string }[] }>('GET', '/api/v1/agents')
  expect(agents.body.items).toHaveLength(1)
  expect((await taken()).events).toBe(20)
})
