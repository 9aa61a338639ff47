import { setTimeout as sleep } from 'node:timers/promises'
import { Partitioners, type Kafka, type Transaction } from 'kafkajs'
import { createTopics } from './kafka-client.ts'
import { withBroker, type Claim } from './kafka-harness.ts'
import { repairReadCommitted } from './kafka-read-committed.ts'

interface Open {
  readonly transaction: Transaction
  readonly values: string[]
}

/** Several writers in one partition, transactions interleaved and ended in any order. Returns what was committed. */
async function writeInterleaved(kafka: Kafka, topic: string, writers: number, steps: number): Promise<ReadonlySet<string>> {
  const producers = Array.from({ length: writers }, (_, id) =>
    kafka.producer({
      transactionalId: `${topic}-${id}`,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 5, retries: 50 },
    }),
  )
  await Promise.all(producers.map((producer) => producer.connect()))
  const open = new Map<number, Open>()
  const committed = new Set<string>()
  const end = async (id: number, entry: Open, keep: boolean): Promise<void> => {
    open.delete(id)
    await (keep ? entry.transaction.commit() : entry.transaction.abort())
    if (keep) entry.values.forEach((value) => committed.add(value))
  }
  for (let step = 0; step < steps; step += 1) {
    const id = Math.floor(Math.random() * writers)
    const producer = producers[id]
    if (!producer) continue
    const entry = open.get(id) ?? { transaction: await producer.transaction(), values: [] }
    open.set(id, entry)
    if (entry.values.length > 0 && Math.random() < 0.3) await end(id, entry, Math.random() < 0.4)
    else {
      const value = `${id}-${step}`
      await entry.transaction.send({ topic, messages: [{ partition: 0, value }] })
      entry.values.push(value)
    }
  }
  for (const [id, entry] of open) await end(id, entry, true)
  await Promise.all(producers.map((producer) => producer.disconnect()))
  return committed
}

async function readAll(kafka: Kafka, topic: string, maxBytesPerPartition: number): Promise<readonly string[]> {
  const consumer = kafka.consumer({ groupId: `read-${Math.random()}`, maxWaitTimeInMs: 50, maxBytesPerPartition, readUncommitted: false })
  const values: string[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  let quietSince = Date.now()
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      quietSince = Date.now()
      values.push(...batch.messages.map((message) => message.value?.toString() ?? ''))
    },
  })
  for (const deadline = Date.now() + 30_000; Date.now() < deadline && (values.length === 0 || Date.now() - quietSince < 1500);)
    await sleep(50)
  await consumer.disconnect()
  return values
}

function compare(committed: ReadonlySet<string>, seen: readonly string[]): { leaked: number; missing: number; repeated: number } {
  const distinct = new Set(seen)
  return {
    leaked: [...distinct].filter((value) => !committed.has(value)).length,
    missing: [...committed].filter((value) => !distinct.has(value)).length,
    repeated: seen.length - distinct.size,
  }
}

/** (e) Must run before anything repairs kafkajs in this process: the repair is for the whole process. */
export async function readClaim(): Promise<Claim> {
  return await withBroker(async ({ kafka, admin }) => {
    const topic = 'interleaved'
    await createTopics(admin, [topic], 1)
    const committed = await writeInterleaved(kafka, topic, 4, 600)
    const sizes = [1_048_576, 2000, 300]
    const check = async (): Promise<{ leaked: number; missing: number; repeated: number }[]> => {
      const results = []
      for (const size of sizes) results.push(compare(committed, await readAll(kafka, topic, size)))
      return results
    }
    const stock = await check()
    repairReadCommitted()
    const repaired = await check()
    const flaws = repaired.reduce((sum, result) => sum + result.leaked + result.missing + result.repeated, 0)
    return {
      claim: 'e: read-committed readers see exactly the committed rows when writers interleave in one partition (filter repaired)',
      pass: flaws === 0,
      figures: { committed: committed.size, fetchSizes: sizes, stockKafkajs: stock, repaired },
    }
  })
}
