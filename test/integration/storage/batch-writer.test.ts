import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import { createBatchWriter } from '#storage/batch-writer'
import { faultOf } from '#storage/clickhouse-errors'
import { countOf, openTestStore, type TestStore } from './harness.ts'
import { turn } from './rows.ts'

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

  it('rejects the write when the statement itself is refused', async () => {
    await test.store.command('RENAME TABLE alerts TO alerts_away')
    const writer = createBatchWriter(test.store, { table: 'alerts', maxAgeMs: 1, clock: systemClock, onRejected: () => undefined })
    await expect(writer.write([{} as never])).rejects.toMatchObject({ code: 'STORE_REJECTED', details: { fault: 'statement', number: 60 } })
    await test.store.command('RENAME TABLE alerts_away TO alerts')
    await writer.close()
  })
})
