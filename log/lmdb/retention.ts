import type { Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import { encodeEntry } from '../entries.ts'
import type { Draft, TopicTables } from './draft.ts'
import { ingestTimeOf, isTombstone, offsetOf } from './frame.ts'
import type { PlanWriter } from './group-writer.ts'
import { offsetKey, rowKey, tombstoneKey } from './keys.ts'
import type { HeldSlice, SliceStore } from './slices.ts'
import type { StateStore } from './state.ts'
import type { UnreadGuard } from './unread.ts'

const CHECK_EVERY_MS = 5 * 60_000
const HOUR_MS = 3_600_000
const EXPIRED = { reason: 'expired' }
const NO_LIMIT = Number.POSITIVE_INFINITY
/** Removals in one transaction, so that retention never holds up a commit for long. */
const REMOVALS_PER_STEP = 1000

export interface Retention {
  /** Resolves when nothing is being removed; nothing will be until the returned function is called. */
  pause(): Promise<() => void>
  stop(): Promise<void>
}

/** Lets old records and old deletions go, by the clock, at the start and every five minutes. */
export function startRetention(deps: {
  clock: Clock
  telemetry: Telemetry
  slices: SliceStore
  state: StateStore
  sliceWriter: PlanWriter
  stateWriter: PlanWriter
  unread: UnreadGuard
  options: {
    retentionMs?: number
    retentionByTopic?: Readonly<Record<string, number>>
    readMarginMs?: number
    tombstoneRetentionMs?: number
  }
}): Retention {
  const { clock, telemetry, slices, state, sliceWriter, stateWriter, unread } = deps
  const { retentionMs = 72 * HOUR_MS, retentionByTopic = {}, tombstoneRetentionMs = 24 * HOUR_MS } = deps.options
  const { readMarginMs = Math.min(24 * HOUR_MS, retentionMs / 3) } = deps.options
  let stopped = false
  let pausedBy = 0
  let cancel: (() => void) | undefined
  let pass: Promise<void> = Promise.resolve()

  const run = async (): Promise<void> => {
    // A write, even of nothing, starts a new slice when the hour is over; then the old one can go.
    if (slices.isActiveExpired(retentionMs)) await sliceWriter.submit(() => [], 0)
    tellHeld(await slices.dropExpired({ retentionMs, readMarginMs, unread }))
    for (const [topic, { tables, ends }] of state.heads) {
      const ageMs = retentionByTopic[topic]
      const steps =
        tables.cleanup === 'delete'
          ? [planRecords(topic, tables, { partitionCount: ends.length, cutoff: clock.now() - (ageMs ?? retentionMs), unread })]
          : [
              ...(ageMs === undefined ? [] : [planOldKeys(topic, tables, { partitionCount: ends.length, cutoff: clock.now() - ageMs })]),
              planTombstones(topic, tables, clock.now() - tombstoneRetentionMs),
            ]
      for (const step of steps) while ((await removeSome(stateWriter, step)) === REMOVALS_PER_STEP) if (stopped) return
    }
  }
  /** What a lane has not read stays, whatever the disk says: somebody must be told, and make the lane move. */
  const tellHeld = (held: HeldSlice | undefined): void => {
    telemetry.gauge('log_retention_overdue_seconds', {}, Math.round((held?.overdueMs ?? 0) / 1000))
    if (!held) return
    telemetry.count('log_retention_held_total', { lane: held.lane, topic: held.topic })
    telemetry.log('warn', 'log_retention_held', { ...held })
  }
  const tick = (): void => {
    if (stopped) return
    // A full disk must not end the process here: the next pass tries again.
    pass = (pausedBy > 0 ? Promise.resolve() : run()).catch((error: unknown) => {
      if (stopped) return
      telemetry.count('log_retention_failures_total')
      telemetry.log('error', 'log_retention_failed', { message: messageOf(error) })
    })
    cancel = clock.after(CHECK_EVERY_MS, tick)
  }
  tick()
  return {
    async pause() {
      pausedBy++
      await pass
      return () => void pausedBy--
    },
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

function planRecords(
  topic: string,
  { records }: TopicTables & { cleanup: 'delete' },
  { partitionCount, cutoff, unread }: { partitionCount: number; cutoff: number; unread: UnreadGuard },
): Step {
  return (draft) => {
    let removed = 0
    for (let partition = 0; partition < partitionCount; partition++) {
      const keptFrom = unread.slowest(topic, partition)?.next ?? Number.POSITIVE_INFINITY
      for (const { key, value } of records.getRange({ start: offsetKey(partition, 0), end: offsetKey(partition + 1, 0) })) {
        if (ingestTimeOf(value) > cutoff || offsetOf(value) >= keptFrom) break
        draft.remove(records, key)
        if (++removed === REMOVALS_PER_STEP) return removed
      }
    }
    return removed
  }
}

/** Deletes keys that nobody wrote for so long; followers hear of it, as of any deletion. */
function planOldKeys(
  topic: string,
  { rows, changes }: TopicTables & { cleanup: 'compact' },
  { partitionCount, cutoff }: { partitionCount: number; cutoff: number },
): Step {
  return (draft) => {
    let removed = 0
    for (let partition = 0; partition < partitionCount; partition++) {
      // By offset, so oldest first: ingest time never decreases within a partition.
      for (const { value: keyBytes } of changes.getRange({ start: offsetKey(partition, 0), end: offsetKey(partition + 1, 0) })) {
        const frame = rows.getBinary(rowKey(partition, keyBytes))
        if (!frame || ingestTimeOf(frame) > cutoff) break
        if (isTombstone(frame) || !draft.isNewest(topic, { partition, offset: offsetOf(frame), keyBytes })) continue
        const key = Buffer.from(keyBytes).toString()
        draft.add(topic, partition, encodeEntry({ name: topic, cleanup: 'compact' }, { key, value: null, headers: EXPIRED }, NO_LIMIT))
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
