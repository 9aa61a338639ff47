import { describe, expect, it } from 'vitest'
import { createManualClock } from '#kernel/clock'
import { createBatchWriter, type BatchWriterOptions } from '#storage/batch-writer'
import { storeError } from '#storage/clickhouse-errors'
import type { AnalyticsStore, StoreFault } from '#storage/port'
import type { AlertRecord } from '#storage/tables'

const row = (id: string): AlertRecord => ({ alert_id: id, hits: 'x'.repeat(76) }) as AlertRecord

interface Call {
  ids: string[]
  done: (fault?: StoreFault) => void
}

/** A writer over a store whose inserts end when the test says so, on a clock that only the test moves. */
function setUp(over: Partial<BatchWriterOptions<'alerts'>> = {}): {
  writer: ReturnType<typeof createBatchWriter<'alerts'>>
  clock: ReturnType<typeof createManualClock>
  calls: Call[]
  rejected: string[]
} {
  const clock = createManualClock(0)
  const calls: Call[] = []
  const rejected: string[] = []
  const store = {
    insert: (_table: string, rows: readonly AlertRecord[]) =>
      new Promise<void>((resolve, reject) =>
        calls.push({
          ids: rows.map((r) => r.alert_id),
          done: (fault) => (fault ? reject(storeError(fault, 'alerts', fault, null)) : resolve()),
        }),
      ),
  } as unknown as AnalyticsStore
  const writer = createBatchWriter(store, {
    table: 'alerts',
    clock,
    random: () => 1,
    onRejected: (r) => void rejected.push(r.alert_id),
    ...over,
  })
  return { writer, clock, calls, rejected }
}

/** Lets every promise that can settle do so. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function watched(promise: Promise<void>): { state: string } {
  const seen = { state: 'waiting' }
  promise.then(
    () => (seen.state = 'done'),
    () => (seen.state = 'failed'),
  )
  return seen
}

describe('the batch writer', () => {
  it('gathers rows until one is old enough, and resolves when they are stored', async () => {
    const { writer, clock, calls } = setUp({ maxAgeMs: 1000 })
    const [first, second] = [watched(writer.write([row('a')])), watched(writer.write([row('b'), row('c')]))]
    clock.advance(999)
    await settled()
    expect(calls).toEqual([])
    clock.advance(1)
    await settled()
    expect(calls.map((call) => call.ids)).toEqual([['a', 'b', 'c']])
    expect([first.state, second.state]).toEqual(['waiting', 'waiting'])
    calls[0]?.done()
    await settled()
    expect([first.state, second.state]).toEqual(['done', 'done'])
  })

  it('sends at once when there are rows enough, one batch at a time, and rests between two', async () => {
    const { writer, clock, calls } = setUp({ maxRows: 2, maxAgeMs: 1000 })
    const write = watched(writer.write(['a', 'b', 'c', 'd', 'e'].map(row)))
    await settled()
    expect(calls.map((call) => call.ids)).toEqual([['a', 'b']])
    calls[0]?.done()
    await settled()
    clock.advance(999)
    await settled()
    expect(calls).toHaveLength(1)
    clock.advance(1)
    await settled()
    expect(calls.map((call) => call.ids)).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    calls[1]?.done()
    await settled()
    expect(write.state).toBe('waiting')
    expect(calls).toHaveLength(2)
    void writer.flush()
    await settled()
    calls[2]?.done()
    await settled()
    expect(write.state).toBe('done')
  })

  it('makes a write wait while the buffer is full', async () => {
    const { writer, clock, calls } = setUp({ maxRows: 1, maxAgeMs: 1000, maxBufferedBytes: 100 })
    const writes = ['a', 'b', 'c', 'd'].map((id) => watched(writer.write([row(id)])))
    for (let i = 0; i < 4; i++) {
      await settled()
      calls.at(-1)?.done()
      await settled()
      clock.advance(1000)
    }
    await settled()
    expect(writes.map((write) => write.state)).toEqual(['done', 'done', 'done', 'done'])
    expect(calls.map((call) => call.ids)).toEqual([['a'], ['b'], ['c'], ['d']])
  })

  it('tries an outage again with growing waits until the deadline, then rejects', async () => {
    const { writer, clock, calls } = setUp({ maxRows: 1, retryForMs: 1000 })
    const write = watched(writer.write([row('a')]))
    for (const wait of [100, 200, 400]) {
      await settled()
      calls.at(-1)?.done('unavailable')
      await settled()
      const before = calls.length
      clock.advance(wait - 1)
      await settled()
      expect(calls).toHaveLength(before)
      clock.advance(1)
    }
    await settled()
    expect(calls).toHaveLength(4)
    calls.at(-1)?.done('unavailable')
    await settled()
    expect(write.state).toBe('failed')
  })

  it('isolates a bad row, hands it over, and stores the rest', async () => {
    const { writer, calls, rejected } = setUp({ maxRows: 5 })
    const write = watched(writer.write(['a', 'b', 'bad', 'd', 'e'].map(row)))
    for (let i = 0; i < 20 && write.state === 'waiting'; i++) {
      await settled()
      const call = calls[i]
      call?.done(call.ids.includes('bad') ? 'row' : undefined)
    }
    await settled()
    expect(write.state).toBe('done')
    expect(rejected).toEqual(['bad'])
  })

  it('rejects the write of a bad row that could not be handed over, and no other', async () => {
    const { writer, calls } = setUp({ maxRows: 2, onRejected: () => Promise.reject(new Error('dead letters are full')) })
    const [good, bad] = [watched(writer.write([row('good')])), watched(writer.write([row('bad')]))]
    for (let i = 0; i < 3; i++) {
      await settled()
      calls[i]?.done(calls[i]?.ids.includes('bad') ? 'row' : undefined)
    }
    await settled()
    expect([good.state, bad.state]).toEqual(['done', 'failed'])
  })

  it('halves a batch that is too large', async () => {
    const { writer, calls } = setUp({ maxRows: 300 })
    const write = watched(writer.write(Array.from({ length: 300 }, (_, i) => row(String(i)))))
    for (let i = 0; i < 3; i++) {
      await settled()
      calls[i]?.done(i === 0 ? 'tooLarge' : undefined)
    }
    await settled()
    expect(calls.map((call) => call.ids.length)).toEqual([300, 150, 150])
    expect(write.state).toBe('done')
  })

  it('does not try a refused statement again', async () => {
    const { writer, calls } = setUp({ maxRows: 1 })
    const write = watched(writer.write([row('a')]))
    await settled()
    calls[0]?.done('statement')
    await settled()
    expect(write.state).toBe('failed')
    expect(calls).toHaveLength(1)
  })

  it('flushes on close and refuses later writes', async () => {
    const { writer, calls } = setUp()
    const write = watched(writer.write([row('a')]))
    const close = watched(writer.close())
    await settled()
    calls[0]?.done()
    await settled()
    expect([write.state, close.state]).toEqual(['done', 'done'])
    await expect(writer.write([row('b')])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})
