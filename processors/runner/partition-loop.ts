import { setImmediate as yieldToOthers, setTimeout as rest } from 'node:timers/promises'
import { pause, type Clock } from '#kernel/clock'
import { CallboardError, messageOf } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import type { Telemetry } from '#kernel/telemetry'
import { isBackfill } from '#events/envelope'
import { toDomain } from '#events/decode'
import { fromRecord } from '#events/record'
import { topics } from '#events/topics'
import type { EventLog, LaneOutput, LogRecord } from '#log/port'
import { createEntityStore } from './entity-store.ts'
import type { Fold, Taken } from './fold.ts'
import type { FoldMarks } from './fold-marks.ts'
import type { LanePart } from './member.ts'
import { createQuarantine, type Quarantine } from './quarantine.ts'
import type { Progress, Track } from './progress.ts'
import type { SettingsReader } from './settings-reader.ts'
import { firstPosition } from './first-position.ts'
import { createTimers } from './timers.ts'

export interface LoopDeps {
  fold: Fold
  log: EventLog
  clock: Clock
  telemetry: Telemetry
  settings: SettingsReader
  progress?: Progress
  marks: FoldMarks
}

const LIMITS = { maxRecords: 500, maxBytes: 4_000_000 }
const RETRY_MS = 500
/** How long a position may stay uncommitted when nothing came of the records before it. */
const LAZY_COMMIT_MS = 1_000
/** Other partitions, boards and requests wait for at most about this long. */
const LONGEST_TURN_MS = 10
/** No timer is due sooner after the event that sets it. */
const SETTLE_WITHIN_MS = 1_000
/** Between two commits of a partition. Real time: it paces the disk, no row depends on it. Slow commits make it longer. */
const REST_MS = 20
const LONGEST_REST_MS = 200

/**
 * Folds one partition: read → fold → commit, one batch in flight. Outputs and the position are one commit, so a crash on any line
 * means: the batch is read again, and gives the same outputs. The partition's clock is the ingest time of the record it folds;
 * the wall clock moves it only when there is nothing left to read.
 */
export async function runPartition(deps: LoopDeps, part: LanePart): Promise<void> {
  const { partition, signal } = part
  const quarantine = createQuarantine(deps.fold.name, deps.marks.lastEnd(partition))
  const track = deps.progress?.track(deps.fold.name, deps.fold.input, partition)
  while (!signal.aborted) {
    try {
      await foldUntilFailure(deps, part, quarantine, track)
    } catch (error) {
      deps.marks.leave(partition)
      deps.telemetry.count('lane_failures_total', { lane: deps.fold.name })
      deps.telemetry.log('error', 'lane_partition_failed', {
        lane: deps.fold.name,
        partition,
        message: messageOf(error),
        stack: error instanceof Error ? error.stack : undefined,
      })
      await pause(deps.clock, RETRY_MS, signal)
    }
  }
  track?.end()
  // Whoever has the partition now tells how far behind it is.
  deps.telemetry.gauge('lane_behind_records', { lane: deps.fold.name, topic: deps.fold.input, partition: String(partition) }, 0)
}

