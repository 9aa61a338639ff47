import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { pause, type Clock } from '#kernel/clock'
import { CallboardError, messageOf } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import { startEngineChild, type EngineChild } from './child.ts'
import { KEY_HEADER, type EngineCaps } from './messages.ts'

/**
 * The embedded analytics store: keeps one engine child running. `start` resolves when it answers and rejects when it cannot be
 * opened; later failures are repaired by a restart and seen as STORE_UNAVAILABLE by callers meanwhile.
 */
export interface EmbeddedStore extends Component {
  /** Where the child listens now; can change with a restart. Throws STORE_UNAVAILABLE before the first start. */
  readonly url: string
  /** To be sent with every request. */
  readonly headers: Readonly<Record<string, string>>
  health(): EmbeddedHealth
}

export interface EmbeddedHealth {
  state: SupervisorState
  pid: number | null
  restarts: number
  /** Epoch milliseconds; null before the first answer. */
  lastAnswerAt: number | null
}

/** stopped → starting → running ⇄ restarting; stopping from any. */
export type SupervisorState = 'stopped' | 'starting' | 'running' | 'restarting' | 'stopping'

export interface EmbeddedStoreOptions {
  dataDir: string
  clock: Clock
  telemetry: Telemetry
  caps?: Partial<EngineCaps>
  timing?: Partial<SupervisorTiming>
}

export interface SupervisorTiming {
  openTimeoutMs: number
  pingEveryMs: number
  pingTimeoutMs: number
  /** Pings in a row without an answer after which the child counts as hung. */
  missesAllowed: number
  restartAfterMs: number
  restartAtMostAfterMs: number
  stopTimeoutMs: number
}

const defaultCaps: EngineCaps = { memoryBytes: 900_000_000, statementMemoryBytes: 500_000_000, concurrentStatements: 8 }
const defaultTiming: SupervisorTiming = {
  openTimeoutMs: 60_000,
  pingEveryMs: 1_000,
  pingTimeoutMs: 3_000,
  missesAllowed: 2,
  restartAfterMs: 100,
  restartAtMostAfterMs: 10_000,
  stopTimeoutMs: 5_000,
}

export function createEmbeddedStore(options: EmbeddedStoreOptions): EmbeddedStore {
  const { dataDir, clock, telemetry } = options
  const caps = { ...defaultCaps, ...options.caps }
  const timing = { ...defaultTiming, ...options.timing }
  const key = randomBytes(32).toString('base64url')
  const headers = { [KEY_HEADER]: key }
  let state: SupervisorState = 'stopped'
  let child: EngineChild | undefined
  let port = 0
  let restarts = 0
  let lastAnswerAt: number | null = null
  let stopping = new AbortController()
  let watching: Promise<void> = Promise.resolve()
  let starting: Promise<void> | undefined

  const open = async (): Promise<EngineChild> => {
    const startedAt = clock.now()
    const opened = await startEngineChild({ dataDir, key, port, caps }, { clock, openTimeoutMs: timing.openTimeoutMs })
    const { ready, pid } = opened
    port = ready.port
    lastAnswerAt = clock.now()
    telemetry.log('info', 'store_child_ready', { pid, port, version: ready.version, openMs: clock.now() - startedAt })
    telemetry.gauge('store_detached_parts', {}, ready.detachedParts.length)
    for (const part of ready.detachedParts) telemetry.log('error', 'store_part_detached', { ...part })
    return opened
  }

  const ping = async (): Promise<boolean> => {
    const timeout = new AbortController()
    const cancel = clock.after(timing.pingTimeoutMs, () => timeout.abort())
    try {
      const response = await fetch(`http://127.0.0.1:${port}/ping`, { headers, signal: timeout.signal })
      await response.arrayBuffer()
      if (response.ok) lastAnswerAt = clock.now()
      return response.ok
    } catch {
      return false
    } finally {
      cancel()
    }
  }

  /** Resolves when `current` is gone. Silence is ended by a kill: the engine can hang for minutes after a fatal signal. */
  const watch = async (current: EngineChild, signal: AbortSignal): Promise<void> => {
    const gone = new AbortController()
    const noteExit = async (): Promise<void> => {
      const exit = await current.exited
      gone.abort()
      if (!signal.aborted) telemetry.log('error', 'store_child_exited', { pid: current.pid, ...exit })
    }
    const exited = noteExit()
    const over = AbortSignal.any([gone.signal, signal])
    for (let misses = 0; !over.aborted;) {
      await pause(clock, timing.pingEveryMs, over)
      if (over.aborted) break
      misses = (await ping()) ? 0 : misses + 1
      if (over.aborted || misses < timing.missesAllowed) continue
      telemetry.log('error', 'store_child_hung', { pid: current.pid, misses, sinceAnswerMs: clock.now() - (lastAnswerAt ?? 0) })
      telemetry.count('store_child_hung_total')
      current.kill()
      break
    }
    if (!signal.aborted) await exited
  }

  const keepRunning = async (first: EngineChild, signal: AbortSignal): Promise<void> => {
    let current = first
    let delayMs = timing.restartAfterMs
    while (!signal.aborted) {
      const readyAt = clock.now()
      await watch(current, signal)
      child = undefined
      // A child that lasted earns a quick restart; one that keeps dying is tried less and less often.
      if (clock.now() - readyAt > timing.restartAtMostAfterMs) delayMs = timing.restartAfterMs
      while (!signal.aborted && !child) {
        state = 'restarting'
        await pause(clock, delayMs, signal)
        delayMs = Math.min(delayMs * 2, timing.restartAtMostAfterMs)
        if (signal.aborted) return
        try {
          current = child = await open()
        } catch (error) {
          telemetry.log('error', 'store_child_failed', { message: messageOf(error), nextTryMs: delayMs })
        }
      }
      if (signal.aborted) return
      state = 'running'
      restarts++
      telemetry.count('store_child_restarts_total')
    }
  }

  const start = async (): Promise<void> => {
    state = 'starting'
    stopping = new AbortController()
    try {
      await mkdir(dataDir, { recursive: true, mode: 0o700 })
      child = await open()
    } catch (error) {
      state = 'stopped'
      throw error
    }
    state = 'running'
    watching = keepRunning(child, stopping.signal)
  }

  return {
    name: 'embedded-store',
    get url() {
      if (port === 0) throw new CallboardError('STORE_UNAVAILABLE', 'The embedded store has not been started.')
      return `http://127.0.0.1:${port}`
    },
    headers,
    health: () => ({ state, pid: child?.pid ?? null, restarts, lastAnswerAt }),
    start() {
      starting ??= start().catch((error: unknown) => {
        starting = undefined
        throw error
      })
      return starting
    },
    async stop() {
      if (!starting) return
      await starting.catch(() => undefined)
      state = 'stopping'
      const last = child
      stopping.abort()
      last?.requestStop()
      const cancel = clock.after(timing.stopTimeoutMs, () => last?.kill())
      await watching
      // A restart that was under way when we began may have brought up another one.
      if (child && child !== last) child.kill()
      await Promise.all([last?.exited, child?.exited])
      cancel()
      child = undefined
      starting = undefined
      state = 'stopped'
    },
  }
}
