import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { partitionOf } from '#kernel/partition'
import type { EventLog, LogRecord } from '#log/port'
import { createTestClock, entry, openOwnedLane, readAll, suiteTopics, text, type TestClock } from './support.ts'
import { eventually } from '../helpers/eventually.ts'

export interface LogUnderTest {
  log: EventLog
  /** Closes the log and opens it again on the same data. Absent when the implementation keeps nothing. */
  reopen?: () => Promise<EventLog>
  cleanUp: () => Promise<void>
}

export interface SuiteLogOptions {
  partitionCount: number
  clock: TestClock
  maxRecordBytes: number
  maxPendingBytes: number
  tombstoneRetentionMs: number
}

export interface LogFeatures {
  /** Takes its time from the test's clock. */
  usesClock: boolean
  /** A superseded record is gone from reads at once, not some time later. */
  compactsAtOnce: boolean
}

const { input, other, rows, settings, dead } = suiteTopics
const MIB = 1024 * 1024
const limits = { maxRecords: 1000, maxBytes: 64 * MIB }

/** The contract of `log/port.ts`, case by case. Every implementation runs it. */
export function eventLogSuite(name: string, make: (options: SuiteLogOptions) => Promise<LogUnderTest>, features: LogFeatures): void {
  describe(`event log: ${name}`, () => {
    let clock: TestClock
    let under: LogUnderTest
    let log: EventLog
    /** A key of partition 0, and one of partition 1. */
    const key0 = keyOf(0)
    const key1 = keyOf(1)

    beforeEach(async () => {
      clock = createTestClock()
      under = await make({ partitionCount: 4, clock, maxRecordBytes: 2 * MIB, maxPendingBytes: 4 * MIB, tombstoneRetentionMs: 3_600_000 })
      log = under.log
    })
    afterEach(() => under.cleanUp())

    describe('append and read', () => {
      it('keeps the entries of one key in one partition, in the order of calls and of entries', async () => {
        const calls = Array.from({ length: 20 }, (_, call) =>
          log.append(input, [entry(key0, `${call}a`), entry(key1, 'x'), entry(key0, `${call}b`)]),
        )
        await Promise.all(calls)
        const own = (await readAll(log, input, 0)).filter(({ key }) => key === key0)
        expect(own.map(({ value }) => text(value))).toEqual(Array.from({ length: 20 }, (_, call) => [`${call}a`, `${call}b`]).flat())
      })

      it('gives back key, value, headers, place and time as appended', async () => {
        const headers = { kind: 'agent-event', note: 'Zürich ☎', empty: '' }
        const [position] = await log.append(input, [entry(key1, new Uint8Array([0, 255, 10]), headers)])
        const [record] = await readAll(log, input, 1)
        expect(record).toMatchObject({ key: key1, headers, partition: 1, offset: position!.offset, ingestTime: position!.ingestTime })
        expect([...record!.value!]).toEqual([0, 255, 10])
      })

      it('numbers entries of a partition upwards, and its time never goes back though the clock does', async () => {
        const times: number[] = []
        for (const jump of [0, 5000, -60_000, 10, -3_600_000 * 2]) {
          clock.jump(jump)
          const [position] = await log.append(input, [entry(key0, 'v')])
          times.push(position!.ingestTime)
        }
        const records = await readAll(log, input, 0)
        expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4])
        expect(records.map(({ ingestTime }) => ingestTime)).toEqual(times)
        expect(times).toEqual(times.toSorted((a, b) => a - b))
        if (features.usesClock) expect(times[1]).toBe(times[0]! + 5000)
      })

      it('reads up to the limits and says where to go on, but always one record', async () => {
        await log.append(
          input,
          Array.from({ length: 10 }, (_, i) => entry(key0, Buffer.alloc(1000, i))),
        )
        const byCount = await log.read(input, 0, 2, { maxRecords: 3, maxBytes: MIB })
        expect([byCount.records.map(({ offset }) => offset), byCount.next]).toEqual([[2, 3, 4], 5])
        const byBytes = await log.read(input, 0, 0, { maxRecords: 100, maxBytes: 3500 })
        expect(byBytes.records.length).toBeLessThanOrEqual(3)
        expect(byBytes.records.length).toBeGreaterThan(1)
        const tiny = await log.read(input, 0, 9, { maxRecords: 100, maxBytes: 1 })
        expect([tiny.records.length, tiny.next]).toEqual([1, 10])
      })

      it('returns at once and empty at the end, and refuses what lies beyond either end', async () => {
        await log.append(input, [entry(key0, 'v')])
        expect(await log.read(input, 0, 1, limits)).toEqual({ records: [], next: 1 })
        await expect(log.read(input, 0, 2, limits)).rejects.toMatchObject({
          code: 'LOG_OFFSET_OUT_OF_RANGE',
          details: { start: 0, end: 1 },
        })
        await expect(log.read(input, 0, -1, limits)).rejects.toMatchObject({ code: 'LOG_OFFSET_OUT_OF_RANGE' })
        expect(await log.bounds(input, 0)).toEqual({ start: 0, end: 1 })
      })

      it('takes a record of 1 MiB, and refuses one too large together with its whole call', async () => {
        const big = Buffer.alloc(MIB, 7)
        await log.append(input, [entry(key0, big)])
        const [record] = await readAll(log, input, 0)
        expect(Buffer.compare(Buffer.from(record!.value!), big)).toBe(0)
        await expect(log.append(input, [entry(key0, 'small'), entry(key0, Buffer.alloc(2 * MIB + 1))])).rejects.toMatchObject({
          code: 'LOG_RECORD_TOO_LARGE',
        })
        expect(await log.bounds(input, 0)).toEqual({ start: 0, end: 1 })
      })

      it('acknowledges 500 concurrent producers, each in its own order', async () => {
        const keys = Array.from({ length: 500 }, (_, i) => `producer-${i}`)
        await Promise.all(
          keys.map(async (key) => {
            for (let i = 0; i < 4; i++) await log.append(input, [entry(key, String(i))])
          }),
        )
        const seen = new Map<string, string[]>()
        for (let p = 0; p < 4; p++)
          for (const { key, value } of await readAll(log, input, p)) seen.set(key, [...(seen.get(key) ?? []), text(value)!])
        expect(seen.size).toBe(500)
        for (const values of seen.values()) expect(values).toEqual(['0', '1', '2', '3'])
      })

      it('makes appends wait when more is offered than it buffers, and drops nothing', async () => {
        const value = Buffer.alloc(256 * 1024, 1)
        const order: number[] = []
        const appends = Array.from({ length: 80 }, (_, i) =>
          log.append(input, [entry(key0, value, { i: String(i) })]).then(() => order.push(i)),
        )
        await Promise.all(appends)
        expect(order).toEqual(Array.from({ length: 80 }, (_, i) => i))
        // A slow reader holds no more than its limits.
        const read: string[] = []
        for (let next = 0; next < 80;) {
          const batch = await log.read(input, 0, next, { maxRecords: 1000, maxBytes: MIB })
          expect(batch.records.length).toBeLessThanOrEqual(4)
          read.push(...batch.records.map(({ headers }) => headers['i']!))
          next = batch.next
        }
        expect(read).toEqual(order.map(String))
      })

      it('tells of every partition that became longer, after it became longer', async () => {
        const seenEnds = new Map<string, number>()
        const waiting: Promise<void>[] = []
        const stop = log.onChange((topic, partition) => {
          waiting.push(log.bounds(topic, partition).then(({ end }) => void seenEnds.set(`${topic}/${partition}`, end)))
        })
        const { lane } = await openOwnedLane(log, 'l', [input])
        for (let i = 0; i < 10; i++)
          await Promise.all([log.append(input, [entry(key0, 'v'), entry(key1, 'v')]), log.append(settings, [entry(key1, 'v')])])
        const [row] = await lane.commit({ partition: 0, outputs: [{ topic: rows, ...entry('r', 'v') }], positions: [] })
        const isTold = async (topic: string, partition: number, end: number) => {
          await eventually(() => (seenEnds.get(`${topic}/${partition}`) ?? 0) >= end, `the last change of ${topic}/${partition} is told`)
        }
        await isTold(rows, 0, row!.offset + 1)
        for (const [topic, partition] of [
          [input, 0],
          [input, 1],
          [settings, 1],
        ] as const)
          await isTold(topic, partition, 10)
        await Promise.all(waiting)
        stop()
        const told = waiting.length
        await log.append(input, [entry(key0, 'v')])
        expect(waiting.length).toBe(told)
      })
    })

    describe('lanes', () => {
      it('commits outputs and positions together; outputs go to the partition of the input, whatever their key', async () => {
        await log.append(input, [entry(key1, 'a'), entry(key1, 'b')])
        const { lane } = await openOwnedLane(log, 'l', [input])
        expect(await lane.position(input, 1)).toBe(0)
        const outputs = [
          { topic: rows, ...entry(key0, 'row') },
          { topic: dead, ...entry('source', 'dead') },
        ]
        const written = await lane.commit({ partition: 1, outputs, positions: [{ topic: input, next: 2 }] })
        expect(written.map(({ partition }) => partition)).toEqual([1, 1])
        for (const [i, topic] of [rows, dead].entries()) {
          const { records } = await log.read(topic, 1, written[i]!.offset, limits)
          expect(records.map(({ offset, ingestTime }) => ({ partition: 1, offset, ingestTime }))).toEqual([written[i]])
        }
        expect(await lane.position(input, 1)).toBe(2)
        expect(await lane.position(input, 0)).toBe(0)
        expect(text(log.table(rows, 1).get(key0)?.value)).toBe('row')
        expect(log.table(rows, 0).get(key0)).toBeUndefined()
        expect((await readAll(log, dead, 1)).map(({ value }) => text(value))).toEqual(['dead'])
      })

      it('leaves nothing of a commit with one impossible output', async () => {
        await log.append(input, [entry(key0, 'a')])
        const { lane } = await openOwnedLane(log, 'l', [input])
        const ends = async () => [(await log.bounds(rows, 0)).end, (await log.bounds(dead, 0)).end]
        const before = await ends()
        const outputs = [
          { topic: rows, ...entry('r', 'v') },
          { topic: dead, ...entry('s', Buffer.alloc(2 * MIB + 1)) },
        ]
        const tooLarge = lane.commit({ partition: 0, outputs, positions: [{ topic: input, next: 1 }] })
        await expect(tooLarge).rejects.toMatchObject({ code: 'LOG_RECORD_TOO_LARGE' })
        expect(await lane.position(input, 0)).toBe(0)
        expect(log.table(rows, 0).get('r')).toBeUndefined()
        expect(await ends()).toEqual(before)
      })

      it('never lets a position go back or past the end, and leaves nothing of such a commit', async () => {
        await log.append(input, [entry(key0, 'a'), entry(key0, 'b')])
        const { lane } = await openOwnedLane(log, 'l', [input])
        await lane.commit({ partition: 0, outputs: [], positions: [{ topic: input, next: 2 }] })
        const { end } = await log.bounds(rows, 0)
        const outputs = [{ topic: rows, ...entry('r', 'v') }]
        await expect(lane.commit({ partition: 0, outputs, positions: [{ topic: input, next: 1 }] })).rejects.toMatchObject({
          code: 'CONFLICT',
        })
        await expect(lane.commit({ partition: 0, outputs, positions: [{ topic: input, next: 3 }] })).rejects.toMatchObject({
          code: 'LOG_OFFSET_OUT_OF_RANGE',
        })
        expect([await lane.position(input, 0), (await log.bounds(rows, 0)).end]).toEqual([2, end])
        // The same position again is no way back: a timer commits outputs alone.
        await lane.commit({ partition: 0, outputs, positions: [{ topic: input, next: 2 }] })
        expect((await readAll(log, rows, 0)).map(({ key }) => key)).toEqual(['r'])
      })

      it('keeps lanes apart', async () => {
        await log.append(input, [entry(key0, 'a'), entry(key0, 'b')])
        const a = await openOwnedLane(log, 'a', [input])
        const b = await openOwnedLane(log, 'b', [input, other])
        await a.lane.commit({ partition: 0, outputs: [], positions: [{ topic: input, next: 2 }] })
        await b.lane.commit({ partition: 0, outputs: [], positions: [{ topic: input, next: 1 }] })
        expect([await a.lane.position(input, 0), await b.lane.position(input, 0)]).toEqual([2, 1])
      })

      it('refuses outputs to topics that append alone writes, and positions of topics the lane does not read', async () => {
        const { lane } = await openOwnedLane(log, 'l', [input])
        await expect(lane.commit({ partition: 0, outputs: [{ topic: other, ...entry('k', 'v') }], positions: [] })).rejects.toMatchObject({
          code: 'INTERNAL',
        })
        await expect(lane.commit({ partition: 0, outputs: [], positions: [{ topic: other, next: 0 }] })).rejects.toMatchObject({
          code: 'INTERNAL',
        })
      })

      it('gives a partition to one member at a time, and to the next when it leaves', async () => {
        const first = await openOwnedLane(log, 'l', [input])
        const owned = new Set<number>()
        const second = await log.openLane(
          { name: 'l', inputs: [input] },
          { assigned: async (p) => void owned.add(p), revoked: async (p) => void owned.delete(p) },
        )
        expect([...first.owned].filter((partition) => owned.has(partition))).toEqual([])
        await first.lane.close()
        await eventually(() => owned.size === 4, 'the second member takes over')
        expect(first.owned.size).toBe(0)
        await expect(first.lane.commit({ partition: 0, outputs: [], positions: [] })).rejects.toMatchObject({ code: 'LOG_CLOSED' })
        await second.commit({ partition: 0, outputs: [{ topic: rows, ...entry('r', 'v') }], positions: [] })
      })
    })

    describe('compacted topics', () => {
      it('keeps the newest record per key; reads stay in offset order, with gaps', async () => {
        const { lane } = await openOwnedLane(log, 'l', [input])
        const written: number[] = []
        for (let i = 0; i < 30; i++) {
          const outputs = [{ topic: rows, ...entry(`r${i % 3}`, String(i)) }]
          written.push((await lane.commit({ partition: 2, outputs, positions: [] }))[0]!.offset)
        }
        const twice = [entry('twice', 'old'), entry('twice', 'new')].map((e) => ({ topic: rows, ...e }))
        const last = (await lane.commit({ partition: 2, outputs: twice, positions: [] })).at(-1)!.offset
        const records = await readAll(log, rows, 2, 0)
        expect(newestOf(records)).toEqual({ r0: '27', r1: '28', r2: '29', twice: 'new' })
        const offsets = records.map(({ offset }) => offset)
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b))
        if (features.compactsAtOnce) expect(offsets).toEqual([...written.slice(-3), last])
        const { start, end } = await log.bounds(rows, 2)
        expect(start).toBe(0)
        expect(end).toBeGreaterThan(last)
        const tail = await log.read(rows, 2, written.at(-1)!, { maxRecords: 1, maxBytes: MIB })
        expect([tail.records.map(({ offset }) => offset), tail.next]).toEqual([[written.at(-1)], written.at(-1)! + 1])
        expect(await log.read(rows, 2, end, limits)).toEqual({ records: [], next: end })
      })

      it('shows a deletion as a tombstone with headers to readers, and as nothing in the table', async () => {
        await log.append(settings, [entry(key0, 'v'), entry(key0, null, { version: '2', by: 'admin' })])
        const last = (await readAll(log, settings, 0, 0)).at(-1)
        expect(last).toMatchObject({ key: key0, value: null, headers: { version: '2', by: 'admin' } })
        expect(log.table(settings, 0).get(key0)).toBeUndefined()
        expect([...log.table(settings, 0).scan('')]).toEqual([])
        await log.append(settings, [entry(key0, 'back')])
        expect(text(log.table(settings, 0).get(key0)?.value)).toBe('back')
      })

      it('forgets a tombstone after its retention, never the key written again', async () => {
        if (!features.usesClock) return
        await log.append(settings, [entry(key0, 'v'), entry(key0, null), entry(key1, 'v'), entry(key1, null), entry(key1, 'again')])
        clock.advance(3_000_000)
        expect((await readAll(log, settings, 0, 0)).map(({ value }) => value)).toEqual([null])
        clock.advance(1_500_000)
        await eventually(async () => (await readAll(log, settings, 0, 0)).length === 0, 'the tombstone is gone')
        expect(await log.bounds(settings, 0)).toEqual({ start: 0, end: 2 })
        expect(text(log.table(settings, 1).get(key1)?.value)).toBe('again')
        expect((await readAll(log, settings, 1, 0)).map(({ offset }) => offset)).toEqual([2])
      })

      it('scans live records of a prefix in the order of their UTF-8 bytes', async () => {
        const keys = ['a', 'a/', 'a/1', 'a/10', 'a/2', 'a/é', 'a/\u{ffee}', 'a/\u{1f600}', 'a0', 'b', 'a/x']
        const { lane } = await openOwnedLane(log, 'l', [input])
        await lane.commit({ partition: 3, outputs: keys.map((key) => ({ topic: rows, ...entry(key, key) })), positions: [] })
        await lane.commit({ partition: 3, outputs: [{ topic: rows, ...entry('a/x', null) }], positions: [] })
        const inOrder = (prefix: string): string[] => [...log.table(rows, 3).scan(prefix)].map(({ key }) => key)
        expect(inOrder('a/')).toEqual(['a/', 'a/1', 'a/10', 'a/2', 'a/é', 'a/\u{ffee}', 'a/\u{1f600}'])
        expect(inOrder('')).toEqual(['a', 'a/', 'a/1', 'a/10', 'a/2', 'a/é', 'a/\u{ffee}', 'a/\u{1f600}', 'a0', 'b'])
        expect([inOrder('c'), [...log.table(rows, 2).scan('a')]]).toEqual([[], []])
      })

      it('scans more rows than fit one step, and stops early without harm', async () => {
        const { lane } = await openOwnedLane(log, 'l', [input])
        const keys = Array.from({ length: 1100 }, (_, i) => `k${String(i).padStart(5, '0')}`)
        await lane.commit({ partition: 0, outputs: keys.map((key) => ({ topic: rows, ...entry(key, key) })), positions: [] })
        expect([...log.table(rows, 0).scan('k')].map(({ key }) => key)).toEqual(keys)
        for (const { key } of log.table(rows, 0).scan('k')) if (key === keys[3]) break
        await lane.commit({ partition: 0, outputs: [{ topic: rows, ...entry('k', 'v') }], positions: [] })
        expect([...log.table(rows, 0).scan('k')].length).toBe(1101)
      })

      it('holds no table for topics whose records leave by age, and takes no null there', async () => {
        expect(() => log.table(input, 0)).toThrow(expect.objectContaining({ code: 'INTERNAL' }))
        await expect(log.append(input, [entry(key0, null)])).rejects.toMatchObject({ code: 'INTERNAL' })
      })
    })

    describe('close and restart', () => {
      it('finishes what was appended before close, then refuses', async () => {
        const pending = Array.from({ length: 50 }, (_, i) => log.append(input, [entry(key0, String(i))]))
        const { lane } = await openOwnedLane(log, 'l', [input])
        const closing = log.close()
        await expect(log.append(input, [entry(key0, 'late')])).rejects.toMatchObject({ code: 'LOG_CLOSED' })
        expect((await Promise.all(pending)).length).toBe(50)
        await closing
        await log.close()
        await expect(log.read(input, 0, 0, limits)).rejects.toMatchObject({ code: 'LOG_CLOSED' })
        await expect(lane.commit({ partition: 0, outputs: [], positions: [] })).rejects.toMatchObject({ code: 'LOG_CLOSED' })
        await expect(lane.position(input, 0)).rejects.toMatchObject({ code: 'LOG_CLOSED' })
      })

      it('resumes where it stood: records, rows, positions, offsets and times', async () => {
        if (!under.reopen) return
        await log.append(input, [entry(key0, 'a'), entry(key0, 'b'), entry(key1, 'c')])
        await log.append(settings, [entry(key0, 'on'), entry(key1, 'gone'), entry(key1, null)])
        const first = await openOwnedLane(log, 'l', [input])
        await first.lane.commit({
          partition: 0,
          outputs: [
            { topic: rows, ...entry('r', 'v') },
            { topic: dead, ...entry('s', 'd') },
          ],
          positions: [{ topic: input, next: 1 }],
        })
        const before = await Promise.all(
          [input, rows, settings, dead].flatMap((topic) => [0, 1].map((partition) => readAll(log, topic, partition, 0))),
        )
        if (features.usesClock) clock.jump(-600_000)

        log = await under.reopen()
        const after = await Promise.all(
          [input, rows, settings, dead].flatMap((topic) => [0, 1].map((partition) => readAll(log, topic, partition, 0))),
        )
        expect(after).toEqual(before)
        expect(text(log.table(settings, 0).get(key0)?.value)).toBe('on')
        const again = await openOwnedLane(log, 'l', [input])
        expect(await again.lane.position(input, 0)).toBe(1)
        // Read but not committed: it comes again.
        expect((await readAll(log, input, 0, 1)).map(({ value }) => text(value))).toEqual(['b'])
        const [position] = await log.append(input, [entry(key0, 'd')])
        expect(position!.offset).toBe(2)
        expect(position!.ingestTime).toBeGreaterThanOrEqual(before[0]!.at(-1)!.ingestTime)
        const [version] = await log.append(settings, [entry(key1, 'again')])
        expect(version!.offset).toBeGreaterThan(before[5]!.at(-1)?.offset ?? 0)
      })
    })
  })
}

function newestOf(records: readonly LogRecord[]): Record<string, string | null> {
  return Object.fromEntries(records.map(({ key, value }) => [key, text(value)]))
}

function keyOf(partition: number): string {
  for (let i = 0; ; i++) if (partitionOf(`key-${i}`, 4) === partition) return `key-${i}`
}
