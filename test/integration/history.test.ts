import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import { silentTelemetry, type Telemetry } from '#kernel/telemetry'
import { createHistoryLane } from '#processors/history/lane'
import { migrate } from '#storage/migrate'
import { transcriptOf } from '#storage/queries/transcripts'
import { startPipeline, type TestEvent } from '../helpers/pipeline.ts'
import { loadSamples } from '../helpers/samples.ts'
import { openTestStore, readTables, type TestStore } from '../helpers/tables.ts'
import { contactRecord, postContactFile, voiceSegments } from '../helpers/wire.ts'
import { eventually } from '../helpers/eventually.ts'

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

it('a record sent again after the contact left memory does not erase what was said', async () => {
  const day = 24 * 3_600_000
  const contactId = 'late-1'
  const record = (LastUpdateTimestamp: string): TestEvent => ({
    kind: 'contact-record',
    payload: contactRecord({ ContactId: contactId, LastUpdateTimestamp, DisconnectTimestamp: '2026-06-02T00:00:00Z' }),
  })
  const said = voiceSegments(contactId, [{ turn: { id: 't1', text: 'Hello', begin: 0, end: 900, sentiment: 'POSITIVE' } }])
  await writeOnce([record('2026-06-02T00:01:00Z'), { kind: 'contact-lens', payload: said, at: Date.UTC(2026, 5, 2) }])
  await writeOnce([record('2026-06-12T00:01:00Z')], Date.UTC(2026, 5, 2) + 10 * day)
  const rows = (await readTables(opened.store)).contacts
    .filter((row) => row.includes(contactId))
    .map((row) => JSON.parse(row) as Record<string, unknown>)
  expect(rows).toEqual([expect.objectContaining({ customer_score: 5, turn_count: 1, backfill: 1 })])
})

it('a post-contact file that comes after the live turns left memory stands in place of them', async () => {
  const contactId = 'late-file-1'
  const said = voiceSegments(contactId, [{ turn: { id: 't1', text: 'I want to canned soul', begin: 0, end: 900, sentiment: 'POSITIVE' } }])
  await writeOnce([{ kind: 'contact-lens', payload: said, at: Date.UTC(2026, 5, 2) }])
  const turn = { Id: 'f1', ParticipantId: 'CUSTOMER', Content: 'I want to cancel', BeginOffsetMillis: 0, EndOffsetMillis: 900 }
  const file = postContactFile(contactId, [turn], 'Redacted')
  await writeOnce([{ kind: 'contact-lens', payload: file, at: Date.UTC(2026, 5, 2) }], Date.UTC(2026, 5, 12))
  const turns = await transcriptOf(opened.store, { scope: 'all', contactId })
  expect(turns).toEqual([expect.objectContaining({ turnId: 'f1', text: 'I want to cancel', edition: 1e14 + Date.UTC(2026, 5, 2) })])
})

it('says how many records wait while a write is not done', async () => {
  const behind = new Map<string, number>()
  const telemetry: Telemetry = {
    ...silentTelemetry,
    gauge: (metric, labels, value) =>
      void (metric === 'lane_behind_records' && behind.set(`${labels['topic']}/${labels['partition']}`, value)),
  }
  const waiting = (): number => [...behind.values()].reduce((sum, n) => sum + n, 0)
  const pipeline = await startPipeline({ startAt: Date.UTC(2026, 5, 2) })
  const lane = createHistoryLane({ log: pipeline.log, store: opened.store, clock: systemClock, telemetry, flushAfterMs: 60_000 })
  try {
    await lane.start()
    await eventually(() => behind.size > 0 && waiting() === 0, 'it has read what there is: nothing')
    await pipeline.send([{ kind: 'contact-record', payload: contactRecord({ ContactId: 'waits-1' }) }])
    await eventually(() => waiting() > 0, 'it tells of the record that waits')
  } finally {
    await lane.stop()
    await pipeline.stop()
  }
})

async function writeOnce(events: readonly TestEvent[], startAt = Date.UTC(2026, 5, 2)): Promise<void> {
  const pipeline = await startPipeline({ startAt })
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
    await eventually(async () => {
      const probe = await pipeline.log.openLane({ name: 'history', inputs: [] }, { assigned: async () => {}, revoked: async () => {} })
      try {
        for (const topic of ['connect.agents', 'connect.contacts', 'callboard.rows', 'callboard.alerts'])
          for (let p = 0; p < pipeline.log.partitionCount; p++)
            if ((await probe.position(topic, p)) !== (await pipeline.log.bounds(topic, p)).end) return false
        return true
      } finally {
        await probe.close()
      }
    }, 'the history lane has written all')
  } finally {
    await lane.stop()
    await pipeline.stop()
  }
}
