import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from 'kafkajs'
import { messageOf } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import type { FetchedPartition } from './decode.ts'
import { fetchFrom, leaderOf } from './fetcher.ts'
import { createTail, type Tail } from './tail.ts'

/** Follows the ends of the watched partitions: one long poll per broker for all of them. */
export interface Feed {
  /** Follows a partition from `next` on. A partition is watched once. */
  watch(topic: string, partition: number, at: { start: number; next: number }): Tail
  tail(topic: string, partition: number): Tail | undefined
  stop(): Promise<void>
}

export interface FeedDeps {
  cluster: Cluster
  prefix: string
  /** Bytes kept per partition. */
  keptBytes: number
  telemetry: Telemetry
  /** Takes what came before anybody can read it. */
  apply(fetched: readonly FetchedPartition[]): Promise<void>
  changed(topic: string, partition: number): void
  /** A partition no longer has what was to be read next. */
  outOfRange(tail: Tail): Promise<void>
}

const POLL = { maxWaitTime: 250, maxBytes: 16 * 1024 * 1024, maxPartitionBytes: 2 * 1024 * 1024 }
/** Between an answer with records and the next question: under load fewer, larger answers. */
const REST_MS = 3
const RETRY_MS = 200
const OUT_OF_RANGE = 1

export function createFeed(deps: FeedDeps): Feed {
  const { cluster, prefix, telemetry } = deps
  const tails = new Map<string, Tail>()
  const loops = new Map<string, Promise<void>>()
  const stopped = new AbortController()

  let lookedAt = 0
  /** Partitions a broker leads. Those that nobody leads make us look again. */
  const followed = (nodeId: string): Tail[] => {
    let isUnknown = false
    const mine = [...tails.values()].filter(({ topic, partition }) => {
      const leader = leaderOf(cluster, prefix + topic, partition)
      isUnknown ||= leader === undefined
      return leader === nodeId
    })
    if (isUnknown && performance.now() - lookedAt > RETRY_MS) {
      lookedAt = performance.now()
      void cluster.refreshMetadata().then(startLoops, () => undefined)
    }
    return mine
  }

  const take = async (answers: readonly FetchedPartition[]): Promise<{ came: boolean; stale: boolean }> => {
    const good: FetchedPartition[] = []
    let stale = false
    for (const answer of answers) {
      const tail = tails.get(`${answer.topic}/${answer.partition}`)
      if (!tail) continue
      if (answer.errorCode === OUT_OF_RANGE) await deps.outOfRange(tail)
      else if (answer.errorCode !== 0) stale = true
      else {
        tail.start = Math.max(tail.start, answer.start)
        // A partition that was sent elsewhere meanwhile does not take what was asked for before.
        if (answer.from === tail.next && answer.next > tail.next) good.push(answer)
      }
    }
    if (good.length === 0) return { came: false, stale }
    await deps.apply(good)
    for (const { topic, partition, records, from, next } of good) {
      const tail = tails.get(`${topic}/${partition}`)!
      if (from !== tail.next) continue
      tail.add(records, next)
      tail.seenEnd = Math.max(tail.seenEnd, next)
      deps.changed(topic, partition)
    }
    return { came: true, stale }
  }

  const poll = async (nodeId: string): Promise<void> => {
    let failures = 0
    while (!stopped.signal.aborted) {
      const wanted = followed(nodeId).map(({ topic, partition, next }) => ({ topic, partition, from: next }))
      if (wanted.length === 0) {
        if (!cluster.getNodeIds().map(String).includes(nodeId)) break
        await sleep(RETRY_MS)
        continue
      }
      try {
        const { came, stale } = await take(await fetchFrom(deps, nodeId, wanted, POLL))
        if (stale) throw new Error('metadata are stale')
        failures = 0
        if (came) await sleep(REST_MS)
      } catch (error) {
        if (stopped.signal.aborted) break
        if (failures++ % 20 === 0) telemetry.log('warn', 'log_feed_failed', { broker: nodeId, message: messageOf(error) })
        telemetry.count('log_feed_failures_total')
        await cluster.refreshMetadata().catch(() => cluster.connect().catch(() => undefined))
        startLoops()
        await sleep(RETRY_MS)
      }
    }
    loops.delete(nodeId)
  }
  function startLoops(): void {
    for (const nodeId of cluster.getNodeIds().map(String))
      if (!stopped.signal.aborted && !loops.has(nodeId)) loops.set(nodeId, poll(nodeId))
  }

  return {
    watch(topic, partition, at) {
      const key = `${topic}/${partition}`
      const known = tails.get(key)
      if (known) return known
      const tail = createTail(topic, partition, at, deps.keptBytes)
      tails.set(key, tail)
      startLoops()
      return tail
    },
    tail: (topic, partition) => tails.get(`${topic}/${partition}`),
    async stop() {
      stopped.abort()
      // A poll under way ends with the connection.
      await cluster.disconnect().catch(() => undefined)
      await Promise.all(loops.values())
    },
  }
}
