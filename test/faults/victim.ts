import { fork, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { eventually } from '../helpers/eventually.ts'

const entry = resolve(import.meta.dirname, 'server-child.mjs')
const START_DEADLINE_MS = 30_000
/** Kills of one victim that a request may survive before the test gives up. */
const MOST_TRIES = 40

export interface Death {
  /** What was armed; empty when the test killed it. */
  failpoint: string
  signal: string
}

export interface Problem {
  level: string
  event: string
  fields?: Record<string, unknown>
}

/** A Callboard that dies when told to, and is started again as any supervisor would. */
export interface Victim {
  readonly dataDir: string
  readonly url: string
  readonly metricsUrl: string
  readonly pid: number
  /** From the start of the process to its answer, of each start that did not end before. */
  readonly readyMs: readonly number[]
  readonly deaths: readonly Death[]
  readonly problems: readonly Problem[]
  /** What to arm, one for each of the next starts; afterwards nothing is armed. */
  arm(...failpoints: string[]): void
  /** Starts it unless it runs; resolves when it answers, however often it dies on the way. */
  alive(): Promise<void>
  /** `back`: also to an earlier time. */
  setClock(at: number, back?: 'back'): Promise<void>
  /** As a source would: again and again until it is acknowledged. */
  call<T>(method: string, path: string, body?: unknown, type?: string): Promise<{ status: number; body: T }>
  kill(signal?: NodeJS.Signals): Promise<void>
  /** Forgets the problems it told of: those of a fault that is over. */
  forgive(): void
  stop(): Promise<void>
  remove(): void
}

export function createVictim(options: { startAt: number; settings?: Record<string, string>; dataDir?: string }): Victim {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'callboard-faults-'))
  const armed: string[] = []
  const readyMs: number[] = []
  const deaths: Death[] = []
  const problems: Problem[] = []
  const told = { url: '', metricsUrl: '' }
  let now = options.startAt
  let port = '0'
  let child: ChildProcess | undefined
  let gone: Promise<void> = Promise.resolve()
  let starting: Promise<void> | undefined

  /** One start; false when the process ended before it was ready. */
  const startOnce = async (): Promise<boolean> => {
    const failpoint = armed.shift() ?? ''
    const started = performance.now()
    const begun = fork(entry, [String(now)], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...process.env,
        CALLBOARD_DATA_DIR: dataDir,
        CALLBOARD_HTTP_PORT: port,
        CALLBOARD_METRICS_PORT: '0',
        CALLBOARD_DEMO: 'off',
        CALLBOARD_AUTH: 'none',
        ...options.settings,
        ...(failpoint ? { FAILPOINT: failpoint, CALLBOARD_ALLOW_FAILPOINTS: 'yes' } : {}),
      },
    })
    child = begun
    let failed = ''
    begun.on('message', (message: object) => {
      if ('failed' in message) failed = String(message.failed)
      if ('level' in message) problems.push(message as Problem)
    })
    gone = new Promise((done) => {
      begun.once('exit', (code, signal) => {
        if (child === begun) child = undefined
        if (signal !== null) deaths.push({ failpoint, signal })
        done()
      })
    })
    const ready = await Promise.race([
      new Promise<{ url: string; metricsUrl: string }>((done) => {
        begun.on('message', (message: { ready?: { url: string; metricsUrl: string } }) => message.ready && done(message.ready))
      }),
      gone.then(() => undefined),
    ])
    if (!ready) {
      if (failed !== '') throw new Error(`it did not start: ${failed}`)
      return false
    }
    readyMs.push(performance.now() - started)
    Object.assign(told, ready)
    port = new URL(ready.url).port
    return true
  }
  const start = async (): Promise<void> => {
    const deadline = performance.now() + START_DEADLINE_MS
    while (!(await startOnce())) if (performance.now() > deadline) throw new Error('it does not stay alive')
  }
  const alive = async (): Promise<void> => {
    if (child?.connected) return
    await gone
    starting ??= start().finally(() => (starting = undefined))
    await starting
  }

  return {
    dataDir,
    get url() {
      return told.url
    },
    get metricsUrl() {
      return told.metricsUrl
    },
    get pid() {
      return child?.pid ?? 0
    },
    readyMs,
    deaths,
    problems,
    arm: (...failpoints) => void armed.push(...failpoints),
    alive,
    async setClock(at, back) {
      now = back ? at : Math.max(now, at)
      const to = child
      if (!to?.connected) return
      const heard = new Promise<void>((done) => {
        const listen = (message: { clock?: number }): void => {
          if (message.clock === undefined) return
          to.off('message', listen)
          done()
        }
        to.on('message', listen)
      })
      to.send({ clock: now }, () => undefined)
      await Promise.race([heard, gone])
    },
    async call(method, path, body, type = 'application/json') {
      for (let tries = 1; ; tries++) {
        await alive()
        try {
          const response = await fetch(`${told.url}${path}`, {
            method,
            ...(body === undefined ? {} : { headers: { 'content-type': type }, body: isText(body) ? body : JSON.stringify(body) }),
          })
          const text = await response.text()
          return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
        } catch (error) {
          if (tries === MOST_TRIES) throw error
          // The answer can be lost before the process is gone.
          await Promise.race([gone, new Promise((done) => setTimeout(done, 200))])
        }
      }
    },
    async kill(signal = 'SIGKILL') {
      child?.kill(signal)
      await gone
    },
    forgive: () => void problems.splice(0),
    async stop() {
      await alive()
      child?.send({ stop: true })
      await eventually(() => child === undefined, 'it stops', 20_000)
    },
    remove() {
      child?.kill('SIGKILL')
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}

function isText(body: unknown): body is string | Buffer<ArrayBuffer> {
  return typeof body === 'string' || Buffer.isBuffer(body)
}
