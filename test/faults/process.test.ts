import { execFileSync, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '#simulator/random'
import { measure } from '../../bench/restore.ts'
import { eventually } from '../helpers/eventually.ts'
import { startReceiver, type Receiver } from '../helpers/receiver.ts'
import { caughtUp, differenceOf, openTestStore } from '../helpers/tables.ts'
import { agentEvent } from '../helpers/wire.ts'
import { addRuleAndWebhook, checkOutcome, deliverAll } from './checker.ts'
import { expectedOf, replay } from './replay.ts'
import { createVictim, type Victim } from './victim.ts'
import { createWorkload, START } from './workload.ts'
import { isLong, seed } from './size.ts'

const cli = resolve(import.meta.dirname, '../../bin/callboard.mjs')
const MINUTE_MS = 60_000
let receiver: Receiver
beforeAll(async () => void (receiver = await startReceiver()))
afterAll(() => receiver.stop())
const cleanUps: (() => void)[] = []
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp()
})
const makeVictim = (options: Partial<Parameters<typeof createVictim>[0]> = {}): Victim => {
  const settings = { CALLBOARD_WEBHOOK_ALLOW: receiver.hostPort, ...options.settings }
  const victim = createVictim({ startAt: START, ...options, settings })
  cleanUps.push(victim.remove)
  return victim
}
/** A machine shared with others is that much slower; time limits give way to it, and to nothing else. */
const slowness = (): number => Math.max(1, loadavg()[0]! / cpus().length)

/** `callboard up` as it is typed, for starts that must fail. */
function up(dataDir: string): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [cli, 'up'], {
    encoding: 'utf8',
    timeout: 30_000,
    env: { ...process.env, CALLBOARD_DATA_DIR: dataDir, CALLBOARD_HTTP_PORT: '0', CALLBOARD_METRICS_PORT: '0', CALLBOARD_DEMO: 'off' },
  })
  return { status, stderr }
}
const workload = createWorkload({ seed, minutes: isLong ? 12 : 9, agents: 6, load: 3 })

