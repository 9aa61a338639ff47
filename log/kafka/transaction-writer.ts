import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin, Kafka, Message, Producer, Transaction } from 'kafkajs'
import { CallboardError } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import { answerOf, takePosition, toMessage, type Placed } from './appender.ts'
import { BARRIER_KEY } from './decode.ts'
import { errorType } from './faults.ts'
import { Partitioners } from './kafkajs.ts'
import type { Position } from '../port.ts'

export interface Output extends Placed {
  topic: string
}

/**
 * The only writer of one lane's outputs in one partition. Its transactional id is lane + partition, so opening it makes the brokers
 * refuse every former owner. After any error it is unusable: close it and open another (docs/decisions/0002).
 */
export interface TransactionWriter {
  /** Outputs and positions as one. */
  commit(outputs: readonly Output[], positions: readonly { topic: string; next: number }[]): Promise<Position[]>
  close(): Promise<void>
}

export interface Opened {
  writer: TransactionWriter
  /** Committed positions by input topic; none: never committed. */
  positions: Map<string, number>
  /** Per topic, where the barrier landed: whoever has read past it knows all that was committed before. */
  barrier: Map<string, number>
}

export interface WriterConfig {
  kafka: Kafka
  /** Shared by all writers, for asking positions. */
  admin: Admin
  prefix: string
  group: string
  partition: number
  inputs: readonly string[]
  /** Topics lanes write to. */
  outputs: readonly string[]
}

const REQUEST_BYTES = 2 * 1024 * 1024
const TRANSACTION_TIMEOUT_MS = 15_000
const CONCURRENT_TRIES = 500
const BARRIER_TRIES = 250

export async function openTransactionWriter(config: WriterConfig): Promise<Opened> {
  const { kafka, prefix, group, partition } = config
  const producer = kafka.producer({
    transactionalId: `${group}-${partition}`,
    transactionTimeout: TRANSACTION_TIMEOUT_MS,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { retries: 0 },
  })
  try {
    await producer.connect()
    // kafkajs initialises the producer inside the first transaction(): this ends a former owner's open transaction and fences it.
    const first = await producer.transaction()
    const { nonce, barrier } = await passBarrier(first, config)
    const positions = await positionsBehind(config, nonce)
    return { writer: writerOf(producer, { prefix, group, partition }), positions, barrier }
  } catch (error) {
    await producer.disconnect().catch(() => undefined)
    throw error
  }
}

/**
 * A first transaction over the very partitions later ones write to. After a broker crash the group coordinator may answer from an
 * older state for a moment: only an answer that shows this barrier shows all that was committed before it. And where the brokers
 * have lost the end markers of the last transaction, this one's markers end it.
 */
async function passBarrier(transaction: Transaction, config: WriterConfig): Promise<{ nonce: string; barrier: Map<string, number> }> {
  const { prefix, group, partition, outputs } = config
  const nonce = randomUUID()
  const messages: Message[] = [{ partition, key: BARRIER_KEY, value: null }]
  const metadata = await whileConcurrent(() =>
    transaction.sendBatch({ acks: -1, topicMessages: outputs.map((topic) => ({ topic: prefix + topic, messages })) }),
  )
  const entry = { partition, offset: '0', metadata: nonce }
  await transaction.sendOffsets({ consumerGroupId: group, topics: [{ topic: prefix + outputs[0]!, partitions: [entry] }] })
  await transaction.commit()
  const answer = answerOf(metadata, prefix)
  return { nonce, barrier: new Map(outputs.map((topic) => [topic, answer.get(`${topic}/${partition}`)?.next ?? 0])) }
}

async function positionsBehind(
  { admin, prefix, group, partition, inputs, outputs }: WriterConfig,
  nonce: string,
): Promise<Map<string, number>> {
  const topics = [...new Set([...inputs, outputs[0]!])].map((topic) => prefix + topic)
  for (let attempt = 0; attempt < BARRIER_TRIES; attempt++) {
    const groups = await fetchOffsetsOf(admin, group, topics)
    const at = (topic: string) => groups.find((g) => g.topic === prefix + topic)?.partitions.find((p) => p.partition === partition)
    if (at(outputs[0]!)?.metadata === nonce) {
      return new Map(
        inputs.flatMap((topic) => {
          // The barrier's own entry is no position, when a lane reads what it also writes.
          const found = at(topic)
          return found && found.metadata !== nonce && Number(found.offset) >= 0 ? [[topic, Number(found.offset)] as const] : []
        }),
      )
    }
    await sleep(20)
  }
  throw new CallboardError('LOG_UNAVAILABLE', `The positions of group ${group} are not to be had.`, { retryable: true })
}

/** kafkajs does not repeat this when the coordinator moves. */
export async function fetchOffsetsOf(admin: Admin, groupId: string, topics: string[]): ReturnType<Admin['fetchOffsets']> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await admin.fetchOffsets({ groupId, topics })
    } catch (error) {
      if (attempt === 5) throw error
      await sleep(30 * attempt ** 2)
    }
  }
}

/** Only "the former transaction is still being completed" may be repeated on the same producer: nothing was written. */
async function whileConcurrent<T>(step: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await step()
    } catch (error) {
      if (errorType(error) !== 'CONCURRENT_TRANSACTIONS' || attempt >= CONCURRENT_TRIES) throw error
      await sleep(2)
    }
  }
}

function writerOf(
  producer: Producer,
  { prefix, group, partition }: { prefix: string; group: string; partition: number },
): TransactionWriter {
  return {
    async commit(outputs, positions) {
      const transaction = await producer.transaction()
      const written: Position[] = []
      // The first call may find the former transaction not yet completed. Positions go first: kafkajs reads all its metadata anew
      // for each refusal of outputs.
      let isFirst = true
      const firstMayWait = async <T>(step: () => Promise<T>): Promise<T> => {
        const result = await (isFirst ? whileConcurrent(step) : step())
        isFirst = false
        return result
      }
      if (positions.length > 0) {
        const topics = positions.map(({ topic, next }) => ({ topic: prefix + topic, partitions: [{ partition, offset: String(next) }] }))
        await firstMayWait(() => transaction.sendOffsets({ consumerGroupId: group, topics }))
      }
      for (const part of requestsOf(outputs)) {
        const topicMessages = messagesOf(part, prefix)
        const answer = answerOf(await firstMayWait(() => transaction.sendBatch({ acks: -1, topicMessages })), prefix)
        for (const { topic } of part) written.push(takePosition(answer, topic, partition))
      }
      failpoint('CP08', group)
      await transaction.commit()
      failpoint('CP09')
      return written
    },
    close: () => producer.disconnect().catch(() => undefined),
  }
}

function messagesOf(outputs: readonly Output[], prefix: string): { topic: string; messages: Message[] }[] {
  const byTopic = new Map<string, Message[]>()
  for (const output of outputs) {
    const list = byTopic.get(output.topic) ?? []
    byTopic.set(output.topic, list)
    list.push(toMessage(output))
  }
  return [...byTopic].map(([topic, messages]) => ({ topic: prefix + topic, messages }))
}

/** One request holds at most so many bytes, or one record. */
function requestsOf(outputs: readonly Output[]): Output[][] {
  const parts: Output[][] = []
  let bytes = 0
  for (const output of outputs) {
    const part = parts.at(-1)
    if (!part || bytes + output.entry.bytes > REQUEST_BYTES) {
      parts.push([output])
      bytes = output.entry.bytes
    } else {
      part.push(output)
      bytes += output.entry.bytes
    }
  }
  return parts
}
