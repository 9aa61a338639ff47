import type { Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import type { Draft, TopicTables } from './draft.ts'
import { ingestTimeOf } from './frame.ts'
import type { PlanWriter } from './group-writer.ts'
import { offsetKey, tombstoneKey } from './keys.ts'
import type { SliceStore } from './slices.ts'
import type { StateStore } from './state.ts'

const CHECK_EVERY_MS = 5 * 60_000
/** Removals in one transaction, so that retention never holds up a commit for long. */
const REMOVALS_PER_STEP = 1000

/** Lets old records and old deletions go, by the clock, at the start and every five minutes. */
export function startRetention(deps: {
  clock: Clock
  telemetry: Telemetry
  slices: SliceStore
  state: StateStore
  sliceWriter: PlanWriter
  stateWriter: PlanWriter
  options: { retentionMs?: number; tombstoneRetentionMs?: number }
}): { stop(): Promise<void> } {
  const { clock, telemetry, slices, state, sliceWriter, stateWriter } = deps
  const { retentionMs = 72 * 3_600_000, tombstoneRetentionMs = 24 * 3_600_000 } = deps.options
  let stopped = false
  let cancel: (() => void) | undefined
  let pass: Promise<void> = Promise.resolve()

  const run = async (): Promise<void> => {
    // A write, even of nothing, starts a new slice when the hour is over; then the old one can go.
    if (slices.isActiveExpired(retentionMs)) await sliceWriter.submit(() => [], 0)
    await slices.dropExpired(retentionMs)
    for (const [topic, { tables, ends }] of state.heads) {
      const step =
        tables.cleanup === 'delete'
          ? planRecords(tables, ends.length, clock.now() - retentionMs)
          : planTombstones(topic, tables, clock.now() - tombstoneRetentionMs)
      while ((await removeSome(stateWriter, step)) === REMOVALS_PER_STEP) if (stopped) return
    }
  }
  const tick = (): void => {
    if (stopped) return
    // A full disk must not end the process here: the next pass tries again.
    pass = run().catch((error: unknown) => {
      if (stopped) return
      telemetry.count('log_retention_failures_total')
      telemetry.log('error', 'log_retention_failed', { message: messageOf(error) })
    })
    cancel = clock.after(CHECK_EVERY_MS, tick)
  }
  tick()
  return {
    async stop() {
      stopped = true
      cancel?.()
      await pass
    },
  }
}

async function removeSome(writer: PlanWriter, step: Step): Promise<number> {
  let removed = 0
  await writer.submit((draft) => {
    removed = step(draft)
    return []
  }, 0)
  return removed
}

type Step = (draft: Draft) => number

function planRecords({ records }: TopicTables & { cleanup: 'delete' }, partitionCount: number, cutoff: number): Step {
  return (draft) => {
    let removed = 0
    for (let partition = 0; partition < partitionCount; partition++) {
      for (const { key, value } of records.getRange({ start: offsetKey(partition, 0), end: offsetKey(partition + 1, 0) })) {
        if (ingestTimeOf(value) > cutoff) break
        draft.remove(records, key)
        if (++removed === REMOVALS_PER_STEP) return removed
      }
    }
    return removed
  }
}

function planTombstones(topic: string, tables: TopicTables & { cleanup: 'compact' }, cutoff: number): Step {
  return (draft) => {
    let removed = 0
    for (const { key, value } of tables.tombstones.getRange({
      start: tombstoneKey(0, 0, 0),
      end: tombstoneKey(cutoff + 1, 0, 0),
      limit: REMOVALS_PER_STEP,
    })) {
      const at = Buffer.from(key)
      draft.dropTombstone(topic, {
        ingestTime: at.readUIntBE(0, 6),
        partition: at.readUInt16BE(6),
        offset: at.readUIntBE(8, 6),
        keyBytes: value,
      })
      removed++
    }
    return removed
  }
}