describe('crash', () => {
  it('crash.pause', async () => {
    const victim = makeVictim()
    await victim.alive()
    const webhookId = await addRuleAndWebhook(victim, receiver)
    await deliverAll(victim, workload.events, async (batch, batches) => {
      if (batch !== Math.floor(batches / 2)) return
      // On one machine the data folder has one owner: nobody can take over while it sleeps, so no zombie can write afterwards.
      process.kill(victim.pid, 'SIGSTOP')
      const second = up(victim.dataDir)
      expect(second.status).not.toBe(0)
      expect(second.stderr).toContain('DATA_DIR')
      expect(second.stderr).toContain(`in use by process ${victim.pid}`)
      process.kill(victim.pid, 'SIGCONT')
    })
    await checkOutcome(victim, workload, receiver, webhookId)
    expect(victim.deaths).toEqual([])
  }, 60_000)

  it('crash.torn-tail', async () => {
    const victim = makeVictim()
    await victim.alive()
    const webhookId = await addRuleAndWebhook(victim, receiver)
    const half = Math.floor(workload.events.length / 2)
    await deliverAll(victim, workload.events.slice(0, half))
    await caughtUp(victim.metricsUrl)
    await victim.stop()
    const backup = mkdtempSync(join(tmpdir(), 'callboard-backup-'))
    cleanUps.push(() => rmSync(backup, { recursive: true, force: true }))
    cpSync(victim.dataDir, backup, { recursive: true })
    const file = join(victim.dataDir, 'log/state/data.mdb')
    truncateSync(file, 16_384)
    for (let i = 0; i < 3; i++) {
      const start = up(victim.dataDir)
      expect(start.status).not.toBe(0)
      expect(start.stderr).toContain(file.slice(0, -'/data.mdb'.length))
    }
    // Restored from the backup, and the sources send again what came after it.
    rmSync(victim.dataDir, { recursive: true })
    cpSync(backup, victim.dataDir, { recursive: true })
    await victim.alive()
    await deliverAll(victim, workload.events)
    await checkOutcome(victim, workload, receiver, webhookId)
  }, 90_000)

  it('crash.restore-1m', async () => {
    const { rows, firstOutputMs, stateBytes } = await measure(isLong ? 1_000_000 : 100_000, tmpdir(), 2)
    console.log(
      `crash.restore-1m: ${rows} rows, ${(stateBytes / 1e6).toFixed(0)} MB, first correct output after ${firstOutputMs.map((ms) => ms.toFixed(0)).join(', ')} ms`,
    )
    expect(Math.min(...firstOutputMs)).toBeLessThan(1000 * slowness())
  }, 180_000)

  /*
   * Measured is what a source sees: bytes of bodies that were acknowledged, over all the time from the first to the last, the time in which
   * the process was dead or starting included. What is acknowledged is on disk; rows and tables may come later, and how much later is said.
   */
  it('crash.replay: 12 MB/s under kill -9 every 3 s', async () => {
    const victim = makeVictim()
    await victim.alive()
    const { messages, bytes, seconds } = await replay(victim, { startAt: START, seconds: isLong ? 60 : 8, killEveryMs: 3_000 })
    const kills = victim.deaths.length
    const began = performance.now()
    await victim.alive()
    await caughtUpWithin(victim, 240_000)
    const behindSeconds = (performance.now() - began) / 1000
    console.log(
      `crash.replay: ${(bytes / 1e6 / seconds).toFixed(1)} MB/s acknowledged over ${seconds.toFixed(0)} s with ${kills} kills (${messages} messages, ` +
        `${(bytes / 1e6).toFixed(0)} MB); rows and tables had all of it ${behindSeconds.toFixed(1)} s later, ` +
        `${(bytes / 1e6 / (seconds + behindSeconds)).toFixed(1)} MB/s from end to end`,
    )
    expect(kills).toBeGreaterThanOrEqual(2)
    expect(Math.max(...victim.readyMs)).toBeLessThan(5_000 * slowness())
    const expected = expectedOf(messages, START)
    expect(differenceOf(expected.agents, await agentsOf(victim))).toEqual({ missing: [], extra: [] })
    await victim.stop()
    const { store, stop } = await openTestStore(join(victim.dataDir, 'clickhouse'))
    try {
      const [events] = await store.query<object>({
        name: 'test',
        sql: 'SELECT toString(count()) AS events, toString(uniqExact(id)) AS ids FROM events_raw FINAL',
        params: {},
      })
      expect(events).toEqual({ events: String(messages), ids: String(messages) })
      const intervals = await store.query<{ line: string }>({
        name: 'test',
        sql: `SELECT concat(agent_id, '|', name, '|', toString(toUnixTimestamp64Milli(start)), '|', ifNull(toString(toUnixTimestamp64Milli(end)), '')) AS line
              FROM intervals FINAL`,
        params: {},
      })
      expect(
        differenceOf(
          expected.intervals,
          intervals.map(({ line }) => line),
        ),
      ).toEqual({ missing: [], extra: [] })
      expect(intervals).toHaveLength(expected.intervals.length)
    } finally {
      await stop()
    }
  }, 400_000)
})

