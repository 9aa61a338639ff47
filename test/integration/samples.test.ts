import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kindsByPath } from '#events/envelope'
import { startServer, type TestServer } from '../helpers/server.ts'
import { loadSamples } from '../helpers/samples.ts'
import { sampleRows } from '../helpers/samples-table.ts'

const run = promisify(execFile)
const { samples, folder, reason } = loadSamples()
const rows = new Map(sampleRows.map((row) => [row.name, row]))
const isDead = (name: string): boolean => 'dead' in rows.get(name)!
const reasons = samples.flatMap(({ name }) => {
  const row = rows.get(name)!
  return 'dead' in row ? [row.dead] : []
})

interface Counts {
  accepted: number
  duplicate: number
  deadLettered: number
}

async function deadReasons(server: TestServer): Promise<string[]> {
  const { body } = await server.call<{ items: { reason: string }[] }>('GET', '/api/v1/dead-letters?limit=200')
  return body.items.map((letter) => letter.reason).toSorted()
}

beforeAll(() => console.log(`samples: ${samples.length} from test/fixtures/samples and ${folder}${reason === null ? '' : ` (${reason})`}`))

describe('all samples through the command line', () => {
  let server: TestServer
  let sampleDir: string
  const replay = async (): Promise<Counts & { sent: number }> => {
    const flags = ['--url', server.url, '--data-dir', server.dataDir, '--json']
    const { stdout } = await run(process.execPath, [resolve('bin/callboard.mjs'), 'replay', sampleDir, ...flags])
    return JSON.parse(stdout) as Counts & { sent: number }
  }
  beforeAll(async () => {
    sampleDir = mkdtempSync(join(tmpdir(), 'callboard-samples-'))
    for (const { name, payload } of samples) {
      const file = join(sampleDir, `${name}.json`)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, JSON.stringify(payload, null, 2))
    }
    server = await startServer()
  })
  afterAll(async () => {
    await server.stop()
    rmSync(sampleDir, { recursive: true, force: true })
  })

  it('are accepted or set aside as the table says, and the counts add up', async () => {
    const counts = await replay()
    expect(counts).toMatchObject({
      sent: samples.length,
      accepted: samples.length - reasons.length,
      duplicate: 0,
      deadLettered: reasons.length,
    })
    expect(await deadReasons(server)).toEqual(reasons.toSorted())
  })

  it('are recognised when they are sent again', async () => {
    const counts = await replay()
    expect(counts).toMatchObject({
      sent: samples.length,
      accepted: 0,
      duplicate: samples.length - reasons.length,
      deadLettered: reasons.length,
    })
  })
})

describe('each sample by HTTP', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  it.each(samples)('$name', async ({ name, kind, payload }) => {
    const path = Object.entries(kindsByPath).find(([, k]) => k === kind)![0]
    const { status, body } = await server.call<Counts>('POST', `/api/v1/events/${path}`, payload)
    expect(status).toBe(202)
    expect(body).toEqual(isDead(name) ? { accepted: 0, duplicate: 0, deadLettered: 1 } : { accepted: 1, duplicate: 0, deadLettered: 0 })
  })

  it('leaves the dead letters of the table, with reason and origin', async () => {
    expect(await deadReasons(server)).toEqual(reasons.toSorted())
  })
})
