import type { Clock } from '#kernel/clock'
import { failpoint } from '#kernel/node/failpoint'
import { partitionOf } from '#kernel/partition'
import { silentTelemetry, type Telemetry } from '#kernel/telemetry'
import { checkPartition, DEFAULT_MAX_RECORD_BYTES, encodeEntry, isAppendOnly, positionKey, specOf } from '../entries.ts'
import { appendOnlyFault, closedFault, notATableFault, positionBackFault, positionBeyondEndFault } from '../faults.ts'
import { createLaneRegistry } from '../lanes.ts'
import type { EventLog, LaneCommit, Position, TopicSpec } from '../port.ts'
import { createDraft } from './draft.ts'
import { createPlanWriter, type PlanTarget, type PlanWriter } from './group-writer.ts'
import { createTableView } from './records.ts'
import { startRetention } from './retention.ts'
import { openStores } from './stores.ts'

export interface LmdbLogOptions {
  dir: string
  topics: readonly TopicSpec[]
  partitionCount: number
  clock: Clock
  /** Age at which records of `delete` topics leave, whether or not a lane has read them. Default 72 h. */
  retentionMs?: number
  /** How long a deletion stays readable on compacted topics. Default 24 h. */
  tombstoneRetentionMs?: number
  /** Default 8 MiB. */
  maxRecordBytes?: number
  /** Most bytes in one transaction; what comes on top waits. Default 32 MiB. */
  maxPendingBytes?: number
  telemetry?: Telemetry
}

/**
 * The log on one machine. One process owns `dir`; it does not lock it. Append-only topics lie in hourly slices, all else in one
 * state environment. Rejects with LOG_CORRUPT, LOG_OFFSET_OUT_OF_RANGE (a stored position is past the end) or SETTING_INVALID.
 */
export async function openLmdbLog(options: LmdbLogOptions): Promise<EventLog> {
  const { partitionCount, clock, maxRecordBytes = DEFAULT_MAX_RECORD_BYTES, maxPendingBytes = 32 * 1024 * 1024 } = options
  const stores = await openStores(options)
  const { topics, state, slices, headOf } = stores
  const listeners = new Set<(topic: string, partition: number) => void>()
  let closing: Promise<void> | undefined

  const writerOf = (target: PlanTarget): PlanWriter =>
    createPlanWriter({
      maxPendingBytes,
      target,
      written(touched) {
        for (const { topic, partition } of touched) for (const listener of listeners) callApart(() => listener(topic, partition))
      },
    })
  const stateWriter = writerOf({
    begin: async () => createDraft({ clock, ...state }),
    write: (changes) => underWay('CP08', state.env.write(changes)),
  })
  const sliceWriter = writerOf({
    async begin() {
      await slices.roll()
      return createDraft({ clock, heads: slices.heads, positions: new Map() })
    },
    write: (changes) => underWay('CP02', slices.write(changes)),
  })

  const commit = async (lane: string, { partition, outputs, positions }: LaneCommit): Promise<readonly Position[]> => {
    if (closing) throw closedFault()
    const encoded = outputs.map((output) => {
      const spec = specOf(topics, output.topic)
      if (isAppendOnly(spec)) throw appendOnlyFault(output.topic)
      return { topic: output.topic, entry: encodeEntry(spec, output, maxRecordBytes) }
    })
    const bytes = encoded.reduce((sum, { entry }) => sum + entry.bytes, 0)
    const written = await stateWriter.submit((draft) => {
      for (const { topic, next } of positions) {
        const stored = draft.position(lane, topic, partition)
        if (stored !== undefined && next < stored) throw positionBackFault(lane, topic, partition, next, stored)
        const end = headOf(topic).ends[partition]!
        if (next > end) throw positionBeyondEndFault(lane, topic, partition, next, end)
      }
      for (const { topic, next } of positions) draft.setPosition(lane, topic, partition, next)
      return encoded.map(({ topic, entry }) => draft.add(topic, partition, entry))
    }, bytes)
    failpoint('CP09')
    return written
  }
  const lanes = createLaneRegistry({
    partitionCount,
    async position(lane, topic, partition) {
      if (closing) throw closedFault()
      return state.positions.get(positionKey(lane, topic, partition)) ?? stores.start(topic, partition)
    },
    commit,
  })
  const retention = startRetention({
    clock,
    telemetry: options.telemetry ?? silentTelemetry,
    slices,
    state,
    sliceWriter,
    stateWriter,
    options,
  })
  const closeAll = async (): Promise<void> => {
    await retention.stop()
    await Promise.all([sliceWriter.close(), stateWriter.close()])
    await stores.close()
  }

  return {
    partitionCount,
    async append(topic, entries) {
      if (closing) throw closedFault()
      const spec = specOf(topics, topic)
      const encoded = entries.map((entry) => encodeEntry(spec, entry, maxRecordBytes))
      const bytes = encoded.reduce((sum, entry) => sum + entry.bytes, 0)
      const writer = isAppendOnly(spec) ? sliceWriter : stateWriter
      return writer.submit((draft) => encoded.map((entry) => draft.add(topic, partitionOf(entry.key, partitionCount), entry)), bytes)
    },
    async read(topic, partition, from, limits) {
      if (closing) throw closedFault()
      return stores.read({ topic, partition, from }, limits)
    },
    async bounds(topic, partition) {
      if (closing) throw closedFault()
      return stores.bounds(topic, partition)
    },
    table(topic, partition) {
      if (closing) throw closedFault()
      checkPartition(partition, partitionCount)
      if (specOf(topics, topic).cleanup !== 'compact') throw notATableFault(topic)
      return createTableView(headOf(topic).tables, topic, partition, () => closing !== undefined)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async openLane(spec, owner) {
      if (closing) throw closedFault()
      for (const input of spec.inputs) specOf(topics, input)
      return lanes.open(spec, owner)
    },
    close: () => (closing ??= closeAll()),
  }
}

/** The write has been handed over and is being done. */
async function underWay(place: 'CP02' | 'CP08', writing: Promise<void>): Promise<void> {
  failpoint(place)
  await writing
}

/** A listener that throws is a fault of its own: it must end the process, not the transaction that called it. */
function callApart(call: () => void): void {
  try {
    call()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
