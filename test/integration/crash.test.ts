import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { requestsFrom, sendRequest } from '../helpers/requests.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { caughtUp, differenceOf, openTestStore, readTables } from '../helpers/tables.ts'

const MINUTES = 5
const SEED = Number(process.env['CALLBOARD_TEST_SEED'] ?? Math.floor(Math.random() * 1e9))
const servers: TestServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop()
})

async function outcomeOf(server: TestServer): Promise<Record<string, string[]>> {
  await caughtUp(server.metricsUrl)
  const agents = await server.call<{ items: unknown[] }>('GET', '/api/v1/agents?limit=200')
  const queues = await server.call<{ items: unknown[] }>('GET', '/api/v1/queues?limit=200')
  await server.kill()
  const { store, stop } = await openTestStore(join(server.dataDir, 'clickhouse'))
  try {
    const asText = (items: readonly unknown[]): string[] => items.map((item) => JSON.stringify(item))
    return { agents: asText(agents.body.items), queues: asText(queues.body.items), ...(await readTables(store)) }
  } finally {
    await stop()
  }
}

it('kill -9 in the middle of a replay: nothing lost, nothing double', async () => {
  console.log(`seed ${SEED} (set CALLBOARD_TEST_SEED to replay)`)
  const all = requestsFrom(Date.now() - MINUTES * 60_000, MINUTES)
  const steady = await startServer()
  servers.push(steady)
  for (const request of all) await sendRequest(steady, request)

  const killed = await startServer()
  servers.push(killed)
  let random = SEED
  const killBefore = new Set(Array.from({ length: 3 }, () => (random = (Math.imul(random, 1103515245) + 12345) >>> 0) % all.length))
  for (const [i, request] of all.entries()) {
    if (killBefore.has(i)) {
      // Killed while the request is under way: the sender cannot know, and sends it again, as every source does.
      const underWay = sendRequest(killed, request).catch(() => undefined)
      await killed.restart()
      await underWay
    }
    await sendRequest(killed, request)
  }
  const [expected, actual] = [await outcomeOf(steady), await outcomeOf(killed)]
  expect(expected['events_raw']?.length).toBeGreaterThan(1000)
  for (const [name, rows] of Object.entries(expected)) {
    expect({ name, count: actual[name]?.length, ...differenceOf(rows, actual[name] ?? []) }).toEqual({
      name,
      count: rows.length,
      missing: [],
      extra: [],
    })
  }
}, 240_000)
