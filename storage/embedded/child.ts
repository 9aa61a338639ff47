import { fork, type ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import type { FromChild, ToChild } from './messages.ts'

/** A child that has said it is ready. */
export interface EngineChild {
  readonly pid: number
  readonly ready: Extract<FromChild, { type: 'ready' }>
  /** Resolves when the process is gone, never rejects. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>
  /** Asks it to finish and exit. */
  requestStop(): void
  kill(): void
}

/** The engine's calls take threads of the libuv pool, whose four would soon be gone. */
const THREAD_POOL_SIZE = 16
const STDERR_KEPT_CHARS = 4096
/** All the child gets to see of our environment, which may hold secrets. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LD_LIBRARY_PATH']

/**
 * Starts the child and waits until it is ready. Rejects with DATA_DIR_IN_USE when another process has the folder open, and with
 * STORE_UNAVAILABLE when the child ends or says nothing within `openTimeoutMs`; it is then gone.
 */
export async function startEngineChild(
  settings: Omit<Extract<ToChild, { type: 'open' }>, 'type'>,
  deps: { clock: Clock; openTimeoutMs: number },
): Promise<EngineChild> {
  const child = fork(entryPath(), [], {
    execArgv: execArgv(),
    env: childEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-STDERR_KEPT_CHARS)))
  const exited = new Promise<Awaited<EngineChild['exited']>>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stderr }))
    child.once('error', (error) => child.pid === undefined && resolve({ code: null, signal: null, stderr: error.message }))
  })
  child.send({ type: 'open', ...settings } satisfies ToChild, () => undefined)
  const first = await firstWord(child, exited, deps)
  if (first.type !== 'ready') {
    child.kill('SIGKILL')
    const { stderr: said } = await exited
    throw openFailure(settings.dataDir, first.message, said)
  }
  // From here on the child must not keep its parent alive: it ends by itself when the parent does.
  child.unref()
  child.channel?.unref()
  return {
    pid: child.pid ?? 0,
    ready: first,
    exited,
    requestStop() {
      // Somebody waits for its end now.
      child.ref()
      if (child.connected) child.send({ type: 'stop' } satisfies ToChild, () => undefined)
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

function firstWord(
  child: ChildProcess,
  exited: EngineChild['exited'],
  { clock, openTimeoutMs }: { clock: Clock; openTimeoutMs: number },
): Promise<FromChild> {
  return new Promise((resolve) => {
    const cancel = clock.after(openTimeoutMs, () => resolve({ type: 'failed', message: `did not open within ${openTimeoutMs} ms` }))
    const settle = (message: FromChild): void => {
      cancel()
      resolve(message)
    }
    child.once('message', (message) => settle(message as FromChild))
    void exited.then(({ code, signal }) => settle({ type: 'failed', message: `ended with ${signal ?? `code ${code}`} while opening` }))
  })
}

function openFailure(dataDir: string, message: string, stderr: string): CallboardError {
  // The engine gives no reason in its error, only here.
  if (stderr.includes('Cannot lock file'))
    return new CallboardError(
      'DATA_DIR_IN_USE',
      `Another process has the analytics store in ${dataDir} open. Stop it, or choose another folder.`,
    )
  const details = { stderr: stderr.trim() }
  return new CallboardError('STORE_UNAVAILABLE', `The embedded store in ${dataDir} cannot be opened: ${message}`, {
    retryable: true,
    details,
  })
}

const runsFromSources = import.meta.url.endsWith('.ts')

function entryPath(): string {
  return fileURLToPath(new URL(runsFromSources ? './front.ts' : './front.js', import.meta.url))
}

/** From sources the child needs the loader whatever started us (vitest has its own); from dist it needs nothing. */
function execArgv(): string[] {
  if (!runsFromSources) return []
  const loader = createRequire(import.meta.url).resolve('tsx')
  return ['--conditions=source', '--import', pathToFileURL(loader).href]
}

function childEnvironment(): Record<string, string> {
  const kept = PASSED_ON.flatMap((name): [string, string][] => {
    const value = process.env[name]
    return value === undefined ? [] : [[name, value]]
  })
  return { ...Object.fromEntries(kept), UV_THREADPOOL_SIZE: String(THREAD_POOL_SIZE), TZ: 'UTC' }
}
