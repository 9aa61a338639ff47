import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCli } from '../helpers/cli.ts'
import { eventually } from '../helpers/eventually.ts'
import { startServer, type TestServer } from '../helpers/server.ts'

interface Report {
  checks: { area: string; status: string; title: string; detail: string; advice: string | null }[]
}

describe('callboard doctor', () => {
  let server: TestServer
  beforeAll(async () => {
    // Nobody listens there.
    const source = { type: 'kinesis', name: 'connect', stream: 'events', region: 'eu-west-1', endpoint: 'http://127.0.0.1:9' }
    server = await startServer({
      CALLBOARD_SOURCES: JSON.stringify([source]),
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    })
  })
  afterAll(() => server.stop())

  it('names the source that does not work, the streams that never came, what was set aside, and what to do; and fails', async () => {
    await server.call('POST', '/api/v1/events/agent-events', '{"a":1}\n{"b":', 'application/x-ndjson')
    const report = await eventually(async () => {
      const { code, out } = await runCli(['doctor', '--data-dir', server.dataDir, '--json'])
      const found = JSON.parse(out) as Report
      const source = found.checks.find(({ area }) => area === 'sources')
      return code === 1 && source?.detail.includes('ECONNREFUSED') && found
    }, 'the source has been refused')
    const notOk = report.checks.filter(({ status }) => status !== 'ok')
    expect(notOk.map(({ area, title }) => `${area}: ${title}`)).toEqual([
      'sources: connect (kinesis)',
      'streams: Agent events',
      'streams: Contact events',
      'streams: Contact records',
      'streams: Contact Lens',
      'dead-letters: dead letters',
    ])
    expect(notOk.every(({ advice }) => advice !== null)).toBe(true)
    const { out } = await runCli(['doctor', '--data-dir', server.dataDir])
    expect(out).toContain('FAILED  connect (kinesis)')
    expect(out).toContain('callboard dead-letters list')
  })
})
