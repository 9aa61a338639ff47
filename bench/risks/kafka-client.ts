import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kafka, Partitioners, logLevel, type Admin, type ISocketFactory, type Producer, type Transaction } from 'kafkajs'

export const PARTITIONS = 24
export const GROUP = 'lane-bench'
export const INPUT = 'input'
export const ROWS = 'rows'
/** Barrier records are tombstones of this key; readers skip them. */
export const BARRIER_KEY = 'barrier'

/** One clock for all processes of this machine, with a resolution below a millisecond. */
export const now = (): number => performance.timeOrigin + performance.now()

export function connectKafka(brokers: string, clientId: string, socketFactory?: ISocketFactory): Kafka {
  return new Kafka({
    brokers: [brokers],
    clientId,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 5000,
    // kafkajs waits 300 ms before its first retry otherwise, and InitProducerId is often told to retry.
    retry: { initialRetryTime: 20, maxRetryTime: 200, retries: 10 },
    ...(socketFactory ? { socketFactory } : {}),
  })
}

/** kafkajs's own `waitForLeaders` gives up when the broker does not know the new topic for a moment. */
export async function createTopics(admin: Admin, topics: readonly string[], numPartitions: number): Promise<void> {
  const entries = topics.map((topic) => ({ topic, numPartitions, replicationFactor: 1 }))
  await admin.createTopics({ waitForLeaders: false, topics: entries })
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const known = await admin.fetchTopicMetadata({ topics: [...topics] }).catch(() => undefined)
    if (known?.topics.every((topic) => topic.partitions.length === numPartitions && topic.partitions.every(({ leader }) => leader >= 0)))
      return
    await sleep(50)
  }
  throw new Error(`topics without leaders: ${topics.join(', ')}`)
}

interface ErrorLike {
  readonly name?: string
  readonly type?: string
  readonly cause?: unknown
}

const isErrorLike = (value: unknown): value is ErrorLike => typeof value === 'object' && value !== null

/** The broker's error type below kafkajs's wrappers, else the name of the innermost error. */
export function errorType(error: unknown): string {
  let name = 'unknown'
  for (let at = error, depth = 0; isErrorLike(at) && depth < 5; at = at.cause, depth += 1) {
    if (at.type) return at.type
    name = at.name ?? name
  }
  return name
}

const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE'])
export const isFenced = (error: unknown): boolean => FENCED.has(errorType(error))

/** Only "the former transaction is still being completed" may be repeated on the same producer: nothing was written. */
async function whileConcurrent<T>(step: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await step()
    } catch (error) {
      if (errorType(error) !== 'CONCURRENT_TRANSACTIONS' || attempt >= 200) throw error
      concurrentRetries.count += 1
      await sleep(2)
    }
  }
}

export const concurrentRetries = { count: 0 }

/** Where the time of a commit goes. */
export interface CommitTimes {
  readonly send: number
  readonly offsets: number
  readonly end: number
}

/**
 * The only writer of one output partition: transactional id = lane + input partition. After any error it is unusable;
 * the caller closes it and opens a new one, which reads the committed position.
 */
export class PartitionWriter {
  readonly partition: number
  readonly #kafka: Kafka
  readonly #producer: Producer
  #first: Transaction | undefined

