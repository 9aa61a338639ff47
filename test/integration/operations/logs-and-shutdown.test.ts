import { afterEach, expect, it } from 'vitest'
import { kindsByPath, type KindPath } from '#events/envelope'
import { createDemo, type DemoEvent } from '#simulator/demo'
import { runCli } from '../../helpers/cli.ts'
import { startServer, type TestServer } from '../../helpers/server.ts'
import { caughtUp } from '../../helpers/tables.ts'

const pathOf = Object.fromEntries(Object.entries(kindsByPath).map(([path, kind]) => [kind, path])) as Record<DemoEvent['kind'], KindPath>
let server: TestServer
afterEach(() => server.stop())

function events(minutes: number): DemoEvent[] {
  const startAt = Date.now() - minutes * 60_000
  const demo = createDemo({ seed: 9, startAt, storyAt: startAt + 30_000 })
  const found: DemoEvent[] = []
  for (let event = demo.next(); event.at < startAt + minutes * 60_000; event = demo.next()) found.push(event)
  return found
}

const post = (path: string, body: string): Promise<{ status: number }> =>
  server.call('POST', `/api/v1/events/${path}`, body, 'application/x-ndjson')

/** Every text below one of these names. */
function textsOf(value: unknown, names: ReadonlySet<string>, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) textsOf(item, names, found)
  else if (typeof value === 'object' && value !== null)
    for (const [name, item] of Object.entries(value)) {
      if (names.has(name) && typeof item === 'string' && item.length > 3) found.add(item)
      textsOf(item, names, found)
    }
  return found
}

it('sec.logs: a whole run at level debug, faults included, writes no words that were said and no names of people', async () => {
  server = await startServer({ CALLBOARD_LOG_LEVEL: 'debug' })
  const all = events(4)
  const words = textsOf(
    all.map(({ payload }) => payload),
    new Set(['Content', 'PartialContent', 'Transcript']),
  )
  const names = textsOf(
    all.map(({ payload }) => payload),
    new Set(['FirstName', 'LastName', 'Username', 'DisplayName']),
  )
  const secrets = ['Zaphod Beeblebrox', 'my card is lost and I am furious', '+15550109999']
  expect([words.size > 50, names.size > 10]).toEqual([true, true])

  for (const { kind, payload } of all) expect((await post(pathOf[kind], JSON.stringify(payload))).status).toBe(202)
  const lens = all.find(({ kind }) => kind === 'contact-lens')!.payload
  // What cannot be read, at every depth, with words and names in it.
  const broken = [
    `{"Content": "${secrets[1]}", "half`,
    JSON.stringify({ ...lens, Segments: { Content: secrets[1] } }),
    JSON.stringify({ ...lens, ContactId: 5, CustomerEndpoint: secrets[2] }),
    JSON.stringify([secrets[0], { FirstName: secrets[0] }]),
    JSON.stringify({ ...all.find(({ kind }) => kind === 'agent-event')!.payload, CurrentAgentSnapshot: { Configuration: secrets[0] } }),
  ]
  for (const path of Object.keys(kindsByPath)) await post(path, broken.join('\n'))
  await server.call('POST', '/api/v1/events/contact-lens', `{"Content": "${secrets[1]}"`)
  await server.call('GET', `/api/v1/transcripts?q=${encodeURIComponent(`"${secrets[1]}" speaker:nobody (`)}`)
  await server.call('GET', `/api/v1/contacts?queue=${encodeURIComponent(secrets[0]!)}`)
  await server.call('POST', '/api/v1/metrics/current', { filters: [{ key: secrets[0], values: [secrets[1]] }] })
  await server.call('PUT', '/api/v1/alert-rules/x', { name: secrets[0], condition: { type: 'phrase', phrases: [secrets[1]] } })
  await caughtUp(server.metricsUrl)
  const metrics = await (await fetch(`${server.metricsUrl}/metrics`)).text()
  await server.restart()
  await server.kill()

  const written = `${server.errors()}\n${metrics}`
  expect(written).toContain('store_child_ready')
  const leaks = [...words, ...names, ...secrets].filter((text) => written.includes(text))
  expect(leaks).toEqual([])
}, 120_000)

it('SIGTERM under load: the process ends by itself with 0, and what was acknowledged is there afterwards', async () => {
  server = await startServer()
  const all = events(3)
  let acknowledged = 0
  let stopped = false
  const load = (async () => {
    for (const { kind, payload } of all) {
      const answer = await post(pathOf[kind], JSON.stringify(payload)).catch(() => undefined)
      if (answer?.status === 202) acknowledged++
      else if (stopped) return
    }
  })()
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  stopped = true
  const startedAt = performance.now()
  const code = await server.terminate()
  const took = performance.now() - startedAt
  await load
  expect([code, server.errors()]).toEqual([0, ''])
  expect(took).toBeLessThan(15_000)

  await server.restart()
  await caughtUp(server.metricsUrl)
  const metrics = await (await fetch(`${server.metricsUrl}/metrics`)).text()
  const health = await fetch(`${server.url}/health/ready`)
  expect([health.status, metrics.includes('lanes_stalled 0')]).toEqual([200, true])
  // Each event is in the log once; the backup counts what the tables hold without opening them by hand.
  await server.terminate()
  const folder = `${server.dataDir}/copy`
  const made = await runCli(['backup', folder, '--data-dir', server.dataDir, '--json'], { CALLBOARD_DEMO: 'off' })
  expect([made.code, made.err]).toEqual([0, ''])
  const { figures } = JSON.parse((await import('node:fs')).readFileSync(`${folder}/manifest.json`, 'utf8')) as {
    figures: { events_raw: { rows: number } }
  }
  expect(acknowledged).toBeGreaterThan(50)
  // One that was durable when its answer was cut off may come on top.
  expect(figures.events_raw.rows - acknowledged).toBeGreaterThanOrEqual(0)
  expect(figures.events_raw.rows - acknowledged).toBeLessThanOrEqual(1)
}, 120_000)
