import { rm, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs, { type Kafka } from 'kafkajs'
import { partitionOf } from '#kernel/partition'
import { openKafkaLog } from '#log/kafka/log'
import { startKafka } from '../scripts/kafka.mjs'
import { appendLoads, benchAppend, benchCommit, benchRead, benchTable, eventOf, PARTITIONS, startMeter, topics } from './log.ts'

const INPUT = topics[0].name

/** Kafka beside kafkajs alone, on one broker in one run: what the port costs. The broker runs on the same machine. */
export async function benchKafka(seconds: number): Promise<void> {
  const broker = await startKafka()
  const dir = await mkdtemp(join(tmpdir(), 'callboard-bench-kafka-'))
  const log = await openKafkaLog({ connection: { brokers: [broker.brokers] }, prefix: 'bench.', dir, topics, partitionCount: PARTITIONS })
  const kafka = new kafkajs.Kafka({ brokers: [broker.brokers], clientId: 'raw', logLevel: kafkajs.logLevel.NOTHING })
  try {
    console.log(`Kafka, one broker on this machine, ${PARTITIONS} partitions, ${seconds} s each; "raw" is kafkajs alone`)
    await rawAppend(kafka, { producers: 8, perCall: 100, seconds: Math.min(seconds, 3), quiet: true })
    for (const load of appendLoads) {
      const raw = await rawAppend(kafka, { ...load, seconds })
      const ours = await benchAppend(log, { ...load, seconds })
      console.log(`    ${percent(ours, raw)} of the raw client's rate`)
    }
    const raw = await rawRead(kafka)
    const ours = await benchRead(log, INPUT)
    console.log(`    ${percent(ours, raw)} of the raw client's rate`)
    for (const outputs of [10, 100]) {
      const rawRate = await rawCommit(kafka, { outputs, seconds })
      console.log(`    ${percent(await benchCommit(log, { outputs, seconds }), rawRate)} of the raw client's rate`)
    }
    await benchRead(log, topics[1].name)
    benchTable(log)
  } finally {
    await log.close()
    await broker.stop()
    await rm(dir, { recursive: true, force: true })
  }
}

const percent = (ours: number, raw: number): string => `${Math.round((ours / raw) * 100)} %`

/** Each producer sends and waits, as the port's callers do. */
async function rawAppend(
  kafka: Kafka,
  { producers, perCall, seconds, quiet = false }: { producers: number; perCall: number; seconds: number; quiet?: boolean },
): Promise<number> {
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
  await producer.connect()
  const acks: number[] = []
  const meter = startMeter()
  const end = performance.now() + seconds * 1000
  const produce = async (name: number): Promise<void> => {
    for (let i = 0; performance.now() < end; i++) {
      const messages = Array.from({ length: perCall }, (_, n) => {
        const { key, value, headers } = eventOf(`contact-${name}-${i}-${n}`)
        return { key, value: value as Buffer, headers, partition: partitionOf(key, PARTITIONS) }
      })
      const sentAt = performance.now()
      await producer.send({ topic: `bench.${INPUT}`, acks: -1, messages })
      acks.push(performance.now() - sentAt)
    }
  }
  await Promise.all(Array.from({ length: producers }, (_, i) => produce(i)))
  await producer.disconnect()
  return quiet ? 0 : meter.print(`raw append, ${producers} producers x ${perCall}`, acks.length * perCall, acks)
}

/** What a caller has to do with kafkajs itself: one producer per partition, one transaction after the other. */
async function rawCommit(kafka: Kafka, { outputs, seconds }: { outputs: number; seconds: number }): Promise<number> {
  const group = `raw-${outputs}`
  const producers = await Promise.all(
    Array.from({ length: PARTITIONS }, async (_, partition) => {
      const producer = kafka.producer({
        transactionalId: `${group}-${partition}`,
        maxInFlightRequests: 1,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
        retry: { retries: 0 },
      })
      await producer.connect()
      await (await producer.transaction()).commit()
      return producer
    }),
  )
  const times: number[] = []
  const meter = startMeter()
  const end = performance.now() + seconds * 1000
  await Promise.all(
    producers.map(async (producer, partition) => {
      for (let i = 0; performance.now() < end; i++) {
        const messages = Array.from({ length: outputs }, (_, n) => ({
          partition,
          key: `contact/${partition}-${i}-${n}`,
          value: Buffer.alloc(400, 0x62),
        }))
        const from = performance.now()
        const transaction = await producer.transaction()
        const offsets = [{ topic: `bench.${INPUT}`, partitions: [{ partition, offset: '0' }] }]
        await again(() => transaction.sendOffsets({ consumerGroupId: group, topics: offsets }))
        await transaction.send({ topic: `bench.${topics[1].name}`, messages })
        await transaction.commit()
        times.push(performance.now() - from)
      }
    }),
  )
  await Promise.all(producers.map((producer) => producer.disconnect()))
  const rate = meter.print(`raw transaction of ${outputs} outputs + position`, times.length * outputs, times)
  console.log(`    ${Math.round(times.length / seconds)} commits/s`)
  return rate
}

/** The former transaction may not be completed yet. */
async function again<T>(step: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await step()
    } catch (error) {
      if ((error as { type?: string }).type !== 'CONCURRENT_TRANSACTIONS') throw error
      await sleep(2)
    }
  }
}

async function rawRead(kafka: Kafka): Promise<number> {
  const admin = kafka.admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets(`bench.${INPUT}`)
  const total = offsets.reduce((sum, { high }) => sum + Number(high), 0)
  await admin.disconnect()
  const consumer = kafka.consumer({ groupId: `raw-${Date.now()}`, readUncommitted: false, maxWaitTimeInMs: 100 })
  await consumer.connect()
  await consumer.subscribe({ topic: `bench.${INPUT}`, fromBeginning: true })
  let count = 0
  let meter = startMeter()
  await new Promise<void>((done) => {
    void consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: PARTITIONS,
      eachBatch: async ({ batch }) => {
        // Joining the group is not reading.
        if (count === 0) meter = startMeter()
        for (const { key, headers } of batch.messages) {
          key?.toString()
          for (const name in headers) headers[name]?.toString()
        }
        count += batch.messages.length
        if (count >= total) done()
      },
    })
  })
  const rate = meter.print('raw read, one consumer', count, [])
  await consumer.disconnect()
  return rate
}
