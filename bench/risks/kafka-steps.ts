import { setTimeout as sleep } from 'node:timers/promises'
import { Partitioners, type Kafka, type Producer } from 'kafkajs'
import { createTopics, errorType } from './kafka-client.ts'

export interface StepResult {
  readonly step: string
  readonly ok: boolean
  readonly ms: number
  readonly note: string
}

const TOPIC = 'steps'
const GROUP = 'steps-group'

async function until(what: string, check: () => boolean, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!check()) {
    if (Date.now() > deadline) throw new Error(`timed out: ${what}`)
    await sleep(20)
  }
}

const producerOf = (kafka: Kafka, options: { idempotent?: boolean; transactionalId?: string } = {}): Producer =>
  kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false, ...options })

async function withProducer<T>(producer: Producer, use: (producer: Producer) => Promise<T>): Promise<T> {
  await producer.connect()
  try {
    return await use(producer)
  } finally {
    await producer.disconnect()
  }
}

interface Member {
  readonly values: string[]
  readonly partitions: () => number
  seekToStart(): void
  commit(offset: string): Promise<void>
  stop(): Promise<void>
}

async function member(kafka: Kafka, groupId: string): Promise<Member> {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, heartbeatInterval: 200, maxWaitTimeInMs: 100 })
  const values: string[] = []
  let partitions = 0
  consumer.on('consumer.group_join', ({ payload }) => (partitions = payload.memberAssignment[TOPIC]?.length ?? 0))
  await consumer.connect()
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true })
  await consumer.run({ autoCommit: false, eachMessage: async ({ message }) => void values.push(message.value?.toString() ?? '') })
  return {
    values,
    partitions: () => partitions,
    seekToStart: () => [0, 1, 2, 3].forEach((partition) => consumer.seek({ topic: TOPIC, partition, offset: '0' })),
    commit: (offset) => consumer.commitOffsets([0, 1, 2, 3].map((partition) => ({ topic: TOPIC, partition, offset }))),
    stop: () => consumer.disconnect(),
  }
}

/** What the adapter needs from kafkajs, one step after the other on a real broker. */
export async function runSteps(kafka: Kafka): Promise<readonly StepResult[]> {
  const results: StepResult[] = []
  const step = async (name: string, run: () => Promise<string | undefined>): Promise<void> => {
    const started = performance.now()
    let outcome: { ok: boolean; note: string }
    try {
      outcome = { ok: true, note: (await run()) ?? '' }
    } catch (error) {
      outcome = { ok: false, note: `${errorType(error)}: ${error instanceof Error ? error.message : ''}` }
    }
    results.push({ step: name, ms: Math.round(performance.now() - started), ...outcome })
  }

  const admin = kafka.admin()
  await admin.connect()
  const stop: (() => Promise<void>)[] = [() => admin.disconnect()]
  try {
    await step('metadata', async () => `${(await admin.describeCluster()).brokers.length} broker`)
    await step('create topic', async () => {
      await createTopics(admin, [TOPIC], 4)
      return undefined
    })
    await step('produce acks=all', () =>
      withProducer(producerOf(kafka), async (producer) => {
        await producer.send({
          topic: TOPIC,
          acks: -1,
          messages: Array.from({ length: 40 }, (_, i) => ({ partition: i % 4, value: `v${i}` })),
        })
        return '40'
      }),
    )
    let first: Member | undefined
    await step('group join, consume', async () => {
      first = await member(kafka, GROUP)
      stop.push(first.stop)
      await until('40 records', () => first?.values.length === 40)
      return `${first.values.length}`
    })
    await step('commit, fetch committed', async () => {
      await first?.commit('10')
      const [topic] = await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] })
      if (!topic?.partitions.every((partition) => partition.offset === '10')) throw new Error('not what was committed')
      return undefined
    })
    await step('seek to 0, replay', async () => {
      first?.seekToStart()
      await until('replay', () => first?.values.length === 80)
      return undefined
    })
    await step('second member, rebalance', async () => {
      const second = await member(kafka, GROUP)
      stop.push(second.stop)
      await until('2 + 2', () => first?.partitions() === 2 && second.partitions() === 2)
      return '2 + 2 partitions'
    })
    await step('idempotent producer', () =>
      withProducer(producerOf(kafka, { idempotent: true }), async (producer) => {
        await producer.send({ topic: TOPIC, messages: [{ value: 'i' }] })
        return undefined
      }),
    )
    await step('transaction: commit, offsets, abort', () =>
      withProducer(producerOf(kafka, { transactionalId: 'steps-tx' }), async (producer) => {
        const committed = await producer.transaction()
        await committed.send({ topic: TOPIC, messages: [{ partition: 0, value: 't' }] })
        await committed.sendOffsets({
          consumerGroupId: 'steps-tx-group',
          topics: [{ topic: TOPIC, partitions: [{ partition: 0, offset: '7' }] }],
        })
        await committed.commit()
        const aborted = await producer.transaction()
        await aborted.send({ topic: TOPIC, messages: [{ partition: 0, value: 'x' }] })
        await aborted.abort()
        const [topic] = await admin.fetchOffsets({ groupId: 'steps-tx-group', topics: [TOPIC] })
        return `position ${topic?.partitions.find((entry) => entry.partition === 0)?.offset}`
      }),
    )
    await step(
      'topic offsets, by timestamp',
      async () =>
        `${(await admin.fetchTopicOffsets(TOPIC)).length} / ${(await admin.fetchTopicOffsetsByTimestamp(TOPIC, 0)).length} partitions`,
    )
    await step(
      'describe and list groups',
      async () => `${(await admin.describeGroups([GROUP])).groups[0]?.state}, ${(await admin.listGroups()).groups.length} listed`,
    )
    await step('describe and alter configs', async () => {
      const resource = { type: 2 as const, name: TOPIC }
      await admin.alterConfigs({
        validateOnly: false,
        resources: [{ ...resource, configEntries: [{ name: 'retention.ms', value: '86400000' }] }],
      })
      const described = await admin.describeConfigs({ includeSynonyms: false, resources: [{ ...resource, configNames: ['retention.ms'] }] })
      return described.resources[0]?.configEntries[0]?.configValue
    })
    await step('leave group, delete group', async () => {
      await Promise.all(stop.splice(1).map((end) => end()))
      await admin.deleteGroups([GROUP])
      return undefined
    })
    await step('delete topic', async () => {
      await admin.deleteTopics({ topics: [TOPIC] })
      await sleep(200)
      if ((await admin.listTopics()).includes(TOPIC)) throw new Error('still listed')
      return undefined
    })
  } finally {
    for (const end of stop.reverse()) await end().catch(() => undefined)
  }
  return results
}
