import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../helpers/server.ts'
import { loadSamples } from '../helpers/samples.ts'

const run = promisify(execFile)
const { samples, folder, reason } = loadSamples()
let server: TestServer
let sampleDir: string

beforeAll(async () => {
  console.log(`samples: ${samples.length} from test/fixtures/samples and ${folder}${reason === null ? '' : ` (${reason})`}`)
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

interface Counts {
  sent: number
  accepted: number
  duplicate: number
  deadLettered: number
}

async function replay(...flags: string[]): Promise<Counts> {
  const { stdout } = await run(process.execPath, [
    resolve('bin/callboard.mjs'),
    'replay',
    sampleDir,
    '--url',
    server.url,
    '--data-dir',
    server.dataDir,
    '--json',
    ...flags,
  ])
  return JSON.parse(stdout) as Counts
}

describe('all samples through the command line', () => {
  it('are accepted or set aside as the table says, and the counts add up', async () => {
    const counts = await replay()
    expect(counts.accepted + counts.duplicate + counts.deadLettered).toBe(counts.sent)
    expect(counts.sent).toBe(samples.length)
    const dead = await server.call<{ items: { reason: string }[] }>('GET', '/api/v1/dead-letters?limit=200')
    expect(dead.body.items).toHaveLength(counts.deadLettered)
    expect(counts.duplicate).toBe(0)
  })

  it('are recognised when they are sent again', async () => {
    const counts = await replay()
    expect(counts).toMatchObject({ accepted: 0, sent: samples.length })
    expect(counts.duplicate + counts.deadLettered).toBe(samples.length)
  })
})