async function foldUntilFailure(
  deps: LoopDeps,
  { lane, partition, signal, wakeupOf }: LanePart,
  quarantine: Quarantine,
  track: Track | undefined,
): Promise<void> {
  const { fold, log, clock, settings, marks } = deps
  const wakeup = wakeupOf(fold.input)
  const table = (topic: string) => log.table(topic, partition)
  const entities = createEntityStore(fold, table)
  const timers = createTimers(fold.name, table(topics.timers))
  failpoint('CP18')
  let position = await firstPosition(deps, lane, fold.input, partition)
  track?.at(position)
  let committed = position
  let committedAt = clock.now()

  /** Entity → its records of this batch whose rows are not derived yet. */
  const joined = new Map<string, LogRecord[]>()
  const settle = (at: number): LaneOutput[] => {
    const outputs = entities.settle({ settings: settings.history, at }, (entity, error) => {
      // One of these did it: each is folded alone the next time.
      if (!isLogFault(error)) quarantine.blame(joined.get(entity) ?? [], messageOf(error))
    })
    joined.clear()
    return note(outputs)
  }
  /** Rows wait for the end of the batch, but not over a moment at which a timer they set could be due. */
  const settleBefore = (time: number): LaneOutput[] => {
    const [first] = joined.values()
    return first && time - first[0]!.ingestTime >= SETTLE_WITHIN_MS ? settle(time) : []
  }

  const expireUntil = (time: number): LaneOutput[] => {
    if ((timers.nextDue() ?? Number.POSITIVE_INFINITY) > time) return []
    // What came before the moment may have moved its timer.
    const outputs: LaneOutput[] = settle(time)
    for (const entity of timers.takeDue(time)) {
      try {
        outputs.push(...note(entities.expire(entity, { settings: settings.history, at: time })))
      } catch (error) {
        if (isLogFault(error)) throw error
        // One entity that cannot expire stays until the next start; it must not hold up the others.
        deps.telemetry.count('lane_expiry_failures_total', { lane: fold.name })
        deps.telemetry.log('error', 'lane_expiry_failed', { lane: fold.name, partition, message: messageOf(error) })
      }
    }
    return outputs
  }
  /** Timers follow what was written about them. */
  const note = (outputs: LaneOutput[]): LaneOutput[] => {
    for (const o of outputs) if (o.topic === topics.timers) timers.apply(o)
    return outputs
  }

  const foldRecord = (record: LogRecord): LaneOutput[] => {
    const deadLetter = quarantine.setAside(record)
    if (deadLetter) {
      deps.telemetry.count('dead_letters_total', { lane: fold.name, reason: 'fold-failed' })
      return [deadLetter]
    }
    try {
      marks.enter(partition, record.offset)
      failpoint('fold', `${fold.name}/${record.key}`)
      const taken = take(record)
      const entity = fold.entityOf(taken)
      const context = { settings: settings.history, at: record.ingestTime }
      if (entity === undefined) return []
      const isNew = entities.join(entity, (facts) => fold.factsOf(taken, facts, context), context)
      // Repeats, and events older than the facts that are kept: in history, but without effect here.
      if (!isNew) deps.telemetry.count('lane_records_without_effect_total', { lane: fold.name })
      // An effect belongs to one step of its entity; rows need only the last of a batch.
      if (fold.effects) return entities.settle(context)
      if (isNew) add(joined, entity, record)
      return []
    } catch (error) {
      if (!isLogFault(error)) quarantine.blame([record], messageOf(error))
      throw error
    }
  }

  const tellBehind = async (): Promise<void> => {
    const { end } = await log.bounds(fold.input, partition)
    deps.telemetry.gauge('lane_behind_records', { lane: fold.name, topic: fold.input, partition: String(partition) }, end - position)
  }

  let commitEnd = Number.NEGATIVE_INFINITY
  let commitMs = 0
  while (!signal.aborted) {
    // The first event after a pause is folded at once; under load a short rest makes fewer, larger commits.
    const restMs = Math.min(LONGEST_REST_MS, Math.max(REST_MS, 2 * commitMs)) - (performance.now() - commitEnd)
    if (restMs > 0) await rest(restMs)
    const seen = wakeup.ticket()
    const batch = quarantine.isolate(await log.read(fold.input, partition, position, LIMITS))
    if (batch.records.length > 0) failpoint('CP07')
    await Promise.all([tellBehind(), settings.catchUp()])
    const outputs: LaneOutput[] = []
    let turnBegan = performance.now()
    for (const record of batch.records) {
      outputs.push(...settleBefore(record.ingestTime), ...expireUntil(record.ingestTime))
      outputs.push(...note(foldRecord(record)))
      if (performance.now() - turnBegan > LONGEST_TURN_MS) {
        await yieldToOthers()
        turnBegan = performance.now()
      }
    }
    outputs.push(...settle(batch.records.at(-1)?.ingestTime ?? clock.now()))
    if (batch.records.length > 0) marks.leave(partition)
    else outputs.push(...(await expireWhenCaughtUp(deps, partition, position, timers.nextDue(), expireUntil)))
    position = batch.next
    // A position without outputs can wait: reading those records again changes nothing, and a commit is a write to disk.
    if (outputs.length > 0 || (position !== committed && clock.now() >= committedAt + LAZY_COMMIT_MS)) {
      const startedAt = clock.now()
      const commitStart = performance.now()
      try {
        await lane.commit({ partition, outputs: newestPerKey(outputs), positions: [{ topic: fold.input, next: position }] })
      } catch (error) {
        // What the log will never take comes from one of these records; any other failure is the log's own.
        if (error instanceof CallboardError && error.code === 'LOG_RECORD_TOO_LARGE') quarantine.blame(batch.records, messageOf(error))
        throw error
      }
      failpoint('CP10')
      commitEnd = performance.now()
      commitMs = commitEnd - commitStart
      committed = position
      committedAt = clock.now()
      deps.telemetry.observe('lane_commit_ms', { lane: fold.name }, committedAt - startedAt)
      quarantine.forgive(batch.records)
    }
    track?.at(position)
    if (batch.records[0]) deps.telemetry.observe('lane_delay_ms', { lane: fold.name }, clock.now() - batch.records[0].ingestTime)
    deps.telemetry.count('lane_records_total', { lane: fold.name }, batch.records.length)
    deps.telemetry.gauge('lane_position', { lane: fold.name, partition: String(partition) }, position)
    await tellBehind()
    if (batch.records.length > 0) continue
    const commitDue = position === committed ? undefined : committedAt + LAZY_COMMIT_MS
    await wakeup.wait(seen, earlier(timers.nextDue(), commitDue), signal)
  }
}

function add(map: Map<string, LogRecord[]>, key: string, record: LogRecord): void {
  const list = map.get(key)
  if (list) list.push(record)
  else map.set(key, [record])
}

function isLogFault(error: unknown): boolean {
  return error instanceof CallboardError && (error.code.startsWith('LOG_') || error.code === 'CONFLICT')
}

async function expireWhenCaughtUp(
  deps: LoopDeps,
  partition: number,
  position: number,
  due: number | undefined,
  expireUntil: (time: number) => LaneOutput[],
): Promise<LaneOutput[]> {
  const now = deps.clock.now()
  if (due === undefined || due > now) return []
  const { end } = await deps.log.bounds(deps.fold.input, partition)
  return end === position ? expireUntil(now) : []
}

function take(record: LogRecord): Taken {
  const envelope = fromRecord(record)
  return {
    envelope,
    event: toDomain(envelope.kind, envelope.payload),
    ingestTime: record.ingestTime,
    backfill: isBackfill(envelope.eventTime, record.ingestTime),
  }
}

/** Within one commit only the last state of a compacted key matters. Dead letters are kept, each. */
function newestPerKey(outputs: readonly LaneOutput[]): LaneOutput[] {
  const byKey = new Map<string, LaneOutput>()
  outputs.forEach((o, i) => {
    const id = o.topic === topics.deadLetters ? `${o.topic} ${i}` : `${o.topic} ${o.key}`
    byKey.delete(id)
    byKey.set(id, o)
  })
  return [...byKey.values()]
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined ? b : b === undefined ? a : Math.min(a, b)
}
