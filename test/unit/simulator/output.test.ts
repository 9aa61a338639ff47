import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createManualClock, type ManualClock } from '#kernel/clock'
import { toBytes, toLines } from '#simulator/output/bytes'
import { openFileSink, type FileSink } from '#simulator/output/files'
import { createHttpSink, type Counts, type HttpSinkConfig } from '#simulator/output/http'
import { pace } from '#simulator/output/pace'
import { play } from '#simulator/output/play'
import { parseDuration } from '#simulator/duration'
import { partitionKeyOf } from '#simulator/partition-key'
import type { TruthFact, WireEvent, WireKind } from '#simulator/stream'
import { goodEvents, run } from './disturb-fixture.ts'
import { T0 } from './recording.ts'

const text = (payload: string, kind: WireKind = 'agent-event', at = T0): WireEvent => ({ at, time: at, kind, payload })
const object = (n: number, kind: WireKind = 'agent-event', at = T0 + n): WireEvent => ({ at, time: at, kind, payload: { n } })
const batchesOf = async function* (list: readonly WireEvent[], size = 100): AsyncGenerator<readonly WireEvent[]> {
  for (let i = 0; i < list.length; i += size) yield list.slice(i, i + size)
}

describe('bytes', () => {
  it.each([
    ['é✓ 📿', Buffer.from('é✓ 📿')],
    ['a\uDCFFb\uDC80\uDC81', Buffer.from([0x61, 0xff, 0x62, 0x80, 0x81])],
    ['\uD83D\uDCFF', Buffer.from('\uD83D\uDCFF')],
    ['', Buffer.alloc(0)],
  ])('a lone U+DC80 to U+DCFF is a byte, and everything else UTF-8: %j', (payload, expected) => {
    expect(toBytes(text(payload))).toEqual(expected)
  })
})

