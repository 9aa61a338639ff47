import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka, Message, Producer, RecordMetadata } from 'kafkajs'
import { CallboardError } from '#kernel/errors'
import { closedFault } from '../faults.ts'
import type { EncodedEntry } from '../entries.ts'
import type { Position } from '../port.ts'
import { errorType, logFault } from './faults.ts'
import { Partitioners } from './kafkajs.ts'

export interface Placed {
  partition: number
  entry: EncodedEntry
  headers: Readonly<Record<string, string>>
}

/** Appends without a transaction. One request is under way at a time and takes along all that waits, so the order of calls holds. */
export interface Appender {
  connect(): Promise<void>
  append(topic: string, entries: readonly Placed[]): Promise<Position[]>
  close(): Promise<void>
}

export interface AppenderDeps {
  kafka: Kafka
  prefix: string
  wrote(topic: string, partition: number, end: number): void
}

interface Call {
  topic: string
  entries: readonly Placed[]
  positions: Position[]
  /** Entries that were sent. */
  sent: number
  deadline: number
  resolve(positions: Position[]): void
  reject(error: unknown): void
}

/** Below the smallest `max.message.bytes` a topic of ours may have; a larger record goes alone. */
const REQUEST_BYTES = 2 * 1024 * 1024
const RECORD_OVERHEAD_BYTES = 32
/** A call that finds no broker for so long is refused; until then it waits, and everything behind it. */
const GIVE_UP_MS = 10_000

export function createAppender({ kafka, prefix, wrote }: AppenderDeps): Appender {
  const producer = kafka.producer({
    createPartitioner: Partitioners.DefaultPartitioner,
    allowAutoTopicCreation: false,
    maxInFlightRequests: 1,
    retry: { retries: 0 },
  })
  const queue: Call[] = []
  let pumping: Promise<void> | undefined
  let closing = false

  const pump = async (): Promise<void> => {
    // What is appended in the same turn goes together.
    await Promise.resolve()
    while (queue.length > 0) {
      const parts = takeRound(queue)
      try {
        const answer = await sendUntilTaken(producer, prefix, parts)
        for (const { call, from, to } of parts) settle(call, call.entries.slice(from, to), answer)
        for (const [place, { next }] of answer) {
          const slash = place.lastIndexOf('/')
          wrote(place.slice(0, slash), Number(place.slice(slash + 1)), next)
        }
        while (queue[0] && queue[0].sent === queue[0].entries.length) {
          const done = queue.shift()!
          done.resolve(done.positions)
        }
      } catch (error) {
        const failed = new Set(parts.map(({ call }) => call))
        for (const call of failed) call.reject(error)
        queue.splice(0, queue.length, ...queue.filter((call) => !failed.has(call)))
      }
    }
    pumping = undefined
  }

  return {
    connect: () => producer.connect(),
    append(topic, entries) {
      if (closing) return Promise.reject(closedFault())
      if (entries.length === 0) return Promise.resolve([])
      return new Promise((resolve, reject) => {
        queue.push({ topic, entries, positions: [], sent: 0, deadline: performance.now() + GIVE_UP_MS, resolve, reject })
        pumping ??= pump()
      })
    },
    async close() {
      closing = true
      await pumping
      await producer.disconnect().catch(() => undefined)
    },
  }
}

interface Part {
  call: Call
  from: number
  to: number
}

/** Entries from the front of the queue, up to the size of a request. */
function takeRound(queue: readonly Call[]): Part[] {
  const parts: Part[] = []
  let bytes = 0
  for (const call of queue) {
    const from = call.sent
    let to = from
    for (; to < call.entries.length; to++) {
      const size = call.entries[to]!.entry.bytes + RECORD_OVERHEAD_BYTES
      if (bytes > 0 && bytes + size > REQUEST_BYTES) break
      bytes += size
    }
    if (to > from) parts.push({ call, from, to })
    if (to < call.entries.length) break
  }
  return parts
}

export function toMessage({ partition, entry, headers }: Placed): Message {
  return {
    partition,
    key: entry.keyBytes as Buffer,
    value: entry.value === null ? null : Buffer.from(entry.value.buffer, entry.value.byteOffset, entry.value.byteLength),
    headers,
  }
}

/** Where the next record of a partition landed, by `topic/partition`. */
type Answer = Map<string, { next: number; ingestTime: number }>

async function sendUntilTaken(producer: Producer, prefix: string, parts: readonly Part[]): Promise<Answer> {
  const messages = new Map<string, Message[]>()
  for (const { call, from, to } of parts) {
    const list = messages.get(call.topic) ?? []
    messages.set(call.topic, list)
    for (let i = from; i < to; i++) list.push(toMessage(call.entries[i]!))
  }
  const topicMessages = [...messages].map(([topic, list]) => ({ topic: prefix + topic, messages: list }))
  const deadline = Math.min(...parts.map(({ call }) => call.deadline))
  for (let waitMs = 20; ; waitMs = Math.min(waitMs * 2, 500)) {
    try {
      return answerOf(await producer.sendBatch({ acks: -1, topicMessages }), prefix)
    } catch (error) {
      const fault = logFault(error, 'Kafka did not take the records')
      if (!fault.retryable || performance.now() + waitMs > deadline || errorType(error) === 'TOPIC_AUTHORIZATION_FAILED') throw fault
      await sleep(waitMs)
    }
  }
}

export function answerOf(metadata: readonly RecordMetadata[], prefix: string): Answer {
  return new Map(
    metadata.map(({ topicName, partition, errorCode, baseOffset, logAppendTime }) => {
      if (errorCode !== 0)
        throw new CallboardError('LOG_UNAVAILABLE', `Kafka answered ${errorCode} for ${topicName}/${partition}`, { retryable: true })
      return [`${topicName.slice(prefix.length)}/${partition}`, { next: Number(baseOffset), ingestTime: Number(logAppendTime) }]
    }),
  )
}

/** Offsets follow the order in which records of a partition were sent. */
export function takePosition(answer: Answer, topic: string, partition: number): Position {
  const place = answer.get(`${topic}/${partition}`)
  if (!place) throw new CallboardError('LOG_UNAVAILABLE', `Kafka did not answer for ${topic}/${partition}`, { retryable: true })
  return { partition, offset: place.next++, ingestTime: place.ingestTime }
}

function settle(call: Call, entries: readonly Placed[], answer: Answer): void {
  for (const { partition } of entries) call.positions.push(takePosition(answer, call.topic, partition))
  call.sent += entries.length
}
