import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from 'kafkajs'

/** Asks the brokers where partitions end. Questions that come while one is under way are asked together. */
export interface Ends {
  /** End of what a reader may see, as of a moment after the call. */
  fresh(topic: string, partition: number): Promise<number>
}

interface Question {
  topic: string
  partition: number
  resolve(end: number): void
  reject(error: unknown): void
}

/** A new topic's leader may not know of it for a moment, and a leader may move. */
const ANSWERS_WITHIN_MS = 15_000

export function createEnds(cluster: Cluster): Ends {
  let waiting: Question[] = []
  let busy = false

  const ask = async (): Promise<void> => {
    busy = true
    // Whoever asks in the same turn is asked for together.
    await Promise.resolve()
    while (waiting.length > 0) {
      const asked = waiting
      waiting = []
      try {
        const ends = await fetchOffsets(cluster, asked, false)
        for (const { topic, partition, resolve } of asked) resolve(ends.get(`${topic}/${partition}`) ?? 0)
      } catch (error) {
        for (const { reject } of asked) reject(error)
      }
    }
    busy = false
  }

  return {
    fresh: (topic, partition) =>
      new Promise((resolve, reject) => {
        waiting.push({ topic, partition, resolve, reject })
        if (!busy) void ask()
      }),
  }
}

/** Ends, or starts, by `topic/partition`. */
export async function fetchOffsets(
  cluster: Cluster,
  of: readonly { topic: string; partition: number }[],
  fromBeginning: boolean,
): Promise<Map<string, number>> {
  const partitions = new Map<string, Set<number>>()
  for (const { topic, partition } of of) partitions.set(topic, (partitions.get(topic) ?? new Set()).add(partition))
  const topics = [...partitions].map(([topic, set]) => ({ topic, partitions: [...set].map((partition) => ({ partition })), fromBeginning }))
  const deadline = performance.now() + ANSWERS_WITHIN_MS
  for (let waitMs = 20; ; waitMs = Math.min(2 * waitMs, 500)) {
    try {
      const found = await cluster.fetchTopicsOffset(topics)
      const ends = new Map(
        found.flatMap(({ topic, partitions: list }) => list.map((p) => [`${topic}/${p.partition}`, Number(p.offset)] as const)),
      )
      // kafkajs leaves out, without a word, what its metadata know no leader of.
      const unknown = of.find(({ topic, partition }) => !ends.has(`${topic}/${partition}`))
      if (unknown) throw new Error(`${unknown.topic}/${unknown.partition} has no leader`)
      return ends
    } catch (error) {
      if (performance.now() + waitMs > deadline) throw error
      await sleep(waitMs)
      await cluster.refreshMetadata().catch(() => undefined)
    }
  }
}