describe('the files sink', () => {
  let dir: string
  beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'callboard-out-'))))
  afterEach(() => rm(dir, { recursive: true, force: true }))
  const start = (force = false, truth: { profile: string } | null = { profile: 'inbound-voice' }): Promise<FileSink> =>
    openFileSink({ dir, force, truth, endAt: () => T0 + 5 })

  it('holds afterwards what went in, kind by kind, and a truth that is one document', async () => {
    const { sent, facts } = run(goodEvents(10), { malformed: 0.05, duplicates: 0.1 })
    const sink = await start()
    const noted: TruthFact[] = [{ type: 'agents', at: T0, names: ['A', 'B\nC'] } as TruthFact, ...facts]
    noted.forEach(sink.note)
    await play(batchesOf(sent), [sink])
    for (const [kind, file] of [
      ['agent-event', 'agent-events.ndjson'],
      ['contact-event', 'contact-events.ndjson'],
      ['contact-record', 'contact-records.ndjson'],
      ['contact-lens', 'contact-lens.ndjson'],
      ['softphone-report', 'softphone-reports.ndjson'],
      ['queue-log', 'queue-log.txt'],
    ]) {
      const expected = toLines(sent.filter((e) => e.kind === kind).map(toBytes))
      expect((await readFile(join(dir, file!))).equals(expected), file).toBe(true)
    }
    const document = await readFile(join(dir, 'truth.json'), 'utf8')
    expect(JSON.parse(document)).toEqual({ version: 1, profile: 'inbound-voice', facts: noted, counts: sink.counts(), endAt: T0 + 5 })
    expect(document.split('\n')).toHaveLength(noted.length + 3)
    expect(Object.values(sink.counts()).reduce((sum, n) => sum + n, 0)).toBe(sent.length)
    expect((await readdir(dir)).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('writes a truth without facts, and none when it is not wanted', async () => {
    await (await start()).close()
    expect(JSON.parse(await readFile(join(dir, 'truth.json'), 'utf8'))).toMatchObject({ facts: [], counts: {} })
    const sink = await start(true, null)
    sink.note({ type: 'x', at: 1 })
    await sink.write([object(1)])
    await sink.close()
    expect(await readdir(dir)).toEqual(['agent-events.ndjson'])
  })

  it('has no finished file before the end, nor after a failure, and refuses what such a run left', async () => {
    const sink = await start()
    await sink.write([object(1)])
    expect(await readdir(dir)).toEqual(['agent-events.ndjson.part', 'truth.json.part'])
    const failing = { ...sink, write: () => Promise.reject(new Error('disk full')) }
    await expect(play(batchesOf([object(2)]), [failing])).rejects.toThrow('disk full')
    expect(await readdir(dir)).toEqual(['agent-events.ndjson.part', 'truth.json.part'])
    await expect(start()).rejects.toThrow(/already holds parts of a run/)
    await (await start(true)).close()
    expect(await readdir(dir)).toEqual(['truth.json'])
    await expect(start()).rejects.toThrow(/already holds a run/)
  })

  it('with force removes only files of a run', async () => {
    await writeFile(join(dir, 'notes.txt'), 'mine')
    await writeFile(join(dir, 'queue-log.txt'), 'old')
    await (await start(true)).close()
    expect(await readdir(dir)).toEqual(['notes.txt', 'truth.json'])
  })
})

describe('the http sink', () => {
  const counts = (accepted: number): Counts => ({ accepted, duplicate: 0, deadLettered: 0 })
  const linesIn = (body: Uint8Array): string[] => Buffer.from(body).toString().trimEnd().split('\n')
  const passing = new Error('503')
  let clock: ManualClock
  let posted: [kind: string, lines: string[]][]
  /** Failures to give before anything works. */
  let failures: Error[]
  beforeEach(() => {
    clock = createManualClock(T0)
    posted = []
    failures = []
  })
  const open = (config: HttpSinkConfig = {}) =>
    createHttpSink(config, {
      // Waits end at once, and take their time all the same.
      clock: { now: clock.now, after: (ms, task) => (clock.advance(ms), setImmediate(task), () => undefined) },
      mayPass: (error) => error === passing,
      async post(kind, body) {
        const failure = failures.shift()
        if (failure) throw failure
        posted.push([kind, linesIn(body)])
        return counts(linesIn(body).length)
      },
    })

  it('keeps the order of each kind, and sends no more in one request than is allowed', async () => {
    const sink = open({ batchMessages: 3, batchBytes: 40 })
    await sink.write([object(1), object(2), object(3, 'contact-event'), object(4), object(5), text('x'.repeat(30)), text('y'.repeat(50))])
    const agents = posted.filter(([kind]) => kind === 'agent-events').map(([, lines]) => lines)
    expect(agents).toEqual([['{"n":1}', '{"n":2}', '{"n":4}'], ['{"n":5}', 'x'.repeat(30)], ['y'.repeat(50)]])
    expect(posted).toContainEqual(['contact-events', ['{"n":3}']])
    expect(sink.result()).toMatchObject({ accepted: 7, requests: 4, retries: 0, skipped: {} })
  })

  it('tries again what may pass, and gives up when patience ends', async () => {
    const sink = open({ patienceMs: 10_000 })
    failures = Array.from({ length: 4 }, () => passing)
    await sink.write([object(1)])
    expect(sink.result()).toMatchObject({ accepted: 1, retries: 4 })
    failures = Array.from({ length: 50 }, () => passing)
    await expect(sink.write([object(2)])).rejects.toBe(passing)
    expect(failures.length).toBeGreaterThan(30)
  })

  it('does not try again what will not pass', async () => {
    const sink = open()
    failures = [new Error('401')]
    await expect(sink.write([object(1)])).rejects.toThrow('401')
    expect(sink.result().retries).toBe(0)
  })

  it('leaves out, and counts, kinds the server does not take and lines without anything on them', async () => {
    const sink = open()
    await sink.write([object(1, 'softphone-report'), text('1|2|q|a|CONNECT', 'queue-log'), text(''), text('  '), object(2)])
    expect(posted).toEqual([['agent-events', ['{"n":2}']]])
    expect(sink.result().skipped).toEqual({ 'softphone-reports': 1, 'queue-log': 1, blank: 2 })
  })
})

describe('the pace', () => {
  const events = [0, 10, 10, 2000, 9000].map((ms, i) => object(i, 'agent-event', T0 + ms))
  const idsOf = (batch: readonly WireEvent[]): unknown[] => batch.map((e) => (e.payload as { n: number }).n)

  it.each([
    [1, [0, 10, 2000, 9000]],
    [10, [0, 1, 200, 900]],
  ])('gives each message when it is due, %d times real time', async (speed, expected) => {
    const clock = createManualClock(1_000_000)
    const given: number[] = []
    const ids: unknown[] = []
    const done = (async () => {
      for await (const batch of pace(events, { speed, startAt: T0 }, clock)) {
        given.push(clock.now() - 1_000_000)
        ids.push(...idsOf(batch))
      }
    })()
    for (let ms = 0; ms <= 9000; ms++) {
      await new Promise(setImmediate)
      clock.advance(1)
    }
    await done
    expect(ids).toEqual([0, 1, 2, 3, 4])
    expect(given).toEqual(expected)
  })

  it('at full speed gives full batches and never waits', async () => {
    const batches: unknown[][] = []
    for await (const batch of pace(events, { speed: 'max', startAt: T0, batchSize: 2 }, createManualClock(0))) batches.push(idsOf(batch))
    expect(batches).toEqual([[0, 1], [2, 3], [4]])
  })

  it('ends when it is told to, also while it waits', async () => {
    const stop = new AbortController()
    const ids: unknown[] = []
    for await (const batch of pace(events, { speed: 1, startAt: T0 }, createManualClock(0), stop.signal)) {
      ids.push(...idsOf(batch))
      stop.abort()
    }
    expect(ids).toEqual([0])
  })
})

describe('partition keys', () => {
  it('are the agent ARN or the contact id', () => {
    for (const event of goodEvents(3)) {
      const key = partitionKeyOf(event)
      if (event.kind === 'agent-event') expect(key).toMatch(/^arn:.*\/agent\//)
      else expect(key).toMatch(/^(c?\d+\.\d+|[\da-f-]{36})$/)
    }
    expect(partitionKeyOf(text('{"cut'))).toBe('agent-event')
  })
})

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['-20s', -20_000],
    ['2d', 172_800_000],
    ['250ms', 250],
    ['10', undefined],
    ['1x', undefined],
    ['', undefined],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms))
})
