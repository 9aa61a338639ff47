import { spawn, type ChildProcess } from 'node:child_process'
import { cp, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { systemClock } from '#kernel/clock'
import { openLmdbLog } from '#log/lmdb/log'
import type { EventLog, Lane } from '#log/port'

/*
 * Risk 3 of the design, the log's part: a process with many rows is killed while it commits; how long until another one answers
 * and commits, and is everything there that was acknowledged? And the same for a copy of the files as they lie at a random moment.
 */
const PARTITIONS = 24
const ROW_BYTES = 300
const topics = [
  { name: 'connect.contacts', cleanup: 'delete' },
  { name: 'callboard.rows', cleanup: 'compact' },
] as const

interface Reopened {
  openMs: number
  firstGetMs: number
  firstCommitMs: number
  missing: number
  checked: number
}

/** `args`: rows (default 1,000,000), folder (default the system's for temporary files). Returns whether every target is met. */
export async function run(args: readonly string[]): Promise<boolean> {
  const rows = Number(args[0] ?? 1_000_000)
  const base = await mkdtemp(join(args[1] ?? tmpdir(), 'callboard-restart-'))
  const dir = join(base, 'log')
  try {
    const writer = startWriter(dir, rows)
    const filledMs = await writer.filled
    const { size } = await stat(join(dir, 'state', 'data.mdb'))
    console.log(
      `restart: ${rows.toLocaleString('en')} rows of ${ROW_BYTES} B written in ${(filledMs / 1000).toFixed(1)} s, state file ${(size / 1e6).toFixed(0)} MB`,
    )

    // A stopped process is a moment: what lies in its files then is what a kill at that moment leaves.
    await delay(500 + Math.random() * 1000)
    writer.child.kill('SIGSTOP')
    const ackedBefore = new Map(writer.acked)
    await cp(dir, join(base, 'image'), { recursive: true })
    writer.child.kill('SIGCONT')
    await delay(500 + Math.random() * 1000)
    const killed = once(writer.child)
    writer.child.kill('SIGKILL')
    await killed

    const first = print('after SIGKILL', await reopen(dir, writer.acked))
    const second = print('after a second kill in a row', await reopen(dir, writer.acked))
    const third = print('after a third, when every page is looked at', await reopen(dir, writer.acked))
    const image = print('image of the files at a random moment', await reopen(join(base, 'image'), ackedBefore))
    return [first, second, image].every(isOnTarget) && third.missing === 0
  } finally {
    await rm(base, { recursive: true })
  }
}

function isOnTarget({ openMs, firstGetMs, firstCommitMs, missing, checked }: Reopened): boolean {
  return openMs + firstGetMs + firstCommitMs <= 1000 && missing === 0 && checked > 0
}

function print(what: string, result: Reopened): Reopened {
  const total = result.openMs + result.firstGetMs + result.firstCommitMs
  const parts = `open ${result.openMs.toFixed(0)}, first get ${result.firstGetMs.toFixed(1)}, first commit ${result.firstCommitMs.toFixed(1)} ms`
  console.log(`  ${what}: ${total.toFixed(0)} ms (${parts}); ${result.checked} acknowledged rows checked, ${result.missing} missing`)
  return result
}

function startChild(role: string, ...args: string[]): ChildProcess {
  const script = fileURLToPath(import.meta.url)
  return spawn(process.execPath, ['--conditions=source', '--import', 'tsx', script, role, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
}

function startWriter(dir: string, rows: number): { child: ChildProcess; filled: Promise<number>; acked: Map<string, number> } {
  const child = startChild('write', dir, String(rows))
  const acked = new Map<string, number>()
  const filled = new Promise<number>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the writer ended')))
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const [what, key, value] = line.split(' ')
      if (what === 'filled') resolve(Number(key))
      else if (key) acked.set(key, Number(value))
    })
  })
  return { child, filled, acked }
}

