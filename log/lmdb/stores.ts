import { join } from 'node:path'
import type { Clock } from '#kernel/clock'
import { checkPartition, isAppendOnly, specOf, topicMap } from '../entries.ts'
import { outOfRangeFault, positionBeyondEndFault } from '../faults.ts'
import type { ReadBatch, ReadLimits, TopicSpec } from '../port.ts'
import type { TopicHeads } from './draft.ts'
import { makeFolder } from './environment.ts'
import { firstOffset, readRecords } from './records.ts'
import { openSlices, type SliceStore } from './slices.ts'
import { countStart } from './starts.ts'
import { openState, type StateStore } from './state.ts'

/** The files of the log, opened and checked against each other. */
export interface Stores {
  readonly topics: ReadonlyMap<string, TopicSpec>
  readonly state: StateStore
  readonly slices: SliceStore
  headOf: (topic: string) => TopicHeads
  start(topic: string, partition: number): number
  bounds(topic: string, partition: number): { start: number; end: number }
  read(at: { topic: string; partition: number; from: number }, limits: ReadLimits): ReadBatch
  close(): Promise<void>
}

export interface StoresConfig {
  dir: string
  topics: readonly TopicSpec[]
  partitionCount: number
  clock: Clock
}

/** Rejects with LOG_CORRUPT, LOG_OFFSET_OUT_OF_RANGE (a stored position is past the end) or SETTING_INVALID (PARTITIONS, folder). */
export async function openStores({ dir, topics: specs, partitionCount, clock }: StoresConfig): Promise<Stores> {
  const topics = topicMap(specs)
  makeFolder(dir)
  const starts = countStart(dir)
  const deep = starts.isSuspicious
  const opened: { close(): Promise<void> }[] = []
  const closeAll = async (): Promise<void> => {
    for (const store of opened.splice(0)) await store.close()
  }
  try {
    const stateTopics = specs.filter((spec) => !isAppendOnly(spec))
    const state = await openState(join(dir, 'state'), stateTopics, { partitionCount, deep })
    opened.push(state.env)
    const topicNames = specs.filter(isAppendOnly).map(({ name }) => name)
    const slices = await openSlices({ dir: join(dir, 'slices'), topicNames, partitionCount, clock, deep })
    opened.push(slices)
    checkPositions(state, slices)
    starts.opened()

    const headOf = (topic: string): TopicHeads => (state.heads.get(topic) ?? slices.heads.get(topic))!
    const start = (topic: string, partition: number): number => {
      checkPartition(partition, partitionCount)
      if (isAppendOnly(specOf(topics, topic))) return slices.start(topic, partition)
      const { tables, ends } = headOf(topic)
      return tables.cleanup === 'compact' ? 0 : (firstOffset(tables.records, partition) ?? ends[partition]!)
    }
    const bounds = (topic: string, partition: number): { start: number; end: number } => ({
      start: start(topic, partition),
      end: headOf(topic).ends[partition]!,
    })
    return {
      topics,
      state,
      slices,
      headOf,
      start,
      bounds,
      read(at, limits) {
        const found = bounds(at.topic, at.partition)
        if (at.from < found.start || at.from > found.end) throw outOfRangeFault(at.topic, at.partition, at.from, found)
        if (slices.heads.has(at.topic)) return slices.read(at, limits)
        return readRecords(headOf(at.topic).tables, { ...at, end: found.end }, limits)
      },
      async close() {
        await closeAll()
        starts.closed()
      },
    }
  } catch (error) {
    await closeAll()
    starts.failed()
    throw error
  }
}

function checkPositions(state: StateStore, slices: SliceStore): void {
  for (const [id, next] of state.positions) {
    const [lane = '', topic = '', number = ''] = id.split('\0')
    const partition = Number(number)
    // A topic this version no longer has is nobody's business.
    const end = (state.heads.get(topic) ?? slices.heads.get(topic))?.ends[partition]
    if (end !== undefined && next > end) throw positionBeyondEndFault(lane, topic, partition, next, end)
  }
}
