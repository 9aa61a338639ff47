import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createTelemetry } from '#kernel/telemetry'
import { createTestClock, entry, readAll, suiteTopics, T0, tempFolder, text } from '../../conformance/support.ts'
import { appendTexts, HOUR_MS, openTestLog } from './support.ts'
import { eventually } from '../../helpers/eventually.ts'

const { input, dead, rows: table } = suiteTopics
const slicesIn = async (dir: string): Promise<string[]> => (await readdir(join(dir, 'slices'))).toSorted()
const textsOf = async (log: Parameters<typeof readAll>[0], from?: number): Promise<(string | null)[]> =>
  (await readAll(log, input, 0, from)).map(({ value }) => text(value))

it('begins a slice with the first append of an hour, and reads and offsets go on across it', async () => {
  const dir = await tempFolder()
  const clock = createTestClock(T0 + HOUR_MS - 1)
  const log = await openTestLog({ dir, clock })
  await appendTexts(log, 'a', 'b')
  clock.advance(1)
  await appendTexts(log, 'c')
  clock.advance(HOUR_MS - 1)
  await appendTexts(log, 'd')
  expect(await slicesIn(dir)).toEqual(['00000001-2025-01-06T10', '00000002-2025-01-06T11'])
  clock.advance(5 * HOUR_MS)
  await appendTexts(log, 'e')
  expect((await slicesIn(dir)).at(-1)).toBe('00000003-2025-01-06T16')
  expect(await textsOf(log)).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(await textsOf(log, 1)).toEqual(['b', 'c', 'd', 'e'])
  const across = await log.read(input, 0, 1, { maxRecords: 2, maxBytes: 1000 })
  expect([across.records.map(({ offset }) => offset), across.next]).toEqual([[1, 2], 3])
})

it('stays in order over many slices after a restart, with more of them than are held open', async () => {
  const dir = await tempFolder()
  const clock = createTestClock()
  const log = await openTestLog({ dir, clock })
  const texts = Array.from({ length: 14 }, (_, i) => `t${i}`)
  for (const each of texts) {
    await appendTexts(log, each)
    clock.advance(HOUR_MS)
  }
  expect(await textsOf(log)).toEqual(texts)
  await log.close()
  const again = await openTestLog({ dir, clock })
  for (const from of [0, 13, 3, 0]) expect(await textsOf(again, from)).toEqual(texts.slice(from))
  await appendTexts(again, 'more')
  expect(await again.bounds(input, 0)).toEqual({ start: 0, end: 15 })
})

it('unlinks closed slices past retention, and says what is left to a reader below', async () => {
  const dir = await tempFolder()
  const clock = createTestClock()
  const log = await openTestLog({ dir, clock, retentionMs: 3 * HOUR_MS })
  for (const each of ['a', 'b', 'c']) {
    await appendTexts(log, each)
    clock.advance(HOUR_MS)
  }
  await appendTexts(log, 'd')
  clock.advance(HOUR_MS - 600_000)
  await eventually(async () => (await slicesIn(dir)).length === 3, 'the first slice is gone')
  expect(await log.bounds(input, 0)).toEqual({ start: 1, end: 4 })
  await expect(log.read(input, 0, 0, { maxRecords: 1, maxBytes: 1 })).rejects.toMatchObject({
    code: 'LOG_OFFSET_OUT_OF_RANGE',
    details: { start: 1, end: 4 },
  })
  expect(await textsOf(log)).toEqual(['b', 'c', 'd'])
})

it('lets the last records go too, in an hour without appends, and never gives an offset or an older time again', async () => {
  const dir = await tempFolder()
  const clock = createTestClock()
  const log = await openTestLog({ dir, clock, retentionMs: 2 * HOUR_MS })
  await appendTexts(log, 'a', 'b')
  clock.advance(4 * HOUR_MS)
  await eventually(async () => (await log.bounds(input, 0)).start === 2, 'all records are gone')
  expect(await log.bounds(input, 0)).toEqual({ start: 2, end: 2 })
  await log.close()
  clock.jump(-10 * HOUR_MS)
  const again = await openTestLog({ dir, clock })
  const [position] = await again.append(input, [entry('k', 'c')])
  expect(position).toEqual({ partition: 0, offset: 2, ingestTime: T0 })
})

it('lets dead letters of the state environment go by the same age', async () => {
  const dir = await tempFolder()
  const clock = createTestClock()
  const log = await openTestLog({ dir, clock, retentionMs: 2 * HOUR_MS })
  for (let i = 0; i < 3; i++) {
    await log.append(dead, [entry('s', `d${i}`)])
    clock.advance(HOUR_MS)
  }
  await eventually(async () => (await log.bounds(dead, 0)).start === 2, 'two dead letters are gone')
  expect((await readAll(log, dead, 0)).map(({ value }) => text(value))).toEqual(['d2'])
})

