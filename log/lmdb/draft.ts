import type { Clock } from '#kernel/clock'
import { positionKey, type EncodedEntry } from '../entries.ts'
import type { Position } from '../port.ts'
import type { Change, Table } from './environment.ts'
import { frameBytes, ingestTimeOf, isTombstone, offsetOf, writeFrame } from './frame.ts'
import { encodeNumbers, headKey, offsetKey, rowKey, tombstoneKey } from './keys.ts'

/** Where the records of a topic lie. A compacted topic is a table of rows with an index of changes by offset. */
export type TopicTables = { cleanup: 'delete'; records: Table } | { cleanup: 'compact'; rows: Table; changes: Table; tombstones: Table }

/** What is known of a topic's partitions without looking at the disk. */
export interface TopicHeads {
  readonly tables: TopicTables
  /** Next offset to be written, per partition. */
  ends: number[]
  /** Ingest time of the last record, per partition. */
  times: number[]
}

export interface Draft {
  add(topic: string, partition: number, entry: EncodedEntry): Position
  position(lane: string, topic: string, partition: number): number | undefined
  setPosition(lane: string, topic: string, partition: number, next: number): void
  /** A change that leaves ends and positions alone: retention of records. */
  remove(table: Table, key: Uint8Array): void
  /** Whether the record at `offset` is still the newest of its key, with what this transaction has added so far. */
  isNewest(topic: string, at: { partition: number; offset: number; keyBytes: Uint8Array }): boolean
  /** Forgets a deleted key, unless the key was written again. */
  dropTombstone(topic: string, tombstone: Tombstone): void
  /** All changes, those of ends and positions included. */
  finish(): readonly Change[]
  readonly touched: readonly { topic: string; partition: number }[]
  /** To be called when the changes are on disk: makes them what the heads and positions say. */
  settle(): void
}

interface Tombstone {
  partition: number
  offset: number
  ingestTime: number
  keyBytes: Uint8Array
}

const SLAB_BYTES = 128 * 1024

/** Collects one transaction. What it adds sees what it added before; nothing outside sees it until `settle`. */
export function createDraft(state: {
  clock: Clock
  heads: ReadonlyMap<string, TopicHeads>
  positions: Map<string, number>
  /** Where ends and positions are kept; a slice has none, its ends follow from its records. */
  stored?: { heads: Table; positions: Table }
}): Draft {
  const changes: Change[] = []
  const drafts = new Map<string, { ends: number[]; times: number[]; touched: Set<number>; newest: Map<string, Buffer> }>()
  const positions = new Map<string, number>()
  const now = state.clock.now()
  let slab = Buffer.alloc(0)
  let used = 0

  const frameOf = (entry: EncodedEntry, offset: number, ingestTime: number): Buffer => {
    const bytes = frameBytes(entry)
    if (used + bytes > slab.length) {
      slab = Buffer.allocUnsafeSlow(Math.max(bytes, SLAB_BYTES))
      used = 0
    }
    used += bytes
    return writeFrame(slab, used - bytes, entry, offset, ingestTime)
  }
  const draftOf = (
    topic: string,
  ): { head: TopicHeads; ends: number[]; times: number[]; touched: Set<number>; newest: Map<string, Buffer> } => {
    const head = state.heads.get(topic)!
    let draft = drafts.get(topic)
    if (!draft) drafts.set(topic, (draft = { ends: [...head.ends], times: [...head.times], touched: new Set(), newest: new Map() }))
    return { head, ...draft }
  }

  return {
    get touched() {
      return [...drafts].flatMap(([topic, { touched }]) => [...touched].map((partition) => ({ topic, partition })))
    },
    add(topic, partition, entry) {
      const { head, ends, times, touched, newest } = draftOf(topic)
      const offset = ends[partition]!++
      const ingestTime = (times[partition] = Math.max(times[partition]!, now))
      touched.add(partition)
      const frame = frameOf(entry, offset, ingestTime)
      const key = offsetKey(partition, offset)
      const { tables } = head
      if (tables.cleanup === 'delete') changes.push({ table: tables.records, key, value: frame })
      else {
        const row = rowKey(partition, entry.keyBytes)
        const id = `${partition}\0${entry.key}`
        const previous = newest.get(id) ?? tables.rows.getBinaryFast(row)
        if (previous) {
          const before = offsetOf(previous)
          changes.push({ table: tables.changes, key: offsetKey(partition, before) })
          if (isTombstone(previous))
            changes.push({ table: tables.tombstones, key: tombstoneKey(ingestTimeOf(previous), partition, before) })
        }
        newest.set(id, frame)
        changes.push({ table: tables.rows, key: row, value: frame }, { table: tables.changes, key, value: entry.keyBytes })
        if (entry.value === null)
          changes.push({ table: tables.tombstones, key: tombstoneKey(ingestTime, partition, offset), value: entry.keyBytes })
      }
      return { partition, offset, ingestTime }
    },
    position: (lane, topic, partition) => {
      const id = positionKey(lane, topic, partition)
      return positions.get(id) ?? state.positions.get(id)
    },
    setPosition(lane, topic, partition, next) {
      positions.set(positionKey(lane, topic, partition), next)
    },
    remove(table, key) {
      changes.push({ table, key })
    },
    isNewest(topic, { partition, offset, keyBytes }) {
      const { head, newest } = draftOf(topic)
      if (head.tables.cleanup !== 'compact') return false
      const current =
        newest.get(`${partition}\0${Buffer.from(keyBytes).toString()}`) ?? head.tables.rows.getBinaryFast(rowKey(partition, keyBytes))
      return current !== undefined && offsetOf(current) === offset
    },
    dropTombstone(topic, { partition, offset, ingestTime, keyBytes }) {
      const { head, newest } = draftOf(topic)
      if (head.tables.cleanup !== 'compact') return
      const { rows, changes: index, tombstones } = head.tables
      const row = rowKey(partition, keyBytes)
      const current = newest.get(`${partition}\0${Buffer.from(keyBytes).toString()}`) ?? rows.getBinaryFast(row)
      if (current && offsetOf(current) === offset)
        changes.push({ table: rows, key: row }, { table: index, key: offsetKey(partition, offset) })
      changes.push({ table: tombstones, key: tombstoneKey(ingestTime, partition, offset) })
    },
    finish() {
      const { stored } = state
      if (!stored) return changes
      for (const [topic, { ends, times, touched }] of drafts)
        for (const partition of touched)
          changes.push({
            table: stored.heads,
            key: Buffer.from(headKey(topic, partition)),
            value: encodeNumbers(ends[partition]!, times[partition]!),
          })
      for (const [id, next] of positions) changes.push({ table: stored.positions, key: Buffer.from(id), value: encodeNumbers(next) })
      return changes
    },
    settle() {
      for (const [topic, { ends, times }] of drafts) Object.assign(state.heads.get(topic)!, { ends, times })
      for (const [id, next] of positions) state.positions.set(id, next)
    },
  }
}
