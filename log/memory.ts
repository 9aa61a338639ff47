import type { Clock } from '#kernel/clock'
import { partitionOf } from '#kernel/partition'
import { checkPartition, DEFAULT_MAX_RECORD_BYTES, encodeEntry, isAppendOnly, positionKey, specOf, topicMap } from './entries.ts'
import { appendOnlyFault, closedFault, notATableFault, outOfRangeFault, positionBackFault, positionBeyondEndFault } from './faults.ts'
import { createLaneRegistry } from './lanes.ts'
import { createMemoryPartition, type MemoryPartition } from './memory-partition.ts'
import type { Entry, EventLog, LaneCommit, Position, TopicSpec } from './port.ts'

export interface MemoryLogOptions {
  topics: readonly TopicSpec[]
  partitionCount: number
  clock: Clock
  maxRecordBytes?: number
  tombstoneRetentionMs?: number
}

/** The log in memory, for tests: every call takes effect before it returns. It keeps everything, tombstones for their time. */
export function createMemoryLog(options: MemoryLogOptions): EventLog {
  const { partitionCount, clock, maxRecordBytes = DEFAULT_MAX_RECORD_BYTES, tombstoneRetentionMs = 24 * 3_600_000 } = options
  const topics = topicMap(options.topics)
  const partitions = new Map<string, MemoryPartition>()
  const positions = new Map<string, number>()
  const listeners = new Set<(topic: string, partition: number) => void>()
  let closed = false

  const at = (topic: string, partition: number): MemoryPartition => {
    checkPartition(partition, partitionCount)
    const spec = specOf(topics, topic)
    const id = `${topic}/${partition}`
    let found = partitions.get(id)
    if (!found) partitions.set(id, (found = createMemoryPartition({ spec, partition, clock, tombstoneRetentionMs })))
    return found
  }
  const write = (writes: readonly { topic: string; partition: number; entry: Entry }[]): Position[] => {
    // Checked before the first one is written: all or nothing.
    for (const { topic, entry } of writes) encodeEntry(specOf(topics, topic), entry, maxRecordBytes)
    return writes.map(({ topic, partition, entry }) => at(topic, partition).add(entry))
  }
  const notify = (changed: readonly { topic: string; partition: number }[]): void => {
    const seen = new Set<string>()
    for (const { topic, partition } of changed) {
      const id = `${topic}/${partition}`
      if (seen.has(id)) continue
      seen.add(id)
      for (const listener of listeners) listener(topic, partition)
    }
  }

  const commit = async (lane: string, { partition, outputs, positions: next }: LaneCommit): Promise<readonly Position[]> => {
    if (closed) throw closedFault()
    for (const { topic } of outputs) if (isAppendOnly(specOf(topics, topic))) throw appendOnlyFault(topic)
    for (const { topic, next: offset } of next) {
      const stored = positions.get(positionKey(lane, topic, partition))
      if (stored !== undefined && offset < stored) throw positionBackFault(lane, topic, partition, offset, stored)
      const { end } = at(topic, partition)
      if (offset > end) throw positionBeyondEndFault(lane, topic, partition, offset, end)
    }
    const writes = outputs.map((output) => ({ topic: output.topic, partition, entry: output }))
    const written = write(writes)
    for (const { topic, next: offset } of next) positions.set(positionKey(lane, topic, partition), offset)
    notify(writes)
    return written
  }
  const lanes = createLaneRegistry({
    partitionCount,
    async position(lane, topic, partition) {
      if (closed) throw closedFault()
      return positions.get(positionKey(lane, topic, partition)) ?? 0
    },
    commit,
  })

  return {
    partitionCount,
    async append(topic, entries) {
      if (closed) throw closedFault()
      const writes = entries.map((entry) => ({ topic, partition: partitionOf(entry.key, partitionCount), entry }))
      const written = write(writes)
      notify(writes)
      return written
    },
    async read(topic, partition, from, limits) {
      if (closed) throw closedFault()
      const source = at(topic, partition)
      if (from < 0 || from > source.end) throw outOfRangeFault(topic, partition, from, { start: 0, end: source.end })
      return source.read(from, limits)
    },
    async bounds(topic, partition) {
      if (closed) throw closedFault()
      return { start: 0, end: at(topic, partition).end }
    },
    table(topic, partition) {
      if (closed) throw closedFault()
      if (specOf(topics, topic).cleanup !== 'compact') throw notATableFault(topic)
      return at(topic, partition)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async openLane(spec, owner) {
      if (closed) throw closedFault()
      for (const input of spec.inputs) specOf(topics, input)
      return lanes.open(spec, owner)
    },
    async close() {
      closed = true
    },
  }
}
