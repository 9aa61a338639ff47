import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from 'kafkajs'
import { CallboardError } from '#kernel/errors'
import { outOfRangeFault } from '../faults.ts'
import type { LogRecord, ReadBatch, ReadLimits } from '../port.ts'
import { fetchOffsets, type Ends } from './ends.ts'
import { logFault } from './faults.ts'
import type { Feed } from './feed.ts'
import { fetchFrom, leaderOf } from './fetcher.ts'
import { cut, sizeOf, type Tail } from './tail.ts'

/** Reads at any offset: from what the feed keeps, else from a broker. */
export interface Reader {
  read(topic: string, partition: number, from: number, limits: ReadLimits): Promise<ReadBatch>
  bounds(topic: string, partition: number): Promise<{ start: number; end: number }>
  /** Something of ours was acknowledged there: whoever reads next must see it. */
  wrote(topic: string, partition: number, end: number): void
}

export interface ReaderDeps {
  /** Not the feed's: a read must not wait for a long poll. */
  cluster: Cluster
  prefix: string
  ends: Ends
  feed: Feed
}

const MAX_FETCH_BYTES = 8 * 1024 * 1024
/** Read ahead and not asked for yet, for readers far behind. */
const MAX_AHEAD_BYTES = 48 * 1024 * 1024
/** An acknowledged commit is visible a moment later; another writer's open transaction can hold it up for longer. */
const VISIBLE_WITHIN_MS = 2_000
const TRIES = 6
const OUT_OF_RANGE = 1

export function createReader(deps: ReaderDeps): Reader {
  const { cluster, prefix, ends, feed } = deps
  const written = new Map<string, number>()
  const ahead = new Map<string, { records: readonly LogRecord[]; next: number; bytes: number }>()
  let aheadBytes = 0

  const keepAhead = (key: string, records: readonly LogRecord[], next: number): void => {
    const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0)
    ahead.set(key, { records, next, bytes })
    aheadBytes += bytes
    for (const [oldest, { bytes: freed }] of ahead) {
      if (aheadBytes <= MAX_AHEAD_BYTES) return
      ahead.delete(oldest)
      aheadBytes -= freed
    }
  }
  const serveFrom = (place: string, records: readonly LogRecord[], next: number, limits: ReadLimits): ReadBatch => {
    const { batch, used } = cut(records, 0, next, limits)
    if (used < records.length) keepAhead(`${place}@${batch.next}`, records.slice(used), next)
    return batch
  }

  const readFromBroker = async (topic: string, partition: number, from: number, limits: ReadLimits): Promise<ReadBatch> => {
    const place = `${topic}/${partition}`
    const known = ahead.get(`${place}@${from}`)
    if (known) {
      ahead.delete(`${place}@${from}`)
      aheadBytes -= known.bytes
      return serveFrom(place, known.records, known.next, limits)
    }
    const bytes = Math.min(MAX_FETCH_BYTES, Math.max(limits.maxBytes, 64 * 1024))
    for (let attempt = 1; ; attempt++) {
      try {
        const nodeId = leaderOf(cluster, prefix + topic, partition)
        if (nodeId === undefined) throw new Error(`${place} has no leader`)
        const [answer] = await fetchFrom(deps, nodeId, [{ topic, partition, from }], {
          maxWaitTime: 0,
          maxBytes: bytes,
          maxPartitionBytes: bytes,
        })
        if (answer?.errorCode === OUT_OF_RANGE) throw outOfRangeFault(topic, partition, from, await bounds(topic, partition))
        if (!answer || answer.errorCode !== 0) throw new Error(`error ${answer?.errorCode} of the leader`)
        return serveFrom(place, answer.records, answer.next, limits)
      } catch (error) {
        if (error instanceof CallboardError || attempt === TRIES) throw logFault(error, `Reading ${place} failed`)
        await sleep(20 * attempt ** 2)
        await cluster.refreshMetadata().catch(() => undefined)
      }
    }
  }

  const bounds = async (topic: string, partition: number): Promise<{ start: number; end: number }> => {
    const place = `${topic}/${partition}`
    const tail = feed.tail(topic, partition)
    const own = written.get(place) ?? 0
    try {
      let end = await ends.fresh(prefix + topic, partition)
      const deadline = performance.now() + VISIBLE_WITHIN_MS
      for (let waitMs = 1; end < own && performance.now() < deadline; waitMs = Math.min(waitMs * 2, 50)) {
        await sleep(waitMs)
        end = await ends.fresh(prefix + topic, partition)
      }
      if (tail) tail.seenEnd = Math.max(tail.seenEnd, end)
      const start = tail?.start ?? (await fetchOffsets(cluster, [{ topic: prefix + topic, partition }], true)).get(`${prefix}${place}`) ?? 0
      return { start, end }
    } catch (error) {
      throw logFault(error, `The ends of ${place} are not known`)
    }
  }

  /** The feed is about to bring it; when it does not, a broker is asked. */
  const waitFor = async (tail: Tail, offset: number): Promise<void> => {
    const stop = new AbortController()
    await Promise.race([tail.reached(offset), sleep(VISIBLE_WITHIN_MS, undefined, { signal: stop.signal }).catch(() => undefined)])
    stop.abort()
  }

  return {
    bounds,
    wrote(topic, partition, end) {
      const place = `${topic}/${partition}`
      if ((written.get(place) ?? 0) < end) written.set(place, end)
      const tail = feed.tail(topic, partition)
      if (tail && tail.seenEnd < end) tail.seenEnd = end
    },
    async read(topic, partition, from, limits) {
      if (from < 0) throw outOfRangeFault(topic, partition, from, await bounds(topic, partition))
      const tail = feed.tail(topic, partition)
      if (tail && from >= tail.next) {
        if (from >= tail.seenEnd) {
          if (from === tail.next || from === tail.seenEnd) return { records: [], next: from }
          const { start, end } = await bounds(topic, partition)
          if (from > end) throw outOfRangeFault(topic, partition, from, { start, end })
          if (from === end) return { records: [], next: from }
        }
        await waitFor(tail, from + 1)
      }
      return tail?.serve(from, limits) ?? readFromBroker(topic, partition, from, limits)
    },
  }
}