describe('disk', () => {
  it('disk.full', async ({ skip }) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'callboard-full-'))
    cleanUps.push(() => rmSync(dataDir, { recursive: true, force: true }))
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256m', 'tmpfs', dataDir], { stdio: 'ignore' })
    } catch {
      console.log('skipped disk.full: needs the right to mount a tmpfs')
      skip()
    }
    cleanUps.push(() => void spawnSync('umount', ['-l', dataDir]))
    const folder = join(dataDir, 'data')
    mkdirSync(folder)
    const victim = makeVictim({ dataDir: folder })
    await victim.alive()
    const webhookId = await addRuleAndWebhook(victim, receiver)
    const half = Math.floor(workload.events.length / 2)
    await deliverAll(victim, workload.events.slice(0, half))
    await caughtUp(victim.metricsUrl)
    fill(dataDir)
    // It stops acknowledging, and says why; nothing is told to be taken in that is not.
    const refused = await eventually(
      async () => {
        const { refused: found } = await deliverAll(victim, workload.events.slice(half))
        return found.length > 0 && found
      },
      'it refuses',
      30_000,
    ).catch((error: unknown) => expect.fail(`${String(error)} ${JSON.stringify([victim.deaths, victim.problems.slice(-5)])}`))
    expect(refused[0]).toContain('503')
    expect(refused[0]).toContain('LOG_UNAVAILABLE')
    const pid = victim.pid
    // Reading goes on, and the health page says what is wrong.
    expect((await victim.call('GET', '/api/v1/queues')).status).toBe(200)
    const { body: health } = await victim.call<{ parts: { name: string; ok: boolean; detail: string }[] }>('GET', '/health/ready')
    expect(health.parts.find(({ name }) => name === 'disk')).toMatchObject({ ok: false, detail: expect.stringContaining('MB are left') })
    await victim.kill()
    const start = up(folder)
    console.log(`disk.full: a start on a full disk ends with ${start.status}: ${start.stderr.trim().split('\n').at(-1)}`)
    expect(start.status).not.toBe(0)
    expect(start.stderr).toContain('DATA_DIR')
    rmSync(join(dataDir, 'filler'))
    await victim.alive()
    expect(victim.pid).not.toBe(pid)
    fill(dataDir)
    await deliverAll(victim, workload.events.slice(half))
    // Space returns while it runs: it goes on by itself.
    rmSync(join(dataDir, 'filler'))
    const { refused: after } = await deliverAll(victim, workload.events)
    expect(after).toEqual([])
    victim.forgive()
    await checkOutcome(victim, workload, receiver, webhookId)
  }, 120_000)

  it('disk.slow', async ({ skip }) => {
    const dir = mkdtempSync(join(tmpdir(), 'callboard-slow-'))
    cleanUps.push(() => rmSync(dir, { recursive: true, force: true }))
    const library = join(dir, 'slow-disk.so')
    const built = spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, resolve(import.meta.dirname, 'slow-disk.c'), '-ldl'])
    if (built.status !== 0) {
      console.log('skipped disk.slow: needs gcc on Linux')
      skip()
    }
    const control = join(dir, 'control')
    const victim = makeVictim({ settings: { LD_PRELOAD: library, FAULT_CONTROL: control } })
    await victim.alive()
    const webhookId = await addRuleAndWebhook(victim, receiver)
    let slowest = 0
    const { refused } = await deliverAll(victim, workload.events.slice(0, 300), async (batch) => {
      // A slow disk is waited for: requests take long, none is refused.
      if (batch === 5) writeFileSync(control, 'slow 2000')
      if (batch === 7) rmSync(control, { force: true })
      const began = performance.now()
      await victim.call('GET', '/api/v1/queues')
      slowest = Math.max(slowest, performance.now() - began)
    })
    expect(refused).toEqual([])
    let errors = 0
    await deliverAll(victim, workload.events.slice(300), async (batch) => {
      if (batch % 10 === 3 && errors++ < 5) writeFileSync(control, 'eio')
    })
    rmSync(control, { force: true })
    // What was not acknowledged comes again, as from any source.
    const again = await deliverAll(victim, workload.events)
    expect(again.refused).toEqual([])
    console.log(`disk.slow: slowest answer while a sync took 2 s: ${slowest.toFixed(0)} ms; ${errors} syncs failed`)
    await victim.kill()
    victim.forgive()
    await checkOutcome(victim, workload, receiver, webhookId)
  }, 120_000)
})

