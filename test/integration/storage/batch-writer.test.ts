import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import { createBatchWriter } from '#storage/batch-writer'
import { faultOf } from '#storage/clickhouse-errors'
import { countOf, openTestStore, type TestStore } from './harness.ts'
import { eventually } from '../../helpers/eventually.ts'
import { alert, turn } from './rows.ts'

let test: TestStore
beforeAll(async () => {
  test = await openTestStore({ restartAfterMs: 10 })
})
afterAll(() => test.stop())

describe('the batch writer on the real engine', () => {
  it('hands over the rows the store cannot read and stores all others', async () => {
    const rejected: string[] = []
    const writer = createBatchWriter(test.store, {
      table: 'segments',
      maxAgeMs: 20,
      clock: systemClock,
      onRejected: (row, error) => {
        rejected.push(`${row.turn_id} ${faultOf(error)}`)
      },
    })
    const rows = Array.from({ length: 300 }, (_, i) => turn('c1', `t${i}`, `text ${i}`))
    rows[7] = { ...turn('c1', 't7', 'x'), begin_offset_ms: 'not a number' as unknown as number }
    rows[200] = { ...turn('c1', 't200', 'x'), version: '-5x' }
    rows[201] = { ...turn('c1', 't201', 'x'), text: 5n as unknown as string }
    await writer.write(rows)
    expect(rejected.toSorted()).toEqual(['t200 row', 't201 row', 't7 row'])
    expect(await countOf(test.store, 'segments')).toBe(297)
    await writer.close()
  })

  it('waits out a restart of the store', async () => {
    const writer = createBatchWriter(test.store, {
      table: 'segments',
      maxAgeMs: 1,
      clock: systemClock,
      onRejected: () => Promise.reject(new Error('no row is bad')),
    })
    const before = await countOf(test.store, 'segments')
    process.kill(test.engine.health().pid ?? -1, 'SIGKILL')
    await writer.write([turn('c2', 't1', 'after the kill')])
    expect(await countOf(test.store, 'segments')).toBe(before + 1)
    await writer.close()
  })

  it('rests between inserts although more than a batch waits, and goes at once when a flush is asked for', async () => {
    const inserts: number[] = []
    const store: typeof test.store = {
      ...test.store,
      insert: async (...args: Parameters<typeof test.store.insert>) => {
        inserts.push(performance.now())
        await test.store.insert(...args)
      },
    }
    const writer = createBatchWriter(store, {
      table: 'segments',
      maxRows: 5,
      maxAgeMs: 300,
      clock: systemClock,
      onRejected: () => undefined,
    })
    await Promise.all([1, 2, 3].map((n) => writer.write(Array.from({ length: 5 }, (_, i) => turn(`rest${n}`, `t${i}`, 'text')))))
    expect(inserts.length).toBe(3)
    for (const [i, at] of inserts.entries()) if (i > 0) expect(at - inserts[i - 1]!).toBeGreaterThan(290)
    void writer.write(Array.from({ length: 5 }, (_, i) => turn('rest4', `t${i}`, 'text')))
    await writer.flush()
    expect(inserts.length).toBe(4)
    await writer.close()
  })

  it('holds back while the store has too many parts to merge', async () => {
    await test.store.command('SYSTEM STOP MERGES alerts')
    for (let i = 0; i < 505; i++) await test.store.insert('alerts', [alert(`a${i}`)])
    const writer = createBatchWriter(test.store, {
      table: 'alerts',
      maxAgeMs: 1,
      clock: systemClock,
      telemetry: test.telemetry,
      onRejected: () => undefined,
    })
    const written = writer.write([alert('late')])
    await eventually(() => test.telemetry.render().includes('store_brakes_total{table="alerts"}'), 'it waits')
    expect(await countOf(test.store, 'alerts')).toBe(505)
    await test.store.command('SYSTEM START MERGES alerts')
    await test.store.command('OPTIMIZE TABLE alerts FINAL')
    await written
    expect(await countOf(test.store, 'alerts')).toBe(506)
    await writer.close()
  })

  it('rejects the write when the statement itself is refused', async () => {
    await test.store.command('RENAME TABLE alerts TO alerts_away')
    const writer = createBatchWriter(test.store, { table: 'alerts', maxAgeMs: 1, clock: systemClock, onRejected: () => undefined })
    await expect(writer.write([{} as never])).rejects.toMatchObject({ code: 'STORE_REJECTED', details: { fault: 'statement', number: 60 } })
    await test.store.command('RENAME TABLE alerts_away TO alerts')
    await writer.close()
  })
})
