import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, Kafka } from 'kafkajs'
import { GROUP, INPUT, errorType, isFenced, now, openWriter, type PartitionWriter } from './kafka-client.ts'
import { encodeRow } from './kafka-view.ts'

export const COMMIT_EVERY_MS = 50

interface InputRecord {
  readonly offset: number
  readonly appended: number
}

interface Lane {
  readonly partition: number
  readonly stop: AbortController
  buffer: InputRecord[]
  next: number
  wake: () => void
  writer: PartitionWriter | undefined
  done: Promise<void>
}

/** One attempt to commit, as the verdict over a resumed owner needs it. */
export interface Attempt {
  readonly partition: number
  readonly writerOpened: number
  readonly started: number
  readonly ended: number
  readonly records: number
  readonly outcome: string
}

/**
 * A member of the lane's group. The consumer's callback only fills buffers: kafkajs fetches again only when every
 * partition's callback has returned, so a callback that committed would lock all partitions in step.
 */
export class Owner {
  readonly name: string
  readonly attempts: Attempt[] = []
  readonly #kafka: Kafka
  readonly #consumer: Consumer
  readonly #lanes = new Map<number, Lane>()
  readonly #fenced = new Set<number>()
  #assigned = new Set<number>()
  #held = false

  constructor(kafka: Kafka, name: string, sessionTimeout = 6000) {
    this.name = name
    this.#kafka = kafka
    this.#consumer = kafka.consumer({
      groupId: GROUP,
      sessionTimeout,
      heartbeatInterval: 500,
      rebalanceTimeout: 10_000,
      maxWaitTimeInMs: 100,
      readUncommitted: false,
      allowAutoTopicCreation: false,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 60, restartOnFailure: async () => true },
    })
  }

  async start(): Promise<void> {
    await this.#consumer.connect()
    await this.#consumer.subscribe({ topic: INPUT, fromBeginning: true })
    this.#consumer.on('consumer.group_join', ({ payload }) => this.#assign(payload.memberAssignment[INPUT] ?? []))
    // A fenced lane may be taken up again only when the group has just confirmed that it is still ours.
    this.#consumer.on('consumer.heartbeat', () => this.#reopenFenced())
    await this.#consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: 24,
      eachBatch: async ({ batch, resolveOffset, isStale }) => {
        const lane = this.#lanes.get(batch.partition)
        if (!lane || isStale()) return
        for (const { offset, value } of batch.messages) this.#take(lane, { offset: Number(offset), appended: Number(value?.toString()) })
        resolveOffset(batch.lastOffset())
        lane.wake()
      },
    })
  }

  async stop(): Promise<void> {
    for (const lane of this.#lanes.values()) this.#drop(lane)
    await Promise.all([...this.#lanes.values()].map((lane) => lane.done))
    await this.#consumer.disconnect().catch(() => undefined)
  }

  owns(): number {
    return [...this.#lanes.values()].filter((lane) => lane.writer).length
  }

  /** Ends the normal loops but keeps the writers as they are: what a process looks like between two statements. */
  async hold(): Promise<readonly PartitionWriter[]> {
    this.#held = true
    for (const lane of this.#lanes.values()) lane.wake()
    await Promise.all([...this.#lanes.values()].map((lane) => lane.done))
    return [...this.#lanes.values()].flatMap((lane) => (lane.writer ? [lane.writer] : []))
  }

  #assign(partitions: readonly number[]): void {
    this.#assigned = new Set(partitions)
    this.#fenced.clear()
    for (const lane of this.#lanes.values()) this.#drop(lane)
    this.#lanes.clear()
    for (const partition of partitions) this.#launch(partition)
  }

  #launch(partition: number): void {
    const lane: Lane = {
      partition,
      stop: new AbortController(),
      buffer: [],
      next: 0,
      wake: () => undefined,
      writer: undefined,
      done: Promise.resolve(),
    }
    this.#lanes.set(partition, lane)
    lane.done = this.#run(lane)
  }

  #drop(lane: Lane): void {
    lane.stop.abort()
    lane.wake()
  }

  #reopenFenced(): void {
    for (const partition of this.#fenced) if (this.#assigned.has(partition)) this.#launch(partition)
    this.#fenced.clear()
  }

  async #run(lane: Lane): Promise<void> {
    while (!lane.stop.signal.aborted && !this.#held) {
      const [writer, position] = await openWriter(this.#kafka, lane.partition)
      const opened = now()
      lane.writer = writer
      this.#rewind(lane, position)
      const failure = await this.#pump(lane, writer, opened)
      if (this.#held && failure === undefined) return
      lane.writer = undefined
      await writer.close()
      if (failure !== undefined && isFenced(failure)) {
        if (!lane.stop.signal.aborted) this.#fenced.add(lane.partition)
        return
      }
    }
  }

  #take(lane: Lane, record: InputRecord): void {
    if (record.offset < lane.next) return
    lane.next = record.offset + 1
    lane.buffer.push(record)
  }

  /** The position is read after the writer was opened: only then no former owner can move it any more. */
  #rewind(lane: Lane, position: number): void {
    lane.buffer = []
    lane.next = position
    this.#consumer.seek({ topic: INPUT, partition: lane.partition, offset: String(position) })
  }

  /** Commits until the lane is dropped or a commit fails; the failure is returned. */
  async #pump(lane: Lane, writer: PartitionWriter, opened: number): Promise<unknown> {
    let due = 0
    while (!lane.stop.signal.aborted && !this.#held) {
      if (lane.buffer.length === 0) await new Promise<void>((wake) => (lane.wake = wake))
      if (due > now()) await sleep(due - now())
      if (lane.buffer.length === 0 || lane.stop.signal.aborted || this.#held) continue
      const started = now()
      due = started + COMMIT_EVERY_MS
      const batch = lane.buffer
      lane.buffer = []
      const attempt = { partition: lane.partition, writerOpened: opened, started, records: batch.length }
      try {
        await writer.commit(
          batch.map((record) => encodeRow({ input: record.offset, writer: this.name, appended: record.appended, sent: started })),
          (batch.at(-1)?.offset ?? 0) + 1,
        )
        this.attempts.push({ ...attempt, ended: now(), outcome: 'committed' })
      } catch (error) {
        this.attempts.push({ ...attempt, ended: now(), outcome: errorType(error) })
        return error
      }
    }
    return undefined
  }
}