  constructor(kafka: Kafka, partition: number) {
    this.partition = partition
    this.#kafka = kafka
    this.#producer = kafka.producer({
      transactionalId: `${GROUP}-${partition}`,
      transactionTimeout: 15_000,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: { retries: 0 },
    })
  }

  /** Fences every former owner, ends its open transaction, and returns the committed position. */
  async open({ barrier = true } = {}): Promise<number> {
    await this.#producer.connect()
    // kafkajs initialises the producer inside the first transaction(), nothing goes over the wire for the latter.
    this.#first = await this.#producer.transaction()
    const nonce = barrier ? await this.#passBarrier() : undefined
    return await committedPosition(this.#kafka, this.partition, nonce)
  }

  /**
   * A first transaction over the very partitions later ones write to. After a broker crash the group coordinator may
   * answer from an older state for a moment: only an answer that shows this barrier shows all that was committed
   * before it. And where the broker has lost the end markers of the last transaction, this one's markers end it.
   */
  async #passBarrier(): Promise<string> {
    const transaction = await this.begin()
    const nonce = randomUUID()
    await whileConcurrent(() =>
      transaction.send({ topic: ROWS, acks: -1, messages: [{ partition: this.partition, key: BARRIER_KEY, value: null }] }),
    )
    const entry = { partition: this.partition, offset: '0', metadata: nonce }
    await whileConcurrent(() => transaction.sendOffsets({ consumerGroupId: GROUP, topics: [{ topic: ROWS, partitions: [entry] }] }))
    await transaction.commit()
    return nonce
  }

  async begin(): Promise<Transaction> {
    const first = this.#first
    this.#first = undefined
    return first ?? (await this.#producer.transaction())
  }

  async send(transaction: Transaction, values: readonly string[], next: number): Promise<[number, number]> {
    const started = now()
    const messages = values.map((value) => ({ partition: this.partition, key: `${this.partition}`, value }))
    await whileConcurrent(() => transaction.send({ topic: ROWS, acks: -1, messages }))
    const sent = now()
    const topics = [{ topic: INPUT, partitions: [{ partition: this.partition, offset: String(next) }] }]
    await whileConcurrent(() => transaction.sendOffsets({ consumerGroupId: GROUP, topics }))
    return [sent - started, now() - sent]
  }

  async commit(values: readonly string[], next: number): Promise<CommitTimes> {
    const transaction = await this.begin()
    const [send, offsets] = await this.send(transaction, values, next)
    const started = now()
    await transaction.commit()
    return { send, offsets, end: now() - started }
  }

  async close(): Promise<void> {
    await this.#producer.disconnect().catch(() => undefined)
  }
}

/** Opens a writer, again and again while the broker or the way to it is not ready, for a bounded time. */
export async function openWriter(kafka: Kafka, partition: number, options: { barrier?: boolean } = {}): Promise<[PartitionWriter, number]> {
  const deadline = now() + 120_000
  for (;;) {
    const writer = new PartitionWriter(kafka, partition)
    try {
      return [writer, await writer.open(options)]
    } catch (error) {
      await writer.close()
      if (now() > deadline) throw error
      await sleep(100)
    }
  }
}

/** The position of an input partition; with a nonce only an answer that contains that barrier counts. */
export async function committedPosition(kafka: Kafka, partition: number, nonce?: string): Promise<number> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    for (let attempt = 0; attempt < 100; attempt += 1) {
      const topics = await admin.fetchOffsets({ groupId: GROUP, topics: [INPUT, ROWS] })
      const entry = (topic: string) =>
        topics.find((found) => found.topic === topic)?.partitions.find((found) => found.partition === partition)
      if (nonce === undefined || entry(ROWS)?.metadata === nonce) return Math.max(0, Number(entry(INPUT)?.offset ?? '-1'))
      barrierWaits.count += 1
      await sleep(20)
    }
    throw new Error(`the barrier of partition ${partition} does not show up`)
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

/** How often an answer was older than the barrier. */
export const barrierWaits = { count: 0 }

interface CoordinatorQuery {
  readonly groupId: string
  readonly coordinatorType?: number
}
interface ClusterInternals {
  findGroupCoordinator(query: CoordinatorQuery): Promise<{ isConnected(): boolean }>
}

/**
 * kafkajs asks for the coordinator before each of the four coordinator calls of a transaction. Keeping the answer while
 * its connection lives is safe here: a broker that is no longer the coordinator refuses, and the writer is dropped.
 */
export function cacheCoordinators(): void {
  const require = createRequire(import.meta.url)
  const { prototype } = require('kafkajs/src/cluster') as { prototype: ClusterInternals }
  const ask = prototype.findGroupCoordinator
  if (ask.name === 'findGroupCoordinatorCached') return
  const caches = new WeakMap<ClusterInternals, Map<string, { isConnected(): boolean }>>()
  prototype.findGroupCoordinator = async function findGroupCoordinatorCached(query) {
    const cache = caches.get(this) ?? new Map<string, { isConnected(): boolean }>()
    caches.set(this, cache)
    const key = `${query.coordinatorType ?? 0}:${query.groupId}`
    const known = cache.get(key)
    if (known?.isConnected()) return known
    const found = await ask.call(this, query)
    cache.set(key, found)
    return found
  }
}
