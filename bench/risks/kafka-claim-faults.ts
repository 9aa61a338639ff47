import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { startKafka } from '../../scripts/kafka.mjs'
import { barrierWaits, connectKafka, errorType, now, openWriter, PARTITIONS } from './kafka-client.ts'
import { tally, withBroker, type Claim } from './kafka-harness.ts'
import { startProxy, type Cut } from './kafka-proxy.ts'
import { encodeRow, isExactlyOnce, readView } from './kafka-view.ts'

interface Progress {
  readonly failures: string[]
  /** Commits whose outcome was unclear, by what the committed position said afterwards. */
  readonly afterwards: string[]
}

interface Work {
  readonly kafka: Kafka
  readonly progress: Progress
  readonly deadline: number
  readonly barrier: boolean
  /** Whether a partition that has got this far is done. */
  readonly isDone: (next: number) => boolean
  readonly onCommitted?: () => void
}

/** Commits three rows a time, going on from the committed position after each failure. Returns the rows committed. */
async function commitOn(partition: number, { kafka, progress, deadline, barrier, isDone, onCommitted }: Work): Promise<number> {
  let [writer, next] = await openWriter(kafka, partition, { barrier })
  while (!isDone(next)) {
    if (now() > deadline) throw new Error(`partition ${partition} has only got to ${next}`)
    const first = next
    const rows = [0, 1, 2].map((i) => encodeRow({ input: first + i, writer: 'w', appended: 0, sent: now() }))
    try {
      await writer.commit(rows, first + 3)
      next = first + 3
      onCommitted?.()
    } catch (error) {
      progress.failures.push(errorType(error))
      void writer.close()
      ;[writer, next] = await openWriter(kafka, partition, { barrier })
      progress.afterwards.push(next === first ? 'not committed' : next === first + 3 ? 'committed' : `moved by ${next - first}`)
    }
  }
  await writer.close()
  return next
}

const commitAll = (work: Work): Promise<number[]> =>
  Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => commitOn(partition, work)))

const CHANCES: Readonly<Record<string, number>> = {
  EndTxn: 0.06,
  Produce: 0.02,
  AddPartitionsToTxn: 0.02,
  AddOffsetsToTxn: 0.02,
  TxnOffsetCommit: 0.02,
  InitProducerId: 0.05,
  OffsetFetch: 0.05,
}

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
      await commitAll({ kafka, progress, deadline: now() + 240_000, barrier: true, isDone: (next) => next >= count })
      const { verdict } = await readView(bench.kafka, PARTITIONS, count)
      const cuts = Object.fromEntries(proxy.cuts)
      const atEnd = (proxy.cuts.get('EndTxn request') ?? 0) + (proxy.cuts.get('EndTxn response') ?? 0)
      return {
        claim: `c: exactly once after ${maxCuts - left} connection cuts, ${atEnd} of them at the commit itself`,
        pass: isExactlyOnce(verdict) && atEnd > 0,
        figures: {
          verdict,
          cuts,
          failures: tally(progress.failures),
          afterwards: tally(progress.afterwards),
          requests: Object.fromEntries(proxy.requests),
        },
      }
    } finally {
      await proxy.close()
    }
  })
}

const skippedMarkers = (dataDir: string): number =>
  readFileSync(join(dataDir, 'kafka.log'), 'utf8').split("Couldn't find leader endpoint").length - 1

/** Kills a broker in the very moment a commit was acknowledged: its end markers are most likely not yet written. */
class Killer {
  #arm: (() => void) | undefined

  onCommitted(): void {
    this.#arm?.()
  }

  async kill(pid: number): Promise<void> {
    await new Promise<void>((done) => {
      this.#arm = () => {
        this.#arm = undefined
        process.kill(pid, 'SIGKILL')
        done()
      }
    })
  }
}

/** Kills the broker and starts it again, some times. */
async function crashRepeatedly(
  dataDir: string,
  firstPid: number,
  crashes: number,
  killer: Killer,
): Promise<{ downMs: number[]; stop: () => Promise<void> }> {
  let broker: Awaited<ReturnType<typeof startKafka>> | undefined
  const downMs: number[] = []
  for (let crash = 0; crash < crashes; crash += 1) {
    await sleep(6000 + Math.random() * 500)
    await killer.kill(broker?.pid ?? firstPid)
    const killed = now()
    await sleep(200)
    broker = await startKafka({ dataDir })
    downMs.push(Math.round(now() - killed))
  }
  await sleep(6000)
  return { downMs, stop: async () => await broker?.stop() }
}

/** (d) The broker is killed and started again under full load. */
export async function crashClaim(crashes = 6, barrier = true): Promise<Claim> {
  const dataDir = mkdtempSync(join(tmpdir(), 'callboard-kafka-crash-'))
  try {
    return await withBroker(async (bench) => {
      const progress: Progress = { failures: [], afterwards: [] }
      const killer = new Killer()
      let over = false
      barrierWaits.count = 0
      const work = commitAll({
        kafka: bench.kafka,
        progress,
        deadline: now() + 400_000,
        barrier,
        isDone: () => over,
        onCommitted: () => killer.onCommitted(),
      })
      work.catch(() => undefined)
      const { downMs, stop } = await crashRepeatedly(dataDir, bench.pid, crashes, killer)
      try {
        over = true
        const counts = await work
        const { verdict } = await readView(bench.kafka, PARTITIONS, counts)
        return {
          claim: `d: exactly once after ${crashes} broker kills under load, ${barrier ? 'with' : 'without'} the barrier`,
          pass: isExactlyOnce(verdict),
          figures: {
            verdict,
            failures: tally(progress.failures),
            afterwards: tally(progress.afterwards),
            barrierWaits: barrierWaits.count,
            skippedMarkers: skippedMarkers(dataDir),
            downMs,
          },
        }
      } finally {
        await stop()
      }
    }, dataDir)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}