/** Opens in a fresh process, which is killed after its report: every start here follows a crash. */
async function reopen(dir: string, acked: ReadonlyMap<string, number>): Promise<Reopened> {
  const child = startChild('reopen', dir)
  const ended = once(child)
  child.stdin!.end(JSON.stringify([...acked]))
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve)
    child.once('exit', (code) => reject(new Error(`the reopened process ended with ${code}`)))
  })
  child.kill('SIGKILL')
  await ended
  return JSON.parse(line)
}

function once(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function openAll(dir: string): Promise<{ log: EventLog; lane: Lane }> {
  const log = await openLmdbLog({ dir, topics, partitionCount: PARTITIONS, clock: systemClock })
  const assigned = new Set<number>()
  const owner = { assigned: async (partition: number) => void assigned.add(partition), revoked: async () => {} }
  const lane = await log.openLane({ name: 'rows', inputs: ['connect.contacts'] }, owner)
  while (assigned.size < PARTITIONS) await new Promise((resolve) => setImmediate(resolve))
  return { log, lane }
}

const keyOf = (partition: number, row: number): string => `contact/${partition}/${row.toString(36).padStart(30, '0')}`

function outputOf(key: string, version: number): { topic: string; key: string; value: Uint8Array; headers: Record<string, string> } {
  const value = Buffer.alloc(ROW_BYTES, 0x62)
  value.writeDoubleLE(version, 0)
  return { topic: 'callboard.rows', key, value, headers: { kind: 'contact-row' } }
}

async function write(dir: string, rows: number): Promise<void> {
  const startedAt = performance.now()
  const { lane } = await openAll(dir)
  const perPartition = Math.ceil(rows / PARTITIONS)
  const each = async (work: (partition: number) => Promise<void>): Promise<void> =>
    void (await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => work(partition))))
  await each(async (partition) => {
    for (let from = 0; from < perPartition; from += 200) {
      const outputs = Array.from({ length: Math.min(200, perPartition - from) }, (_, i) => outputOf(keyOf(partition, from + i), 0))
      await lane.commit({ partition, outputs, positions: [] })
    }
  })
  console.log(`filled ${performance.now() - startedAt}`)
  await each(async (partition) => {
    for (let version = 1; ; version++) {
      const keys = Array.from({ length: 5 }, () => keyOf(partition, Math.floor(Math.random() * perPartition)))
      await lane.commit({
        partition,
        outputs: keys.map((key) => outputOf(key, version)),
        positions: [{ topic: 'connect.contacts', next: 0 }],
      })
      process.stdout.write(keys.map((key) => `acked ${key} ${version}\n`).join(''))
    }
  })
}

function versionOf(log: EventLog, key: string): number {
  const value = log.table('callboard.rows', Number(key.split('/')[1])).get(key)?.value
  return value ? Buffer.from(value).readDoubleLE(0) : -1
}

async function reportReopened(dir: string): Promise<void> {
  let text = ''
  for await (const chunk of process.stdin) text += String(chunk)
  const acked: [string, number][] = JSON.parse(text)
  const startedAt = performance.now()
  const { log, lane } = await openAll(dir)
  const openedAt = performance.now()
  const [firstKey, firstVersion] = acked[0] ?? ['contact/0/0', 0]
  const isRight = versionOf(log, firstKey) >= firstVersion
  const gotAt = performance.now()
  await lane.commit({ partition: 0, outputs: [outputOf('contact/0/new', 1)], positions: [{ topic: 'connect.contacts', next: 0 }] })
  const committedAt = performance.now()
  const missing = acked.filter(([key, version]) => versionOf(log, key) < version).length + (isRight ? 0 : 1)
  const result: Reopened = {
    openMs: openedAt - startedAt,
    firstGetMs: gotAt - openedAt,
    firstCommitMs: committedAt - gotAt,
    missing,
    checked: acked.length,
  }
  console.log(JSON.stringify(result))
}

const [, script, role, dir = '', rows] = process.argv
if (script === fileURLToPath(import.meta.url)) {
  if (role === 'write') await write(dir, Number(rows))
  if (role === 'reopen') await reportReopened(dir)
}
