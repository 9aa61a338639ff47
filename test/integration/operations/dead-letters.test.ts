import { afterAll, beforeAll, expect, it } from 'vitest'
import { contactEvent } from '../../helpers/wire.ts'
import { runCli } from '../../helpers/cli.ts'
import { startServer, type TestServer } from '../../helpers/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(() => server.stop())

const cli = (...args: string[]) => runCli(['dead-letters', ...args, '--data-dir', server.dataDir, '--json'])

it('dead letters are listed by reason and source, shown with their message, and taken in again once', async () => {
  // A few seconds from now this is no longer five minutes ahead.
  const at = new Date(Date.now() + 5 * 60_000 + 4_000).toISOString()
  await server.call('POST', '/api/v1/events/contact-events', contactEvent({ contactId: 'c-early', eventType: 'INITIATED', at }))
  await server.call('POST', '/api/v1/events/contact-events', '{"a":1}\n{"half', 'application/x-ndjson')

  const listed = JSON.parse((await cli('list')).out) as { id: string; reason: string; redrivenAt: string | null }[]
  expect(listed.map(({ reason }) => reason).toSorted()).toEqual(['event-time-in-future', 'invalid-json', 'no-contact-id'])
  const early = JSON.parse((await cli('list', '--reason', 'event-time-in-future')).out) as typeof listed
  expect(early).toHaveLength(1)
  expect(JSON.parse((await cli('list', '--source', 'nobody')).out)).toEqual([])
  const shown = JSON.parse((await cli('show', early[0]!.id)).out) as { text: string; kind: string }
  expect([JSON.parse(shown.text).detail.contactId, shown.kind]).toEqual(['c-early', 'contact-event'])

  expect((await cli('redrive')).code).toBe(1)
  const dry = JSON.parse((await cli('redrive', '--all', '--dry-run')).out) as { counts: Record<string, number> }
  expect(dry.counts).toMatchObject({ stillRefused: 3 - (dry.counts['redriven'] ?? 0) })
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(at) - 5 * 60_000 + 100 - Date.now())))
  const run = async (): Promise<unknown> => (JSON.parse((await cli('redrive', '--all')).out) as { counts: unknown }).counts
  expect(await run()).toMatchObject({ redriven: 1, stillRefused: 2, alreadyRedriven: 0 })
  expect(await run()).toMatchObject({ redriven: 0, stillRefused: 2, alreadyRedriven: 1 })
  expect((JSON.parse((await cli('list', '--reason', 'event-time-in-future')).out) as typeof listed)[0]?.redrivenAt).toMatch(/^20/)
  const missing = await cli('show', '0-999999')
  expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('there is no dead letter')])
})