it('clock.skew', async () => {
  const victim = makeVictim()
  await victim.alive()
  const webhookId = await addRuleAndWebhook(victim, receiver)
  const skews = [0, -90_000, 10 * MINUTE_MS, -60 * MINUTE_MS, 0]
  const { refused } = await deliverAll(victim, workload.events, async (batch, batches, now) => {
    const skew = skews[Math.floor((batch * skews.length) / batches)]!
    await victim.setClock(now + skew, 'back')
  })
  expect(refused).toEqual([])
  await victim.setClock(workload.endsAt, 'back')
  const { tables } = await checkOutcome(victim, workload, receiver, webhookId)
  const negative = tables['contacts']!.filter((row) => /"\w+_seconds":-/.test(row))
  expect(negative).toEqual([])
}, 60_000)

it('deploy.rolling', async () => {
  const victim = makeVictim()
  await victim.alive()
  const webhookId = await addRuleAndWebhook(victim, receiver)
  const gaps: number[] = []
  await deliverAll(victim, workload.events, async (batch, batches) => {
    if (batch % Math.floor(batches / 4) !== 2) return
    const began = performance.now()
    await victim.stop()
    await victim.alive()
    await eventually(async () => (await victim.call('GET', '/api/v1/queues')).status === 200, 'it answers')
    gaps.push(performance.now() - began)
  })
  console.log(`deploy.rolling: the board was away for ${gaps.map((ms) => ms.toFixed(0)).join(', ')} ms`)
  await checkOutcome(victim, workload, receiver, webhookId)
  expect(gaps.length).toBeGreaterThanOrEqual(3)
  expect(Math.min(...gaps)).toBeLessThan(2_000 * slowness())
}, 90_000)

it(
  'load.overload-2x',
  async () => {
    const victim = makeVictim()
    await victim.alive()
    const seconds = isLong ? 600 : 5
    // What it folds in a short burst is its capacity on this machine.
    const cpuBefore = cpuOf(victim.pid)
    const burst = await feed(victim, { mbPerSecond: 1_000, seconds: isLong ? 10 : 2 })
    const began = performance.now()
    await caughtUp(victim.metricsUrl)
    const capacity = burst.bytes / 1e6 / (burst.seconds + (performance.now() - began) / 1000)
    const before = rssOf(victim.pid)
    const cpuPerMb = (cpuOf(victim.pid) - cpuBefore) / (burst.bytes / 1e6)
    let most = 0
    const watch = setInterval(() => (most = Math.max(most, rssOf(victim.pid))), 200)
    const over = await feed(victim, { mbPerSecond: 2 * capacity, seconds })
    const lag = await behindOf(victim)
    await caughtUpWithin(victim, (seconds * 3 + 60) * 1000)
    clearInterval(watch)
    console.log(
      `load.overload-2x: capacity ${capacity.toFixed(1)} MB/s (${cpuPerMb.toFixed(0)} ms of CPU per MB), offered ${(over.bytes / 1e6 / over.seconds).toFixed(1)} MB/s for ${over.seconds.toFixed(0)} s, ` +
        `${lag} records behind at its end, memory ${before.toFixed(0)} → at most ${most.toFixed(0)} MB`,
    )
    expect(most - before).toBeLessThan(400)
    await expectEventsRaw(victim, burst.sent + over.sent)
  },
  isLong ? 3_600_000 : 180_000,
)

