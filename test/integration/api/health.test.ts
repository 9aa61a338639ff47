import { afterEach, expect, it } from 'vitest'
import { call, startApi, type Harness } from './harness.ts'

let harness: Harness
afterEach(() => harness.close())

it('is not live while a lane that has input stands still, and says which', async () => {
  let stalled = [{ lane: 'contacts', topic: 'connect.contacts', partition: 2, seconds: 75 }]
  harness = await startApi({ deps: { stalls: () => stalled } })
  const bad = await call(harness.server, 'GET', '/health/live')
  expect([bad.status, bad.json]).toEqual([503, { live: false, stalled }])
  stalled = []
  const good = await call(harness.server, 'GET', '/health/live')
  expect([good.status, good.json]).toEqual([200, { live: true, stalled: [] }])
})

it('is not ready while a part it needs is not, but live', async () => {
  harness = await startApi({ deps: { parts: () => [{ name: 'process', ok: false, required: true, detail: 'stopping' }] } })
  const ready = await call(harness.server, 'GET', '/health/ready')
  expect(ready.status).toBe(503)
  expect(ready.text).toContain('"stopping"')
  expect((await call(harness.server, 'GET', '/health/live')).status).toBe(200)
})