it('goes on in new slices when the clock was ahead and is set right', async () => {
  const dir = await tempFolder()
  const clock = createTestClock()
  clock.jump(1000 * HOUR_MS)
  const log = await openTestLog({ dir, clock, retentionMs: 2 * HOUR_MS })
  await appendTexts(log, 'from the future')
  clock.jump(-1000 * HOUR_MS)
  await appendTexts(log, 'now')
  expect(await slicesIn(dir)).toEqual(['00000001-2025-02-17T02', '00000002-2025-01-06T10'])
  clock.advance(3 * HOUR_MS)
  await eventually(async () => (await log.bounds(input, 0)).start === 1, 'the slice of the future is gone')
})

it('clears away what a crash left of a slice begun or given up', async () => {
  const dir = await tempFolder()
  const log = await openTestLog({ dir })
  await appendTexts(log, 'a')
  await log.close()
  for (const left of ['00000002-2025-01-06T11.new', '00000000-2025-01-06T09.gone']) {
    await mkdir(join(dir, 'slices', left))
    await writeFile(join(dir, 'slices', left, 'data.mdb'), 'half')
  }
  const again = await openTestLog({ dir })
  expect(await slicesIn(dir)).toEqual(['00000001-2025-01-06T10'])
  expect(await textsOf(again)).toEqual(['a'])
})

it('keeps what a lane has not read, and says so; lets it go a while after the lane has', async () => {
  const dir = await tempFolder()
  const clock = createTestClock()
  const logged: string[] = []
  const telemetry = createTelemetry((_level, event) => void logged.push(event))
  const log = await openTestLog({ dir, clock, telemetry, retentionMs: 3 * HOUR_MS, readMarginMs: 2 * HOUR_MS })
  const lane = await log.openLane({ name: 'slow', inputs: [input] }, { assigned: async () => {}, revoked: async () => {} })
  await appendTexts(log, 'a', 'b')
  await lane.commit({ partition: 0, outputs: [], positions: [{ topic: input, next: 1 }] }).catch(() => undefined)
  clock.advance(HOUR_MS)
  await appendTexts(log, 'c')
  for (let hour = 0; hour < 30; hour++) clock.advance(HOUR_MS)
  await eventually(() => logged.includes('log_retention_held'), 'it is said')
  expect(telemetry.render()).toMatch(/log_retention_held_total\{lane="slow",topic="connect\.\w+"\} \d/)
  expect(await textsOf(log)).toEqual(['a', 'b', 'c'])

  await lane.commit({ partition: 0, outputs: [], positions: [{ topic: input, next: 3 }] })
  clock.advance(600_000)
  await eventually(() => telemetry.render().includes('log_retention_overdue_seconds 0'), 'nothing is held any more')
  expect(await textsOf(log)).toEqual(['a', 'b', 'c'])
  clock.advance(2 * HOUR_MS + 600_000)
  await eventually(async () => (await log.bounds(input, 0)).start === 3, 'all is gone')
})

it('does not let go what lanes of the last run had still to read, before they are opened again', async () => {
  const dir = await tempFolder()
  const clock = createTestClock()
  const log = await openTestLog({ dir, clock, retentionMs: 2 * HOUR_MS })
  const lane = await log.openLane({ name: 'slow', inputs: [input] }, { assigned: async () => {}, revoked: async () => {} })
  await appendTexts(log, 'a', 'b')
  await eventually(() => lane.commit({ partition: 0, outputs: [], positions: [{ topic: input, next: 1 }] }).then(() => true))
  await log.close()
  clock.jump(10 * HOUR_MS)
  const again = await openTestLog({ dir, clock, retentionMs: 2 * HOUR_MS })
  clock.advance(600_000)
  await appendTexts(again, 'c')
  expect(await textsOf(again)).toEqual(['a', 'b', 'c'])
})

it('deletes keys of a compacted topic that nobody wrote for the age set for it, so that followers hear of it', async () => {
  const dir = await tempFolder()
  const clock = createTestClock()
  const log = await openTestLog({ dir, clock, retentionByTopic: { [table]: 2 * HOUR_MS } })
  await log.append(table, [entry('old', '1'), entry('renewed', '1')])
  clock.advance(HOUR_MS)
  await log.append(table, [entry('renewed', '2')])
  clock.advance(HOUR_MS + 600_000)
  await eventually(async () => (await log.bounds(table, 0)).end === 4, 'the old key is deleted')
  expect([...log.table(table, 0).scan('')].map(({ key }) => key)).toEqual(['renewed'])
  expect((await readAll(log, table, 0)).map(({ key, value }) => [key, text(value)])).toEqual([
    ['renewed', '2'],
    ['old', null],
  ])
})
