import { setTimeout as sleep } from 'node:timers/promises'
import { now, PARTITIONS } from './kafka-client.ts'
import { feed, spawnOwner, spread, tally, until, withBroker, type Bench, type Claim, type OwnerHandle } from './kafka-harness.ts'
import { isExactlyOnce, readView, type ViewVerdict } from './kafka-view.ts'

const COMMIT_EVERY_MS = 50

interface RunResult {
  readonly takeoverMs: number
  readonly outcomes: readonly string[]
  readonly committedByZombie: number
  readonly verdict: ViewVerdict
  readonly zombieRows: number
}

const ownsAll = (owner: OwnerHandle): Promise<number> => until('all partitions', async () => (await owner.owns()) === PARTITIONS, 40_000)

async function view(bench: Bench, count: number): Promise<Pick<RunResult, 'verdict' | 'zombieRows'>> {
  const { rows, verdict } = await readView(bench.kafka, PARTITIONS, count)
  return { verdict, zombieRows: rows.flat().filter((row) => row.writer.endsWith('zombie')).length }
}

/** The paused owner is stopped between two statements: half of its writers have an open transaction, half have none. */
async function heldRun(bench: Bench, run: number, before: number): Promise<RunResult & { readonly fed: number }> {
  const a = await spawnOwner(bench.brokers, `a${run}`)
  let b: OwnerHandle | undefined
  try {
    await ownsAll(a)
    let fed = await feed(bench.kafka, COMMIT_EVERY_MS, 2000)
    await a.tell('hold')
    a.signal('SIGSTOP')
    const stopped = now()
    b = await spawnOwner(bench.brokers, `b${run}`)
    const feeding = feed(bench.kafka, COMMIT_EVERY_MS, 8000)
    await ownsAll(b)
    const takeoverMs = now() - stopped
    fed += await feeding
    const zombies = a.zombies()
    a.signal('SIGCONT')
    const outcomes = (await zombies).map(
      (zombie) => `${zombie.openAtPause ? 'open transaction' : 'new transaction'}, ${zombie.step}: ${zombie.outcome}`,
    )
    // A held owner that rejoined the group would sit on its share of the partitions.
    a.signal('SIGKILL')
    fed += await feed(bench.kafka, COMMIT_EVERY_MS, 1000)
    const committedByZombie = outcomes.filter((outcome) => outcome.endsWith('committed')).length + (PARTITIONS - outcomes.length)
    return { takeoverMs, outcomes, committedByZombie, fed, ...(await view(bench, before + fed)) }
  } finally {
    a.signal('SIGKILL')
    b?.signal('SIGKILL')
    await sleep(6500)
  }
}

/** The owner is paused at any moment under load, and lives on in the group after it was resumed. */
async function freeRun(bench: Bench, run: number, before: number): Promise<RunResult & { readonly fed: number }> {
  const a = await spawnOwner(bench.brokers, `free-a${run}`)
  let b: OwnerHandle | undefined
  try {
    await ownsAll(a)
    const feeding = feed(bench.kafka, COMMIT_EVERY_MS, 18_000)
    await sleep(2000 + Math.random() * 100)
    a.signal('SIGSTOP')
    const stopped = now()
    b = await spawnOwner(bench.brokers, `free-b${run}`)
    await ownsAll(b)
    const takeoverMs = now() - stopped
    await sleep(500)
    a.signal('SIGCONT')
    const fed = await feeding
    const { attempts, resumed = Number.POSITIVE_INFINITY } = await a.ask('report')
    const old = attempts.filter((attempt) => attempt.writerOpened < stopped && attempt.ended > stopped + 3000)
    const late = old.filter((attempt) => attempt.started >= resumed - 100 && attempt.outcome === 'committed')
    const outcomes = old.map((attempt) => `${attempt.started < stopped ? 'under way at the pause' : 'begun after'}: ${attempt.outcome}`)
    return { takeoverMs, outcomes, committedByZombie: late.length, fed, ...(await view(bench, before + fed)) }
  } finally {
    a.signal('SIGKILL')
    b?.signal('SIGKILL')
    await sleep(6500)
  }
}

/** (b) A paused owner cannot commit once another has taken over. */
export async function fencingClaim(heldRuns = 4, freeRuns = 3): Promise<Claim> {
  return await withBroker(async (bench) => {
    const results: RunResult[] = []
    let fed = 0
    for (let run = 0; run < heldRuns + freeRuns; run += 1) {
      const result = run < heldRuns ? await heldRun(bench, run, fed) : await freeRun(bench, run, fed)
      fed += result.fed
      results.push(result)
    }
    const pass = results.every((result) => result.committedByZombie === 0 && result.zombieRows === 0 && isExactlyOnce(result.verdict))
    return {
      claim: 'b: a paused owner is fenced, none of its rows is seen, every input has its row exactly once',
      pass,
      figures: {
        runs: `${heldRuns} held between statements, ${freeRuns} at any moment`,
        outcomes: tally(results.flatMap((result) => result.outcomes)),
        zombieCommits: results.reduce((sum, result) => sum + result.committedByZombie, 0),
        zombieRows: results.reduce((sum, result) => sum + result.zombieRows, 0),
        takeoverMs: spread(results.map((result) => result.takeoverMs)),
        lastView: results.at(-1)?.verdict,
        viewsNotExact: results.filter((result) => !isExactlyOnce(result.verdict)).map((result) => result.verdict),
      },
    }
  })
}
