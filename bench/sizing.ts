/**
 * How much of a machine a contact centre of some size needs: the simulator plays it into a whole server in its own process, first some
 * minutes as fast as they are taken, then in real time. Measured are processor time (not wall time: the machine may be shared), memory
 * and what lies on disk. `npm run bench -- sizing [--write]` prints the table, with --write into docs/sizing.md.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { rebase } from '#cli/rebase'
import { kindsByPath, type KindPath } from '#events/envelope'
import { startSimulation } from '#simulator/start'
import type { WireEvent } from '#simulator/stream'
import { build } from '../scripts/build.mjs'
import { startServer, type TestServer } from '../test/helpers/server.ts'
import { caughtUp } from '../test/helpers/tables.ts'

interface Measured {
  agents: number
  queues: number
  contactsPerHour: number
  messagesPerHour: number
  peakMessagesPerSecond: number
  cores: number
  mainMb: number
  engineMb: number
  rowKb: number
  logMbPerHour: number
  storeMbPerHour: number
  lagSeconds: number
}

const pathOf = Object.fromEntries(Object.entries(kindsByPath).map(([path, kind]) => [kind, path])) as Record<string, KindPath>
/** A working day and the time rows stay, for what is reckoned from the figures. */
const HOURS_A_DAY = 10
const DAYS_OF_ROWS = 2
const LOG_DAYS = 3
const BATCH = 200
/** A Monday at 10. */
const BUSY_HOUR = Date.UTC(2026, 2, 2, 10)

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sizes: { type: 'string', default: '50,250,1000' },
      profile: { type: 'string', default: 'omnichannel' },
      minutes: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '45' },
      write: { type: 'boolean', default: false },
    },
  })
  build()
  const rows: Measured[] = []
  for (const agents of values.sizes.split(',').map(Number)) {
    const row = await measure({ agents, profile: values.profile, minutes: Number(values.minutes), seconds: Number(values.seconds) })
    console.log(JSON.stringify(row))
    rows.push(row)
  }
  const text = tableOf(rows)
  console.log(`\n${text}`)
  if (values.write) writeFileSync(resolve(import.meta.dirname, '../docs/sizing.md'), page(text, values))
}

async function measure(size: { agents: number; profile: string; minutes: number; seconds: number }): Promise<Measured> {
  const { agents, profile, minutes, seconds } = size
  const queues = Math.max(4, Math.round(agents / 8))
  const server = await startServer()
  try {
    const diskBefore = [sizeOf(join(server.dataDir, 'log')), sizeOf(join(server.dataDir, 'clickhouse'))] as const
    const startAt = Date.now() - minutes * 60_000
    // Whatever time it is here, there it is a busy hour.
    const shift = startAt - BUSY_HOUR
    const simulation = startSimulation({ profile, seed: 3, startAt: BUSY_HOUR, agents, queues })
    const dueAt = (): number => (simulation.dueAt() ?? Infinity) + shift
    const next = (): WireEvent => {
      const event = simulation.next()!
      return { ...event, at: event.at + shift, payload: typeof event.payload === 'string' ? event.payload : rebase(event.payload, shift) }
    }
    const counts = { messages: 0, contacts: 0 }
    const perSecond = new Map<number, number>()
    const take = (event: WireEvent): void => {
      counts.messages++
      if (event.kind === 'contact-record') counts.contacts++
      const second = Math.floor(event.at / 1000)
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
    }
    for (let batch: WireEvent[] = []; ;) {
      const event = dueAt() < Date.now() ? next() : undefined
      if (event && event.kind in pathOf) {
        take(event)
        batch.push(event)
      }
      if (batch.length === BATCH || (!event && batch.length > 0)) {
        await post(server, batch)
        batch = []
      }
      if (!event) break
    }
    await caughtUp(server.metricsUrl)
    const [cpuBefore, liveFrom] = [cpuSeconds(server.pid), Date.now()]
    let lagSeconds = 0
    while (Date.now() < liveFrom + seconds * 1000) {
      const due: WireEvent[] = []
      while (dueAt() <= Date.now()) {
        const event = next()
        if (!(event.kind in pathOf)) continue
        take(event)
        due.push(event)
      }
      if (due.length > 0) await post(server, due)
      else await rest(20)
      lagSeconds = Math.max(lagSeconds, await metric(server, 'lane_lag_seconds\\{lane="(?!history)[a-z]+"[^}]*\\}'))
    }
    const cpu = cpuSeconds(server.pid) - cpuBefore
    const liveSeconds = (Date.now() - liveFrom) / 1000
    await caughtUp(server.metricsUrl)
    await rest(6_000)
    const hours = (Date.now() - startAt) / 3_600_000
    const [main, ...children] = family(server.pid).map(rssMb)
    const perHour = (count: number): number => Math.round(count / hours)
    const grown = (folder: string, before: number): number => (sizeOf(join(server.dataDir, folder)) - before) / 1e6 / hours
    return {
      agents,
      queues,
      contactsPerHour: perHour(counts.contacts),
      messagesPerHour: perHour(counts.messages),
      peakMessagesPerSecond: Math.max(...[...perSecond.values()].toSorted((a, b) => a - b).slice(0, -5), 0),
      cores: cpu / liveSeconds,
      mainMb: main ?? 0,
      engineMb: children.reduce((sum, mb) => sum + mb, 0),
      rowKb: await rowKb(server),
      logMbPerHour: grown('log', diskBefore[0]),
      storeMbPerHour: grown('clickhouse', diskBefore[1]),
      lagSeconds,
    }
  } finally {
    await server.stop()
  }
}

