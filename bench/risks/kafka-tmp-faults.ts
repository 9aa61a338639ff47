import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { startKafka } from '../../scripts/kafka.mjs'
import { connectKafka, errorType, now, openWriter, committedPosition, PARTITIONS } from './kafka-client.ts'
import { tally, withBroker, type Claim } from './kafka-harness.ts'
import { startProxy, type Cut } from './kafka-proxy.ts'
import { encodeRow, isExactlyOnce, readView } from './kafka-view.ts'

interface Progress {
  readonly failures: string[]
  /** Commits whose outcome was unclear, by what the committed position said afterwards. */
  readonly afterwards: string[]
}

/** Commits rows 0..count-1 of one partition, three a time, going on from the committed position after each failure. */
async function commitAll(kafka: Kafka, partition: number, count: number, progress: Progress, deadline: number, pauseMs: number): Promise<void> {
  let [writer, next] = await openWriter(kafka, partition)
  while (next < count) {
    if (now() > deadline) throw new Error(`partition ${partition} is only at ${next} of ${count}`)
    const upTo = Math.min(count, next + 3)
    const rows = Array.from({ length: upTo - next }, (_, i) => encodeRow({ input: next + i, writer: 'w', appended: 0, sent: now() }))
    try {
      await writer.commit(rows, upTo)
      next = upTo
      if (pauseMs > 0) await sleep(pauseMs)
    } catch (error) {
      progress.failures.push(errorType(error))
      void writer.close()
      const before = next
      ;[writer, next] = await openWriter(kafka, partition)
      if (next < before) {
        const seen = [next]
        const log: string[] = []
        for (const ms of [50, 200, 500, 1000, 3000]) { await sleep(ms); seen.push(await committedPosition(kafka, partition).catch(() => -9)) }
        console.log('STALE', partition, 'acked', before, 'tried', upTo, 'read', seen.join(), errorType(error), log.join())
        next = seen.at(-1) ?? next
      }
      progress.afterwards.push(next === before ? 'not committed' : next === upTo ? 'committed' : `moved by ${next - before}`)
    }
  }
  await writer.close()
}

const CHANCES: Readonly<Record<string, number>> = { EndTxn: 0.06, Produce: 0.02, AddPartitionsToTxn: 0.02, AddOffsetsToTxn: 0.02, TxnOffsetCommit: 0.02, InitProducerId: 0.05, OffsetFetch: 0.05 }

/** (c) The connection is cut at random requests of a transaction, before or after the broker has seen them. */
export async function cutClaim(count = 300, maxCuts = 1000): Promise<Claim> {
  return await withBroker(async (bench) => {
    let left = maxCuts
    const decide = (api: string): Cut => {
      if (left <= 0 || Math.random() > (CHANCES[api] ?? 0)) return undefined
      left -= 1
      return Math.random() < 0.5 ? 'request' : 'response'
    }
    const proxy = await startProxy(bench.brokers, decide)
    try {
      const kafka = connectKafka(bench.brokers, 'cut', proxy.socketFactory)
      const progress: Progress = { failures: [], afterwards: [] }
      const deadline = now() + 240_000
      await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => commitAll(kafka, partition, count, progress, deadline, 0)))
      const { verdict } = await readView(bench.kafka, PARTITIONS, count)
      const cuts = Object.fromEntries(proxy.cuts)
      const atEnd = (proxy.cuts.get('EndTxn request') ?? 0) + (proxy.cuts.get('EndTxn response') ?? 0)
      return {
        claim: `c: exactly once after ${maxCuts - left} connection cuts, ${atEnd} of them at the commit itself`,
        pass: isExactlyOnce(verdict) && atEnd > 0,
        figures: { verdict, cuts, failures: tally(progress.failures), afterwards: tally(progress.afterwards), requests: Object.fromEntries(proxy.requests) },
      }
    } finally {
      await proxy.close()
    }
  })
}

/** (d) The broker is killed and started again under load. */
export async function crashClaim(crashes = 3, count = 1500): Promise<Claim> {
  const dataDir = mkdtempSync(join(tmpdir(), 'callboard-kafka-crash-'))
  try {
    return await withBroker(async (bench) => {
      const progress: Progress = { failures: [], afterwards: [] }
      const deadline = now() + 240_000
      const work = Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => commitAll(bench.kafka, partition, count, progress, deadline, 20)))
      let broker: Awaited<ReturnType<typeof startKafka>> | undefined
      const downMs: number[] = []
      try {
        for (let crash = 0; crash < crashes; crash += 1) {
          await sleep(6000)
          process.kill(broker?.pid ?? bench.pid, 'SIGKILL')
          const killed = now()
          await sleep(300)
          broker = await startKafka({ dataDir })
          downMs.push(Math.round(now() - killed))
        }
        await work
        const { verdict } = await readView(bench.kafka, PARTITIONS, count)
        return {
          claim: `d: exactly once after ${crashes} broker kills under load`,
          pass: isExactlyOnce(verdict),
          figures: { verdict, failures: tally(progress.failures), afterwards: tally(progress.afterwards), downMs },
        }
      } finally {
        await broker?.stop()
      }
    }, dataDir)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
