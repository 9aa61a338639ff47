import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { build } from '../scripts/build.mjs'

export interface Restored {
  rows: number
  stateBytes: number
  /** From the start of a process to the first output that is right, once for each kill in a row, ms. */
  firstOutputMs: number[]
  steps: Record<string, number>[]
}

/*
 * How long after kill -9 the first correct output comes, with so many rows of state: a fresh process (as built) opens the embedded log,
 * takes one event in for one of the contacts there, and the row that is folded from the new event and the stored facts is committed.
 */
export async function measure(rows: number, folder = tmpdir(), kills = 3): Promise<Restored> {
  build()
  const base = await mkdtemp(join(folder, 'callboard-restore-'))
  const dir = join(base, 'log')
  try {
    const filler = startChild('fill', dir, String(rows))
    await firstLine(filler)
    await kill(filler)
    const { size } = await stat(join(dir, 'state', 'data.mdb'))
    const result: Restored = { rows, stateBytes: size, firstOutputMs: [], steps: [] }
    for (let i = 0; i < kills; i++) {
      const opener = startChild('open', dir, String(rows), String(i))
      const told = JSON.parse(await firstLine(opener)) as Record<string, number> & { totalMs: number }
      await kill(opener)
      result.firstOutputMs.push(told.totalMs)
      result.steps.push(told)
    }
    return result
  } finally {
    await rm(base, { recursive: true })
  }
}

/** `args`: rows (default 1,000,000), folder (default the system's for temporary files). */
export async function run(args: readonly string[]): Promise<void> {
  const result = await measure(Number(args[0] ?? 1_000_000), args[1])
  const text = (n: number): string => n.toLocaleString('en', { maximumFractionDigits: 0 })
  console.log(
    `restore: ${text(result.rows)} keyed rows, state file ${text(result.stateBytes / 1e6)} MB, first correct output after kill -9`,
  )
  for (const steps of result.steps)
    console.log(
      `  ${text(steps['totalMs'] ?? 0)} ms: ${Object.entries(steps)
        .filter(([name]) => name !== 'totalMs')
        .map(([name, ms]) => `${name} at ${text(ms)}`)
        .join(', ')}`,
    )
}

function startChild(...args: string[]): ChildProcess {
  const script = resolve(import.meta.dirname, 'restore-child.mjs')
  return spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    createInterface({ input: child.stdout! }).once('line', done)
    child.once('exit', (code) => fail(new Error(`the child ended with ${code}`)))
  })
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    child.once('exit', () => done())
    child.kill('SIGKILL')
  })
}
