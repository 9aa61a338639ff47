import { execFileSync, spawn } from 'node:child_process'
import { cp, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import { openLmdbLog } from '#log/lmdb/log'
import { suiteTopicSpecs, tempFolder } from '../../conformance/support.ts'
import { checkAfterCrash } from './crash-checks.ts'
import { imageAfterPowerCut, parseJournal } from './power-cut.ts'
import { eventually } from '../../helpers/eventually.ts'

const here = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const CUTS = 15

/** Compiles the recorder; undefined, with the reason printed, where that is not possible. */
function buildRecorder(dir: string): string | undefined {
  const library = join(dir, 'recorder.so')
  try {
    execFileSync('gcc', ['-shared', '-fPIC', '-O1', '-o', library, here('write-recorder.c'), '-ldl'], { stdio: 'pipe' })
    return library
  } catch (error) {
    console.log(
      `skipped: power cuts are simulated with a C library (Linux, gcc): ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`,
    )
    return undefined
  }
}

it('holds everything it acknowledged after the power goes at random moments', async ({ skip }) => {
  const dir = await tempFolder()
  const recorder = buildRecorder(dir)
  if (!recorder) skip()
  const [log, acks, journal] = [join(dir, 'log'), join(dir, 'acks'), join(dir, 'journal')]
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', here('crash-child.ts'), log, acks], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, LD_PRELOAD: recorder ?? '', WRITE_JOURNAL: journal },
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await eventually(
    async () =>
      child.exitCode !== null ||
      (await stat(journal).then(
        ({ size }) => size,
        () => 0,
      )) > 5e6,
    'the child writes',
    15_000,
  )
  child.kill('SIGKILL')
  await ended

  const steps = parseJournal(await readFile(journal))
  const seed = Math.floor(Math.random() * 2 ** 31)
  const random = seeded(seed)
  const firstAck = steps.findIndex(({ what }) => what === 'ack')
  let acknowledged = 0
  for (let i = 0; i < CUTS; i++) {
    const cut = firstAck + 1 + Math.floor(random() * (steps.length - firstAck))
    const image = imageAfterPowerCut(steps, cut, random)
    const copy = join(dir, `image-${i}`)
    await cp(log, copy, { recursive: true, filter: (from) => !from.endsWith('.mdb') })
    await rm(join(copy, 'unclosed-starts'), { force: true })
    for (const [path, bytes] of image.files) {
      const file = path.replace(log, copy)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, bytes)
    }
    try {
      const opened = await openLmdbLog({ dir: copy, topics: suiteTopicSpecs, partitionCount: 4, clock: systemClock })
      try {
        const { appends, commits } = await checkAfterCrash(opened, image.acks)
        acknowledged += appends + commits
      } finally {
        await opened.close()
      }
    } catch (error) {
      throw new Error(`seed ${seed}, cut ${cut} of ${steps.length}`, { cause: error })
    }
    await rm(copy, { recursive: true })
  }
  expect(acknowledged).toBeGreaterThan(CUTS)
}, 60_000)

/** Mulberry32: the same seed gives the same cuts. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
