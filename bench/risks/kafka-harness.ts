import { fork, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Partitioners, type Admin, type Kafka } from 'kafkajs'
import { startKafka } from '../../scripts/kafka.mjs'
import { connectKafka, createTopics, INPUT, now, PARTITIONS, ROWS } from './kafka-client.ts'
import type { Command, OwnerReport, Reply, ZombieOutcome } from './kafka-owner-process.ts'

export interface Claim {
  readonly claim: string
  readonly pass: boolean
  readonly figures: Readonly<Record<string, unknown>>
}

export interface Bench {
  readonly brokers: string
  readonly pid: number
  readonly kafka: Kafka
  readonly admin: Admin
}

/** Runs a piece of work against a fresh broker with the two topics, and ends the broker whatever happens. */
export async function withBroker<T>(work: (bench: Bench) => Promise<T>, dataDir?: string): Promise<T> {
  const broker = await startKafka(dataDir ? { dataDir } : {})
  const kafka = connectKafka(broker.brokers, 'bench')
  const admin = kafka.admin()
  try {
    await admin.connect()
    await createTopics(admin, [INPUT, ROWS], PARTITIONS)
    return await work({ brokers: broker.brokers, pid: broker.pid, kafka, admin })
  } finally {
    await admin.disconnect().catch(() => undefined)
    await broker.stop()
  }
}

export async function until(what: string, check: () => boolean | Promise<boolean>, timeoutMs: number): Promise<number> {
  const started = now()
  while (!(await check())) {
    if (now() - started > timeoutMs) throw new Error(`timed out: ${what}`)
    await sleep(25)
  }
  return now() - started
}

const FEED_TICK_MS = 10

/** One record per partition each `everyMs`, partitions spread evenly over that time. Returns the records per partition. */
export async function feed(kafka: Kafka, everyMs: number, forMs: number): Promise<number> {
  const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
  await producer.connect()
  const slots = everyMs / FEED_TICK_MS
  const rounds = Math.floor(forMs / everyMs)
  const sends: Promise<unknown>[] = []
  const started = now()
  for (let tick = 0; tick < rounds * slots; tick += 1) {
    const wait = started + tick * FEED_TICK_MS - now()
    if (wait > 0) await sleep(wait)
    const messages = Array.from({ length: PARTITIONS }, (_, partition) => partition)
      .filter((partition) => Math.floor((partition * slots) / PARTITIONS) === tick % slots)
      .map((partition) => ({ partition, value: String(now()) }))
    if (messages.length > 0) sends.push(producer.send({ topic: INPUT, acks: -1, messages }))
  }
  await Promise.all(sends)
  await producer.disconnect()
  return rounds
}

export interface OwnerHandle {
  ask(command: 'report'): Promise<OwnerReport>
  zombies(): Promise<readonly ZombieOutcome[]>
  tell(command: Command): Promise<void>
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void
  owns(): Promise<number>
}

const ANSWER_TIMEOUT_MS = 60_000

function nextReply(child: ChildProcess): Promise<Reply> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error('the owner process does not answer')), ANSWER_TIMEOUT_MS)
    child.once('message', (reply: Reply) => {
      clearTimeout(timer)
      done(reply)
    })
  })
}

/** Starts an owner process. Questions are asked one at a time. */
export async function spawnOwner(brokers: string, name: string, mode: 'cached' | 'stock' = 'cached'): Promise<OwnerHandle> {
  const child = fork(fileURLToPath(new URL('./kafka-owner-process.ts', import.meta.url)), [brokers, name, mode])
  const exchange = async (command: Command): Promise<Reply> => {
    const reply = nextReply(child)
    child.send(command)
    return await reply
  }
  const ask = async (): Promise<OwnerReport> => {
    const reply = await exchange('report')
    if (reply.kind !== 'report') throw new Error('expected a report')
    return reply.report
  }
  await nextReply(child)
  return {
    ask,
    zombies: async () => {
      const reply = await exchange('finish')
      return reply.kind === 'zombie' ? reply.outcomes : []
    },
    tell: async (command) => void (await exchange(command)),
    signal: (signal) => void child.kill(signal),
    owns: async () => (await ask()).owns,
  }
}

const CLOCK_TICKS_PER_SECOND = 100

/** CPU time of another process so far, in milliseconds (Linux). */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / CLOCK_TICKS_PER_SECOND
}

export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN) * 10) / 10
}

export const spread = (values: readonly number[]): string =>
  `p50 ${quantile(values, 0.5)} p99 ${quantile(values, 0.99)} max ${quantile(values, 1)}`

export const tally = (names: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
