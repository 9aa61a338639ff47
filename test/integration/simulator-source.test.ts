import { expect, it } from 'vitest'
import { eventually } from '../helpers/eventually.ts'
import { startServer } from '../helpers/server.ts'

it('a simulator in CALLBOARD_SOURCES plays in real time into a server that is no demo', async () => {
  const source = { type: 'simulator', name: 'Trial', profile: 'inbound-voice', agents: 20, queues: 6, load: 200 }
  const server = await startServer({ CALLBOARD_SOURCES: JSON.stringify([source]), CALLBOARD_DEMO: 'auto' })
  try {
    expect((await server.call<{ demo: boolean }>('GET', '/api/v1/session')).body.demo).toBe(false)
    await eventually(
      async () => (await server.call<{ items: unknown[] }>('GET', '/api/v1/contacts?limit=200')).body.items.length > 20,
      'contacts come in',
      60_000,
    )
    const { body } = await server.call<unknown>('GET', '/health/ready')
    expect(JSON.stringify(body)).toContain('plays inbound-voice')
  } finally {
    await server.stop()
  }
})

it('names the field of a simulator that cannot be', async () => {
  const bad = { CALLBOARD_SOURCES: JSON.stringify([{ type: 'simulator', profile: 'circus' }]) }
  await expect(startServer(bad)).rejects.toThrow(/SOURCES\.0\.profile: .*hybrid-mixed/)
})
