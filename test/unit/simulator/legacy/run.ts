import type { Fact, LegacyEnd, LegacyPlan, TransferOut } from '#simulator/legacy/model'
import { createLegacyPlatform } from '#simulator/legacy/platform'
import { createRandom } from '#simulator/random'
import { createSchedule } from '#simulator/schedule'

export const T0 = Date.parse('2025-11-25T01:00:00.000Z')
export const MINUTE = 60_000

export interface Given {
  seed: number
  plan: LegacyPlan
  openMs: number
  callEveryMs: number
  restartAfterMs?: number
}

/** `at` is the true time at which the line was written. */
interface Written {
  at: number
  line: string
}

export interface Run {
  written: Written[]
  facts: Fact[]
  taken: { id: string; number: string; handedOverFrom?: string }[]
  ends: Map<string, LegacyEnd[]>
  out: TransferOut[]
}

/** Opens the platform, sends calls, closes it, and waits until nothing is left to do. */
export function runPlatform({ seed, plan, openMs, callEveryMs, restartAfterMs }: Given): Run {
  const schedule = createSchedule(T0)
  const random = createRandom(seed)
  const run: Run = { written: [], facts: [], taken: [], ends: new Map(), out: [] }
  const platform = createLegacyPlatform({
    schedule,
    random,
    plan,
    write: (line) => run.written.push({ at: schedule.now(), line }),
    note: (fact) => run.facts.push(fact),
    transferOut: (call) => run.out.push(call),
  })
  const arrivals = random.fork('arrivals')
  const numbers = plan.queues.flatMap(({ did }) => did)
  const arrive = (): void => {
    if (schedule.now() > T0 + openMs + 3 * MINUTE) return
    const handedOverFrom = arrivals.chance(0.3) ? { handedOverFrom: arrivals.uuid() } : {}
    const call = { number: arrivals.pick(numbers), callerNumber: `+4479${arrivals.whole(10_000_000, 99_999_999)}`, ...handedOverFrom }
    const id = platform.take(call, (end) => {
      const own = run.ends.get(id)
      if (own) own.push(end)
      else run.ends.set(id, [end])
    })
    run.taken.push({ id, ...call })
    schedule.after(arrivals.exponential(callEveryMs), arrive)
  }
  platform.open()
  arrive()
  if (restartAfterMs !== undefined) schedule.after(restartAfterMs, () => platform.restart())
  schedule.after(openMs, () => platform.close())
  while (schedule.step());
  return run
}
