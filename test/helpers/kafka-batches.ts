import { silentTelemetry } from '#kernel/telemetry'
import { createClient } from '#log/kafka/client'
import { clusterOf } from '#log/kafka/internals'

/** A record as it lies on the broker, whether its transaction counted or not, with who wrote it. */
export interface RawRecord {
  partition: number
  offset: number
  key: string
  producerId: string
  /** Grows with each new owner of a transactional id. */
  epoch: number
}

interface Fetched {
  responses: {
    partitions: {
      messages: {
        offset: string
        key: Buffer | null
        isControlRecord: boolean
        batchContext: { producerId: string; producerEpoch: number }
      }[]
    }[]
  }[]
}

/** Everything in a topic that is not a control record; `topic` with its prefix. */
export async function readRaw(brokers: string, topic: string): Promise<RawRecord[]> {
  const cluster = clusterOf(createClient({ brokers: [brokers] }, silentTelemetry))
  await cluster.connect()
  try {
    await cluster.addTargetTopic(topic)
    const found: RawRecord[] = []
    for (const { partitionId: partition, leader } of cluster.findTopicPartitionMetadata(topic)) {
      const broker = await cluster.findBroker({ nodeId: String(leader) })
      const fetch = broker.fetch.bind(broker) as unknown as (request: object) => Promise<Fetched>
      const limits = { maxBytes: 8 << 20, minBytes: 0, maxWaitTime: 0 }
      for (let from = 0; ;) {
        const partitions = [{ partition, fetchOffset: String(from), maxBytes: 8 << 20 }]
        const { responses } = await fetch({ ...limits, isolationLevel: 0, rackId: '', topics: [{ topic, partitions }] })
        const messages = responses[0]!.partitions[0]!.messages.filter(({ offset }) => Number(offset) >= from)
        if (messages.length === 0) break
        for (const { offset, key, isControlRecord, batchContext } of messages) {
          if (isControlRecord) continue
          const { producerId, producerEpoch: epoch } = batchContext
          found.push({ partition, offset: Number(offset), key: key?.toString() ?? '', producerId, epoch })
        }
        from = Number(messages.at(-1)!.offset) + 1
      }
    }
    return found
  } finally {
    await cluster.disconnect()
  }
}
