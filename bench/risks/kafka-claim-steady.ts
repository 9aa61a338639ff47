import { loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { PARTITIONS } from './kafka-client.ts'
import {
  cpuMsOf,
  feed,
  quantile,
  spawnOwner,
  spread,
  until,
  withBroker,
  type Bench,
  type Claim,
  type OwnerHandle,
} from './kafka-harness.ts'
import { watchRows, type Row } from './kafka-view.ts'

const TARGET_P99_MS = 80
const WINDOW_MS = 12_000

interface Window {
  readonly visibleP99: number
  readonly figures: Record<string, unknown>
}

/** Rows carry the moment their transaction began and the moment their input was appended. */
async function measure(
  bench: Bench,
  owner: OwnerHandle,
  everyMs: number,
  listen: (onRow: (row: Row, seen: number) => void) => void,
): Promise<Window> {
  const visible: number[] = []
  const whole: number[] = []
  await owner.tell('clear')
  listen((row, seen) => {
    visible.push(seen - row.sent)
    whole.push(seen - row.appended)
  })
  const [before, brokerBefore, started] = [await owner.ask('report'), cpuMsOf(bench.pid), performance.now()]
  await feed(bench.kafka, everyMs, WINDOW_MS)
  const elapsed = performance.now() - started
  const [after, brokerAfter] = [await owner.ask('report'), cpuMsOf(bench.pid)]
  listen(() => undefined)
  const commits = after.attempts.map((attempt) => attempt.ended - attempt.started)
  const share = (ms: number): string => `${Math.round((100 * ms) / elapsed)} %`
  return {
    visibleP99: quantile(visible, 0.99),
    figures: {
      commitsPerSecond: Math.round((1000 * commits.length) / elapsed),
      failed: after.attempts.filter((attempt) => attempt.outcome !== 'committed').length,
      commitMs: spread(commits),
      produceToVisibleMs: spread(visible),
      inputToVisibleMs: spread(whole),
      ownerCpu: share(after.cpuMs - before.cpuMs),
      ownerCpuMsPerCommit: Math.round((100 * (after.cpuMs - before.cpuMs)) / commits.length) / 100,
      brokerCpu: share(brokerAfter - brokerBefore),
      machineLoad: Math.round(loadavg()[0] ?? 0),
    },
  }
}

/** (a) Steady state, after the broker's JIT has warmed up. */
export async function steadyClaim(windows = 3): Promise<Claim> {
  return await withBroker(async (bench) => {
    let onRow: (row: Row, seen: number) => void = () => undefined
    const watch = await watchRows(bench.kafka, PARTITIONS, (row, seen) => onRow(row, seen))
    const listen = (next: typeof onRow): void => void (onRow = next)
    const figures: Record<string, unknown> = {}
    const start = async (mode: 'cached' | 'stock'): Promise<OwnerHandle> => {
      const owner = await spawnOwner(bench.brokers, mode, mode)
      await until('assignment', async () => (await owner.owns()) === PARTITIONS, 30_000)
      return owner
    }
    let owner = await start('cached')
    const p99: number[] = []
    try {
      for (let warm = 0; warm < 3; warm += 1) await feed(bench.kafka, 50, 8000)
      for (let window = 1; window <= windows; window += 1) {
        const measured = await measure(bench, owner, 50, listen)
        p99.push(measured.visibleP99)
        figures[`each 50 ms, window ${window}`] = measured.figures
      }
      figures['each 200 ms'] = (await measure(bench, owner, 200, listen)).figures
      owner.signal('SIGKILL')
      await sleep(7000)
      owner = await start('stock')
      await feed(bench.kafka, 50, 5000)
      figures['each 50 ms, coordinator not cached (stock kafkajs)'] = (await measure(bench, owner, 50, listen)).figures
    } finally {
      owner.signal('SIGKILL')
      await watch.stop()
    }
    const median = quantile(p99, 0.5)
    return {
      claim: `a: produce-to-visible p99 <= ${TARGET_P99_MS} ms (median of ${windows} windows: ${median})`,
      pass: median <= TARGET_P99_MS,
      figures,
    }
  })
}
