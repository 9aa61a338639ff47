import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { createHistoryLane } from '#processors/history/lane'
import { migrate } from '#storage/migrate'
import { startPipeline, type TestEvent } from '../helpers/pipeline.ts'
import { loadSamples } from '../helpers/samples.ts'
import { openTestStore, readTables, type TestStore } from '../helpers/tables.ts'
import { until } from '../helpers/until.ts'

let dir: string
let opened: TestStore
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'callboard-history-'))
  opened = await openTestStore(dir)
  await migrate(opened.store, { database: 'callboard' })
})
afterAll(async () => {
  await opened.stop()
  rmSync(dir, { recursive: true, force: true })
})

it('replaying all samples twice, in another order and over a new log, leaves the same rows', async () => {
  const { samples } = loadSamples()
  console.log(`samples: ${samples.length}`)
  const events = samples.map(({ kind, payload }): TestEvent => ({ kind, payload, at: Date.UTC(2026, 5, 1) }))
  await writeOnce(events)
  const first = await readTables(opened.store)
  expect(first.contacts.length).toBeGreaterThan(10)
  expect(first.intervals.length).toBeGreaterThan(10)
  await writeOnce(events.toReversed())
  expect(await readTables(opened.store)).toEqual(first)
})

async function writeOnce(events: readonly TestEvent[]): Promise<void> {
  const pipeline = await startPipeline({ startAt: Date.UTC(2026, 5, 2) })
  const lane = createHistoryLane({
    log: pipeline.log,
    store: opened.store,
    clock: systemClock,
    telemetry: silentTelemetry,
    flushAfterMs: 20,
  })
  try {
    await lane.start()
    await pipeline.send(events)
    await pipeline.settle()
    await until('the history lane has written all', async () => {
      const probe = await pipeline.log.openLane({ name: 'history', inputs: [] }, { assigned: async () => {}, revoked: async () => {} })
      try {
        for (const topic of ['connect.agents', 'connect.contacts', 'callboard.rows', 'callboard.alerts'])
          for (let p = 0; p < pipeline.log.partitionCount; p++)
            if ((await probe.position(topic, p)) !== (await pipeline.log.bounds(topic, p)).end) return false
        return true
      } finally {
        await probe.close()
      }
    })
  } finally {
    await lane.stop()
    await pipeline.stop()
  }
}
