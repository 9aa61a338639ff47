import { fork } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { systemClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { createEmbeddedStore } from '#storage/embedded/supervisor'
import { countOf, openTestStore, type TestStore } from './harness.ts'
import { turn } from './rows.ts'
import { eventually } from '../../helpers/eventually.ts'

async function opened(timing: Parameters<typeof openTestStore>[0] = {}): Promise<TestStore> {
  const test = await openTestStore(timing)
  onTestFinished(() => test.stop())
  return test
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const pidOf = (test: TestStore): number => test.engine.health().pid ?? -1
const restartedAfter = (test: TestStore, restarts: number): Promise<true> =>
  eventually(() => test.engine.health().restarts > restarts, 'the engine is started again', 60_000)

describe('the supervisor of the embedded store', () => {
  it('restarts a killed child, which then has every acknowledged row', async () => {
    const test = await opened()
    let acknowledged = 0
    for (const kill of [false, true, false, true, false]) {
      const restarts = test.engine.health().restarts
      await test.store.insert(
        'segments',
        Array.from({ length: 500 }, (_, i) => turn(`c${acknowledged + i}`, 't1', 'hello there')),
      )
      acknowledged += 500
      if (!kill) continue
      process.kill(pidOf(test), 'SIGKILL')
      await restartedAfter(test, restarts)
      expect(await countOf(test.store, 'segments')).toBe(acknowledged)
    }
    expect(test.logged.filter(({ event }) => event === 'store_child_exited')).toHaveLength(2)
  })

  it('reports calls during a restart as an outage that can be tried again', async () => {
    const test = await opened({ restartAfterMs: 1_000 })
    process.kill(pidOf(test), 'SIGKILL')
    const failure = await eventually(() =>
      test.store.ping().then(
        () => undefined,
        (error: unknown) => error,
      ),
    )
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true, details: { fault: 'unavailable' } })
    await eventually(() =>
      test.store.ping().then(
        () => true,
        () => undefined,
      ),
    )
  })

  it('notices a hung child, kills it and starts another', async () => {
    const test = await opened({ pingEveryMs: 100, pingTimeoutMs: 1_000, missesAllowed: 2 })
    await test.store.insert('segments', [turn('c1', 't1', 'hello')])
    const hung = pidOf(test)
    process.kill(hung, 'SIGSTOP')
    await restartedAfter(test, 0)
    expect(isAlive(hung)).toBe(false)
    expect(await countOf(test.store, 'segments')).toBe(1)
    expect(test.logged.map(({ event }) => event)).toContain('store_child_hung')
  })

  it('says clearly that another process has the folder open, and leaves that one alone', async () => {
    const test = await opened()
    const second = createEmbeddedStore({ dataDir: test.dataDir, clock: systemClock, telemetry: silentTelemetry })
    await expect(second.start()).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
      message: expect.stringContaining(test.dataDir) as string,
    })
    await test.store.insert('segments', [turn('c1', 't1', 'hello')])
    expect(await countOf(test.store, 'segments')).toBe(1)
  })

  it('leaves no process behind when stopped, may be stopped twice and started again', async () => {
    const test = await opened()
    await test.store.insert('segments', [turn('c1', 't1', 'hello')])
    const pid = pidOf(test)
    await test.engine.stop()
    await test.engine.stop()
    expect(isAlive(pid)).toBe(false)
    await Promise.all([test.engine.start(), test.engine.start()])
    expect(await countOf(test.store, 'segments')).toBe(1)
  })

  it('stops also while it is restarting', async () => {
    const test = await opened({ restartAfterMs: 1 })
    process.kill(pidOf(test), 'SIGKILL')
    await eventually(() => test.engine.health().state === 'restarting')
    await test.engine.stop()
    expect(test.engine.health()).toMatchObject({ state: 'stopped', pid: null })
  })

  it('tells of parts that the engine set aside', async () => {
    const test = await opened()
    await test.store.insert('segments', [turn('c1', 't1', 'hello')])
    await test.engine.stop()
    const store = join(test.dataDir, 'engine', 'store')
    const files = await readdir(store, { recursive: true })
    const [damaged] = files.filter((file) => /all_\d+_\d+_\d+\/columns\.txt$/.test(file)).slice(-1)
    const parts = files.filter((file) => /all_\d+_\d+_\d+\/(data\.bin|data\.cmrk\d|checksums\.txt)$/.test(file))
    expect(damaged).toBeDefined()
    for (const file of parts) await rm(join(store, file))
    await test.engine.start()
    expect(test.logged.map(({ event }) => event)).toContain('store_part_detached')
  })

  it('does not outlive its parent', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'callboard-test-store-'))
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
    const parent = fork(fileURLToPath(new URL('./parent.ts', import.meta.url)), [dataDir], {
      execArgv: ['--conditions=source', '--import', loader],
    })
    const pid = await new Promise<number>((resolve) => parent.once('message', (message) => resolve(Number(message))))
    expect(isAlive(pid)).toBe(true)
    parent.kill('SIGKILL')
    await eventually(() => !isAlive(pid), 'the process is gone', 5_000)
  })
})
