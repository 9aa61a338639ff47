import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { GetRecordsCommand, GetShardIteratorCommand, ListShardsCommand } from '@aws-sdk/client-kinesis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeUtf8, isJsonObject, parseJson } from '#kernel/json'
import { decodePayload } from '#events/decode'
import type { SourceKind } from '#events/envelope'
import { disturb } from '#simulator/disturb/disturb'
import { resolveKnobs } from '#simulator/disturb/knobs'
import { toBytes } from '#simulator/output/bytes'
import { profileList, startSimulation } from '#simulator/start'
import { partitionKeyOf } from '#simulator/partition-key'
import { messagesOf, type TruthFact, type WireEvent } from '#simulator/stream'
import type { SimulateSummary } from '#cli/simulate'
import { startKinesis } from '../helpers/kinesis.ts'
import { startServer, type TestServer } from '../helpers/server.ts'
import { eventually } from '../helpers/eventually.ts'

const exec = promisify(execFile)
const command = resolve('bin/callboard.mjs')
const environment = { ...process.env, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
const dir = mkdtempSync(join(tmpdir(), 'callboard-simulate-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

interface Ran {
  code: number
  stdout: string
  stderr: string
}
async function callboard(...args: string[]): Promise<Ran> {
  try {
    return { code: 0, ...(await exec(process.execPath, [command, 'simulate', ...args], { env: environment, cwd: dir })) }
  } catch (error) {
    return error as Ran
  }
}
const summaryOf = ({ stdout, stderr }: Ran): SimulateSummary => {
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as SimulateSummary
}

/** Half an hour that ended a good while ago, so that nothing is in the future. */
const from = new Date(Math.floor((Date.now() - 90 * 60_000) / 1000) * 1000)
const slice = ['--from', from.toISOString(), '--for', '30m']

function expectedEvents(seed: number): WireEvent[] {
  const startAt = from.getTime()
  const simulation = startSimulation({ profile: 'inbound-voice', seed, startAt, endAt: startAt + 30 * 60_000, steady: true })
  return [...disturb(messagesOf(simulation), resolveKnobs('hard'), seed)]
}

function isReadable(event: WireEvent): boolean {
  const text = decodeUtf8(toBytes(event))
  const parsed = text === undefined ? undefined : parseJson(text)
  return parsed?.ok === true && isJsonObject(parsed.value) && decodePayload(parsed.value, event.kind as SourceKind).ok
}

describe('into a running server', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  it('everything is taken in, and what is broken is a dead letter and counted', async () => {
    const ran = await callboard(
      'inbound-voice',
      ...slice,
      '--disturb',
      'hard',
      '--seed',
      '3',
      '--http',
      server.url,
      '--data-dir',
      server.dataDir,
      '--json',
    )
    const summary = summaryOf(ran)
    const events = expectedEvents(3)
    const { accepted, duplicate, deadLettered, skipped } = summary.http!
    const blank = skipped.blank ?? 0
    const unreadable = events.filter((e) => !isReadable(e)).length
    expect(summary.messages).toBe(events.length)
    expect(deadLettered).toBe(unreadable - blank)
    expect(accepted + duplicate).toBe(events.length - unreadable)
    expect(duplicate).toBeGreaterThan(50)
    expect(summary.disturbed['malformed']).toBeGreaterThan(20)
    const metrics = await (await fetch(`${server.metricsUrl}/metrics`)).text()
    const dead = [...metrics.matchAll(/^dead_letters_total\{[^}]*\} (\d+)$/gm)].reduce((sum, m) => sum + Number(m[1]), 0)
    expect(dead).toBe(deadLettered)
    const agents = await eventually(async () => {
      const { body } = await server.call<{ items: unknown[] }>('GET', '/api/v1/agents?limit=200')
      return body.items.length === 35 && body.items
    }, 'everybody is on the board')
    expect(agents).toHaveLength(35)
    expect(server.errors()).not.toMatch(/"level":50/)
  })

  it('finds the server of the data folder, and says in one line what it did', async () => {
    const ran = await callboard('inbound-voice', '--for', '2m', '--data-dir', server.dataDir)
    expect(ran.stdout).toMatch(
      /^inbound-voice, seed 1: [\d,]+ events \(.*\) in [\d.]+ s; http:\/\/127.*: [\d,]+ accepted, 0 duplicate, 0 dead-lettered\n$/,
    )
    expect(ran).toMatchObject({ code: 0, stderr: '' })
  })

  it('says that the key is wrong', async () => {
    const ran = await callboard('inbound-voice', '--for', '2m', '--url', server.url, '--key', 'cb_nope')
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('AUTH_REQUIRED')
  })
})

describe('into files', () => {
  const filesIn = (folder: string): Record<string, string> =>
    Object.fromEntries(readdirSync(join(dir, folder)).map((name) => [name, readFileSync(join(dir, folder, name)).toString('latin1')]))

  it('the same seed and time give the same files, with a truth that names what was lost and added', async () => {
    const args = ['inbound-voice', ...slice, '--disturb', 'hard', '--seed', '9', '--json']
    const summary = summaryOf(await callboard(...args, '--out', 'one'))
    await callboard(...args, '--out', 'two')
    expect(filesIn('two')).toEqual(filesIn('one'))
    const truth = JSON.parse(readFileSync(join(dir, 'one/truth.json'), 'utf8')) as {
      facts: TruthFact[]
      counts: Record<string, number>
      startAt: number
      endAt: number
    }
    expect(truth).toMatchObject({ version: 1, profile: 'inbound-voice', seed: 9, knobs: resolveKnobs('hard') })
    expect([truth.startAt, truth.endAt]).toEqual([from.getTime(), from.getTime() + 30 * 60_000])
    expect(truth.counts).toEqual(summary.byKind)
    const told: Record<string, number> = {}
    for (const { knob } of truth.facts as { knob?: string }[]) if (typeof knob === 'string') told[knob] = (told[knob] ?? 0) + 1
    expect(told).toEqual(summary.disturbed)
    expect(Object.keys(told).toSorted()).toEqual(['duplicates', 'lostContactEvents', 'malformed', 'resentRecords', 'unknownTypes'])
    const again = await callboard(...args, '--out', 'one')
    expect(JSON.parse(again.stderr)).toEqual({ error: expect.stringMatching(/^--out: one already holds a run .*--force/) })
    expect((await callboard(...args, '--out', 'one', '--force')).code).toBe(0)
  })

  it('in real time stays alive while it waits, and Ctrl-C finishes the files', async () => {
    const child = spawn(
      process.execPath,
      [command, 'simulate', 'inbound-voice', '--for', '1h', '--speed', '1', '--out', 'live', '--json'],
      {
        cwd: dir,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    let stdout = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    const ended = new Promise<number | null>((done) => child.once('close', done))
    const file = join(dir, 'live/agent-events.ndjson.part')
    await eventually(() => existsSync(file) && readFileSync(file, 'utf8').split('\n').length > 8, 'a few messages are there')
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    expect(JSON.parse(stdout)).toMatchObject({ isStopped: true, out: 'live' })
    const truth = JSON.parse(readFileSync(join(dir, 'live/truth.json'), 'utf8')) as { endAt: number; startAt: number }
    expect(truth.endAt - truth.startAt).toBeLessThan(60_000)
  })
})

it('into Kinesis: every message once, under the key that Amazon Connect uses', async () => {
  const kinesis = await startKinesis()
  try {
    await kinesis.createStream('agents', 2)
    await kinesis.createStream('other', 1)
    const args = [
      '--kinesis',
      'us-east-1',
      '--kinesis-endpoint',
      kinesis.endpoint,
      '--stream',
      'agent-events=agents',
      '--stream',
      'any=other',
    ]
    const summary = summaryOf(await callboard('inbound-voice', ...slice, '--disturb', 'hard', '--seed', '3', ...args, '--json'))
    const read = async (stream: string): Promise<string[]> => {
      const found: string[] = []
      const { Shards } = await kinesis.client.send(new ListShardsCommand({ StreamName: stream }))
      for (const { ShardId } of Shards ?? []) {
        const where = { StreamName: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const }
        let { ShardIterator } = await kinesis.client.send(new GetShardIteratorCommand(where))
        for (let isMore = true; isMore;) {
          const page = await kinesis.client.send(new GetRecordsCommand({ ShardIterator, Limit: 10_000 }))
          for (const { PartitionKey, Data } of page.Records ?? [])
            found.push(`${PartitionKey} ${Buffer.from(Data ?? []).toString('latin1')}`)
          ShardIterator = page.NextShardIterator
          isMore = (page.Records ?? []).length > 0
        }
      }
      return found.toSorted()
    }
    const events = expectedEvents(3)
    const expected = (isAgents: boolean): string[] =>
      events
        .filter((e) => (e.kind === 'agent-event') === isAgents)
        .map((e) => `${partitionKeyOf(e)} ${toBytes(e).toString('latin1')}`)
        .toSorted()
    expect(await read('agents')).toEqual(expected(true))
    expect(await read('other')).toEqual(expected(false))
    expect(summary.kinesis).toMatchObject({ records: events.length, skipped: {} })
  } finally {
    await kinesis.stop()
  }
})

describe('the command line', () => {
  it('lists the profiles', async () => {
    const { stdout } = await callboard('--list')
    expect(stdout.trimEnd().split('\n')).toHaveLength(profileList.length)
    expect(JSON.parse((await callboard('--list', '--json')).stdout)).toEqual(profileList)
  })

  it('shows examples and every knob in its help', async () => {
    const { stdout } = await callboard('--help')
    expect(stdout).toContain('callboard simulate inbound-voice --knob duplicates=0.05')
    expect(stdout).toContain('lateShard ')
  })

  it.each<[what: string, args: string[], message: RegExp]>([
    ['no profile', [], /name a profile; the profiles are omnichannel, inbound-voice, /],
    ['an unknown profile', ['inbound'], /there is no profile inbound; the profiles are omnichannel, inbound-voice, /],
    ['a bad duration', ['inbound-voice', '--for', 'soon'], /'--for <duration>' argument 'soon' is invalid. a duration like 90s/],
    ['a bad time', ['inbound-voice', '--from', 'noon'], /'--from <time>' argument 'noon' is invalid. an ISO time/],
    ['a bad seed', ['inbound-voice', '--seed', 'x'], /'--seed <n>' argument 'x' is invalid/],
    ['a bad speed', ['inbound-voice', '--speed', '0'], /'--speed <n>' argument '0' is invalid/],
    [
      'an unknown preset',
      ['inbound-voice', '--disturb', 'wild'],
      /'--disturb <preset>' argument 'wild' is invalid. Allowed choices are none, mild, hard/,
    ],
    ['a knob without a value', ['inbound-voice', '--knob', 'duplicates'], /'--knob <name=value>' argument 'duplicates' is invalid/],
    ['an unknown knob', ['inbound-voice', '--knob', 'dupes=1'], /--knob: there is no knob dupes; the knobs are duplicates, /],
    ['a knob out of range', ['inbound-voice', '--knob', 'malformed=5m'], /--knob: knob malformed must be a share from 0 to 1, not 300000/],
    ['an unknown kind of stream', ['inbound-voice', '--stream', 'chats=x'], /'--stream <kind=name>' argument 'chats=x' is invalid/],
    ['no stream', ['inbound-voice', '--kinesis', 'us-east-1'], /--stream: name at least one stream/],
    ['nobody there', ['inbound-voice', '--http', 'http://127.0.0.1:1'], /--http: no server answers at http:\/\/127.0.0.1:1/],
    ['no address', ['inbound-voice', '--http', 'here'], /--http here is not an address/],
    ['a folder that is a file', ['inbound-voice', '--out', command], /--out: .*EEXIST/],
    [
      'no such stream',
      ['inbound-voice', '--kinesis', 'us-east-1', '--kinesis-endpoint', 'http://127.0.0.1:1', '--stream', 'any=x', '--for', '1s'],
      /--kinesis: stream x: .*ECONNREFUSED/,
    ],
  ])('names the option: %s', async (_, args, message) => {
    const { code, stderr } = await callboard(...args)
    expect(stderr).toMatch(message)
    expect(code).toBe(1)
  })
})