/** Posts messages of a contact centre, each with an id of its own, at a rate, each until it is acknowledged. */
async function feed(
  victim: Victim,
  { mbPerSecond, seconds }: { mbPerSecond: number; seconds: number },
): Promise<{ sent: number; bytes: number; seconds: number }> {
  const PER_BODY = 200
  const random = createRandom(`${seed}/feed/${mbPerSecond}/${seconds}`)
  const run = String(random.whole(1, 1e9))
  const at = START
  const template = JSON.stringify(
    agentEvent(
      'AGENT-NAME',
      new Date(at).toISOString(),
      { AgentStatus: { Name: 'Available' } },
      { id: 'EVENT-ID', queues: ['q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8'] },
    ),
  )
  let sent = 0
  let bytes = 0
  const began = performance.now()
  const worker = async (): Promise<void> => {
    for (;;) {
      const elapsed = performance.now() - began
      if (elapsed > seconds * 1000) return
      if (bytes > (elapsed / 1000) * mbPerSecond * 1e6) {
        await new Promise((done) => setTimeout(done, 5))
        continue
      }
      const first = sent
      sent += PER_BODY
      const lines = Array.from({ length: PER_BODY }, (_, i) =>
        template.replace('EVENT-ID', `${run}-${first + i}`).replaceAll('AGENT-NAME', `agent-${(first + i) % 500}`),
      ).join('\n')
      bytes += lines.length
      const { status } = await victim.call('POST', '/api/v1/events/agent-events', lines, 'application/x-ndjson')
      if (status !== 202) throw new Error(`answered ${status}`)
    }
  }
  await Promise.all([worker(), worker(), worker(), worker()])
  return { sent, bytes, seconds: (performance.now() - began) / 1000 }
}

async function expectEventsRaw(victim: Victim, sent: number): Promise<void> {
  await victim.alive()
  await caughtUpWithin(victim, 120_000)
  await victim.stop()
  const { store, stop } = await openTestStore(join(victim.dataDir, 'clickhouse'))
  try {
    const [found] = await store.query<{ rows: string; ids: string }>({
      name: 'test',
      sql: 'SELECT toString(count()) AS rows, toString(uniqExact(id)) AS ids FROM events_raw FINAL',
      params: {},
    })
    expect(found).toEqual({ rows: String(sent), ids: String(sent) })
  } finally {
    await stop()
  }
}

interface AgentsPage {
  items: { id: string; status: { name: string; since: string } }[]
  nextCursor: string | null
}

/** `agent|status|since` of every agent the API knows. */
async function agentsOf(victim: Victim): Promise<string[]> {
  const found: string[] = []
  let cursor: string | null = null
  do {
    const next = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page: AgentsPage = (await victim.call<AgentsPage>('GET', `/api/v1/agents?limit=200${next}`)).body
    for (const { id, status } of page.items) found.push(`${id}|${status.name}|${Date.parse(status.since)}`)
    cursor = page.nextCursor
  } while (cursor !== null)
  return found.toSorted()
}

async function caughtUpWithin(victim: Victim, withinMs: number): Promise<void> {
  const deadline = performance.now() + withinMs
  for (;;) {
    try {
      return await caughtUp(victim.metricsUrl)
    } catch (error) {
      if (performance.now() > deadline) throw error
    }
  }
}

async function behindOf(victim: Victim): Promise<number> {
  const text = await (await fetch(`${victim.metricsUrl}/metrics`)).text()
  return [...text.matchAll(/^lane_behind_records\{.*\} (\d+)$/gm)].reduce((sum, m) => sum + Number(m[1]), 0)
}

function rssOf(pid: number): number {
  return (
    Number(/VmRSS:\s+(\d+)/.exec(existsSync(`/proc/${pid}/status`) ? readFileSync(`/proc/${pid}/status`, 'utf8') : '')?.[1] ?? 0) / 1024
  )
}

/** CPU of the process since its start, ms. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Leaves nothing free on the file system of `dir`. */
function fill(dir: string): void {
  const file = join(dir, 'filler')
  writeFileSync(file, '')
  for (let bytes = 16 * 1024 * 1024; bytes >= 4096;) {
    const { bavail, bsize } = statfsSync(dir)
    if (bavail * bsize < bytes) bytes /= 2
    else
      try {
        appendFileSync(file, Buffer.alloc(bytes))
      } catch {
        bytes /= 2
      }
  }
}
