import type { Cluster } from 'kafkajs'
import { decodeFetch, type FetchedPartition } from './decode.ts'
import { fetchBytes, type RawFetch } from './internals.ts'

export interface FetchFrom {
  topic: string
  partition: number
  from: number
}

/** One fetch from one broker. Topic names carry the prefix on the wire and nowhere else. */
export async function fetchFrom(
  { cluster, prefix }: { cluster: Cluster; prefix: string },
  nodeId: string,
  wanted: readonly FetchFrom[],
  limits: { maxWaitTime: number; maxBytes: number; maxPartitionBytes: number },
): Promise<FetchedPartition[]> {
  const froms = new Map<string, number>()
  const topics = new Map<string, RawFetch>()
  // Partitions come in another order each time, so that none is always the one left out of a full answer.
  const first = Math.floor(Math.random() * wanted.length)
  for (let i = 0; i < wanted.length; i++) {
    const { topic, partition, from } = wanted[(first + i) % wanted.length]!
    froms.set(`${topic}/${partition}`, from)
    const entry = topics.get(topic) ?? { topic: prefix + topic, partitions: [] }
    topics.set(topic, entry)
    entry.partitions.push({ partition, fetchOffset: String(from), maxBytes: limits.maxPartitionBytes })
  }
  const broker = await cluster.findBroker({ nodeId })
  const bytes = await fetchBytes(broker, [...topics.values()], limits)
  const answers = decodeFetch(bytes, (topic, partition) => froms.get(`${topic.slice(prefix.length)}/${partition}`) ?? 0)
  return answers.map((answer) => ({ ...answer, topic: answer.topic.slice(prefix.length) }))
}

/** Who leads a partition, as far as the metadata know. */
export function leaderOf(cluster: Cluster, topic: string, partition: number): string | undefined {
  const leader = cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader
  return leader === undefined || leader < 0 ? undefined : String(leader)
}
