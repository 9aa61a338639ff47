import { mkdirSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock'
import type { LogRecord, ReadBatch, ReadLimits } from '../port.ts'
import type { TopicHeads, TopicTables } from './draft.ts'
import { openEnvironment, type Change, type Environment } from './environment.ts'
import { ingestTimeOf, offsetOf } from './frame.ts'
import { lastFrame, readRecords } from './records.ts'
import { listSlices, makeSlice, noteRead, removeSlice, type Manifest, type SliceFolder } from './slice-folders.ts'
import type { UnreadGuard } from './unread.ts'

/** Records of append-only topics, one LMDB environment per hour of taking them in; an old hour leaves by unlinking its folder. */
export interface SliceStore {
  readonly heads: ReadonlyMap<string, TopicHeads>
  /** To be called before a transaction is drafted: starts a new slice when the hour is over. */
  roll(): Promise<void>
  write(changes: readonly Change[]): Promise<void>
  start(topic: string, partition: number): number
  read(at: { topic: string; partition: number; from: number }, limits: ReadLimits): ReadBatch
  /**
   * Unlinks closed slices whose youngest record is older than `retentionMs`, as far as every lane read them `readMarginMs` ago.
   * Returns what keeps the oldest slice that is due, if anything does.
   */
  dropExpired(retention: SliceRetention): Promise<HeldSlice | undefined>
  /** Whether the slice being written is itself past retention and holds records: then a roll lets it go. */
  isActiveExpired(retentionMs: number): boolean
  /** Copies all slices into `to`. Slices must not be dropped meanwhile. */
  copyTo(to: string): Promise<void>
  close(): Promise<void>
}

export interface SliceRetention {
  retentionMs: number
  readMarginMs: number
  unread: UnreadGuard
}

/** A slice that is past its age and cannot go. */
export interface HeldSlice {
  topic: string
  partition: number
  lane: string
  /** How long ago it should have gone. */
  overdueMs: number
}

interface Slice extends SliceFolder {
  env: Environment | undefined
}

const HOUR_MS = 3_600_000
/** LMDB's table of readers belongs to the process that has the file open. */
const LEFT_OUT = /[/\\]lock\.mdb$/
/** Closed slices kept open for readers that lag. */
const MAX_OPEN_CLOSED = 8

export interface SliceConfig {
  dir: string
  topicNames: readonly string[]
  partitionCount: number
  clock: Clock
  deep: boolean
}

export async function openSlices({ dir, topicNames, partitionCount, clock, deep }: SliceConfig): Promise<SliceStore> {
  mkdirSync(dir, { recursive: true })
  const slices: Slice[] = listSlices(dir).map((folder) => ({ ...folder, env: undefined }))
  const heads = new Map<string, TopicHeads>()

  const endOf = (index: number, topic: string, partition: number): number => {
    const next = slices[index + 1]
    return next ? baseOf(next, topic, partition) : heads.get(topic)!.ends[partition]!
  }
  /** Makes `slice` the one that is written. Ends and times go on from what is known, else from where it says it began. */
  const activate = (slice: Slice): void => {
    const env = openEnvironment(join(dir, slice.name), topicNames, { deep })
    slice.env = env
    for (const topic of topicNames) {
      const known = heads.get(topic)
      const ends = [...(known?.ends ?? slice.bases[topic] ?? zeros(partitionCount))]
      const times = [...(known?.times ?? slice.times[topic] ?? zeros(partitionCount))]
      heads.set(topic, Object.assign(known ?? {}, { tables: tablesOf(env, topic), ends, times }))
    }
  }
  const begin = async (): Promise<void> => {
    const manifest: Manifest = { createdAt: clock.now(), bases: {}, times: {} }
    for (const topic of topicNames) {
      manifest.bases[topic] = [...(heads.get(topic)?.ends ?? zeros(partitionCount))]
      manifest.times[topic] = [...(heads.get(topic)?.times ?? zeros(partitionCount))]
    }
    const slice: Slice = { ...(await makeSlice(dir, slices.at(-1)?.name, manifest)), env: undefined }
    slices.push(slice)
    activate(slice)
  }
  /** Reads are synchronous, so a slice is never closed under one. */
  const openForRead = (slice: Slice): Environment => {
    if (slice.env) return slice.env
    const open = slices.slice(0, -1).filter((other) => other.env)
    if (open.length >= MAX_OPEN_CLOSED) void closeSlice(open[0]!)
    return (slice.env = openEnvironment(join(dir, slice.name), Object.keys(slice.bases), { readOnly: true, deep }))
  }

  /** How far the lanes are with a closed slice; undefined when no lane reads any of it. */
  const readingOf = (
    slice: Slice,
    unread: UnreadGuard,
  ): { isUnread: boolean; topic: string; partition: number; lane: string } | undefined => {
    const index = slices.indexOf(slice)
    let reader: { isUnread: boolean; topic: string; partition: number; lane: string } | undefined
    for (const topic of topicNames)
      for (let partition = 0; partition < partitionCount; partition++) {
        const end = endOf(index, topic, partition)
        const slowest = end > baseOf(slice, topic, partition) ? unread.slowest(topic, partition) : undefined
        if (!slowest) continue
        reader = { isUnread: slowest.next < end, topic, partition, lane: slowest.lane }
        if (reader.isUnread) return reader
      }
    return reader
  }

  const last = slices.at(-1)
  if (last) {
    activate(last)
    for (const head of heads.values()) readEnds(head, partitionCount)
  } else await begin()

  return {
    heads,
    async roll() {
      const active = slices.at(-1)!
      // Failed half way the last time (disk full): the slice is there, but was not opened.
      if (!active.env) return activate(active)
      const isHourOver = Math.floor(clock.now() / HOUR_MS) > Math.floor(active.createdAt / HOUR_MS)
      // A clock set back by more than an hour would otherwise write one slice until it is there again.
      if (isHourOver || clock.now() < active.createdAt - HOUR_MS) await begin()
    },
    write: (changes) => slices.at(-1)!.env!.write(changes),
    start: (topic, partition) => baseOf(slices[0]!, topic, partition),
    read({ topic, partition, from }, limits) {
      const records: LogRecord[] = []
      let next = from
      let bytes = 0
      for (let index = slices.findLastIndex((slice) => baseOf(slice, topic, partition) <= from); index < slices.length; index++) {
        const end = endOf(index, topic, partition)
        if (next >= end) continue
        const left = { maxRecords: limits.maxRecords - records.length, maxBytes: limits.maxBytes - bytes }
        if (records.length > 0 && (left.maxRecords <= 0 || left.maxBytes <= 0)) break
        const batch = readRecords(tablesOf(openForRead(slices[index]!), topic), { topic, partition, from: next, end }, left)
        for (const record of batch.records) bytes += record.key.length + (record.value?.length ?? 0)
        records.push(...batch.records)
        next = batch.next
        if (next < end) break
      }
      return { records, next }
    },
    async dropExpired({ retentionMs, readMarginMs, unread }) {
      for (const slice of slices.slice(0, -1)) {
        const place = readingOf(slice, unread)
        if (!place) continue
        if (place.isUnread) break
        slice.readAt ??= noteRead(dir, slice.name, clock.now())
      }
      while (slices.length > 1) {
        const slice = slices[0]!
        const overdueMs = clock.now() - youngestBefore(slices[1]!) - retentionMs
        if (overdueMs < 0) return undefined
        const place = readingOf(slice, unread)
        if (place?.isUnread) return { ...place, overdueMs }
        if (place && slice.readAt! + readMarginMs > clock.now()) return undefined
        slices.shift()
        await closeSlice(slice)
        await removeSlice(dir, slice.name)
      }
      return undefined
    },
    isActiveExpired(retentionMs) {
      const active = slices.at(-1)!
      const youngest = Math.max(...topicNames.flatMap((topic) => heads.get(topic)!.times))
      if (Math.max(active.createdAt + HOUR_MS, youngest + retentionMs) > clock.now()) return false
      return topicNames.some((topic) => heads.get(topic)!.ends.some((end, partition) => end > baseOf(active, topic, partition)))
    },
    async copyTo(to) {
      // The one that is written first: it may be closed while the others are copied, and is then never written again.
      for (const { name, env } of slices.toReversed()) {
        const isActive = name === slices.at(-1)!.name
        await cp(join(dir, name), join(to, name), {
          recursive: true,
          filter: (path) => !LEFT_OUT.test(path) && !(isActive && path.endsWith('.mdb')),
        })
        if (isActive) await env!.copyTo(join(to, name))
      }
    },
    async close() {
      for (const slice of slices) await closeSlice(slice)
    },
  }
}

function zeros(count: number): number[] {
  return Array.from({ length: count }, () => 0)
}

function baseOf(slice: SliceFolder, topic: string, partition: number): number {
  return slice.bases[topic]?.[partition] ?? 0
}

/** When the last record before `slice` came in. A clock that was ahead may have stamped it later than the slice began. */
function youngestBefore(slice: SliceFolder): number {
  return Math.min(slice.createdAt, Math.max(0, ...Object.values(slice.times).flat()))
}

function tablesOf(env: Environment, topic: string): TopicTables {
  return { cleanup: 'delete', records: env.table(topic) }
}

async function closeSlice(slice: Slice): Promise<void> {
  const { env } = slice
  slice.env = undefined
  await env?.close()
}

/** Ends and times as the records of the active slice say; what it has none of stays as its manifest says. */
function readEnds(head: TopicHeads, partitionCount: number): void {
  if (head.tables.cleanup !== 'delete') return
  for (let partition = 0; partition < partitionCount; partition++) {
    const frame = lastFrame(head.tables.records, partition)
    if (!frame) continue
    head.ends[partition] = offsetOf(frame) + 1
    head.times[partition] = ingestTimeOf(frame)
  }
}