/** Each kind comes through a stream of its own, as Amazon sends them. */
async function post(server: TestServer, events: readonly WireEvent[]): Promise<void> {
  const byKind = new Map<string, WireEvent[]>()
  for (const event of events) byKind.set(event.kind, [...(byKind.get(event.kind) ?? []), event])
  await Promise.all(
    [...byKind].map(async ([kind, list]) => {
      const lines = list.map(({ payload }) => (typeof payload === 'string' ? payload : JSON.stringify(payload)))
      const { status } = await server.call('POST', `/api/v1/events/${pathOf[kind]}`, lines.join('\n'), 'application/x-ndjson')
      if (status !== 202) throw new Error(`the server answered ${status}`)
    }),
  )
}

/** What the row of a contact takes in memory: an object takes about three times its JSON. */
async function rowKb(server: TestServer): Promise<number> {
  const { items } = (await server.call<{ items: unknown[] }>('GET', '/api/v1/contacts?limit=200')).body
  return (3 * JSON.stringify(items).length) / 1024 / Math.max(1, items.length)
}

/** The greatest value of a metric; `pattern` may hold labels. */
async function metric(server: TestServer, pattern: string): Promise<number> {
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text()
  return Math.max(0, ...[...text.matchAll(new RegExp(`^${pattern} ([\\d.e+-]+)$`, 'gm'))].map((m) => Number(m[1])))
}

/** A process and its children (Linux). */
function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  return [pid, ...children]
}

/** User and system time of a process and its children, seconds (100 ticks a second). */
function cpuSeconds(pid: number): number {
  return family(pid)
    .map((one) => {
      const stat = readFileSync(`/proc/${one}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return (Number(fields[11]) + Number(fields[12])) / 100
    })
    .reduce((sum, seconds) => sum + seconds, 0)
}

function rssMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024)
}

/** Bytes on disk below a folder: blocks, since LMDB's files have holes. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => {
      try {
        return sum + statSync(join(entry.parentPath, entry.name)).blocks * 512
      } catch {
        // Merged away meanwhile.
        return sum
      }
    }, 0)
}

function tableOf(rows: readonly Measured[]): string {
  const lines = rows.map((r) => {
    const rowsMb = (r.rowKb * r.contactsPerHour * HOURS_A_DAY * DAYS_OF_ROWS) / 1024
    const cells = [
      `${r.agents} / ${r.queues}`,
      r.contactsPerHour,
      `${r.messagesPerHour} (${r.peakMessagesPerSecond}/s)`,
      r.cores.toFixed(2),
      `${r.mainMb} + ${r.engineMb} MB`,
      `${Math.round((r.mainMb + r.engineMb + rowsMb) / 100) / 10} GB`,
      `${((r.logMbPerHour * HOURS_A_DAY * LOG_DAYS) / 1000).toFixed(1)} GB`,
      `${((r.storeMbPerHour * HOURS_A_DAY) / 1000).toFixed(2)} GB`,
      `${r.lagSeconds.toFixed(1)} s`,
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    '| agents / queues | contacts an hour | messages an hour (busiest second) | cores | memory, server + engine | memory with 2 days of rows | log, 3 days | analytics store, a day | greatest lag |',
    '|---|---|---|---|---|---|---|---|---|',
    ...lines,
  ].join('\n')
}

function page(table: string, { profile, minutes, seconds }: { profile: string; minutes: string; seconds: string }): string {
  return `# Sizing

Written by \`npm run bench -- sizing --write\` (\`bench/sizing.ts\`) on ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}: the simulated
contact centre "${profile}", ${minutes} minutes played as fast as they are taken, then ${seconds} s in real time, into one process with embedded log and engine.

${table}

- **Cores** is processor time per second while the centre runs in real time, all processes of the server together, nobody looking at a board. Take twice as
  much: for peaks, for merges of the store, and for boards (\`npm run bench -- live\`).
- **Memory with 2 days of rows** is reckoned: what was measured, and three times the JSON of a contact's row for every contact of ${DAYS_OF_ROWS} days of ${HOURS_A_DAY} hours, since rows
  stay 48 h. The engine is capped at 900 MB.
- **Disk** is reckoned from what the run left, for days of ${HOURS_A_DAY} hours: parts of the store that were not merged yet and free pages of the log count in full, so a
  long run takes less. Raw events leave the store after \`CALLBOARD_EVENTS_RETENTION\` (90 days); the log after \`CALLBOARD_LOG_RETENTION\` (3 days).
- A restart from a backup needs as much free space again as the backup has.
`
}
