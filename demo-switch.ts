/** Changes what the demo plays: the whole of Callboard is stopped and started again in this process, with another profile. */
import { messageOf, CallboardError } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import type { DemoProfile } from '#contracts/demo'

export interface Running {
  /** Stops everything; resolves with what went wrong. */
  stop(): Promise<string[]>
}

export interface DemoSwitch<R extends Running> {
  /** Starts the first profile, or throws. */
  start(): Promise<void>
  /** Throws when nothing runs any more: a change failed. */
  current(): R
  profile(): DemoProfile
  changingTo(): DemoProfile | undefined
  /** Begins a change and returns. Throws CONFLICT while another one goes on. */
  change(profile: DemoProfile): void
  /** Waits for a change that goes on. */
  stop(): Promise<string[]>
}

export interface DemoSwitchDeps<R extends Running> {
  telemetry: Telemetry
  /** Starts everything, or throws and leaves nothing behind. `before` is what ran before, stopped. */
  start(profile: DemoProfile, before: R | undefined): Promise<R>
  /** A change has succeeded. */
  changed(profile: DemoProfile): void
  /** A change has failed, and nothing runs any more. */
  failed(error: Error): void
}

/** playing → changing → playing, or → ended when the new profile cannot be started. */
export function createDemoSwitch<R extends Running>(first: DemoProfile, deps: DemoSwitchDeps<R>): DemoSwitch<R> {
  const { telemetry } = deps
  let profile = first
  let next: DemoProfile | undefined
  let running: R | undefined
  let changing: Promise<void> = Promise.resolve()
  let stopping = false

  const exchange = async (before: R, wanted: DemoProfile): Promise<void> => {
    const startedAt = performance.now()
    running = undefined
    for (const problem of await before.stop()) telemetry.log('warn', 'demo_stop_incomplete', { problem })
    const stoppedAt = performance.now()
    if (stopping) return
    running = await deps.start(wanted, before)
    profile = wanted
    next = undefined
    deps.changed(wanted)
    const stopMs = Math.round(stoppedAt - startedAt)
    telemetry.log('info', 'demo_changed', { profile: wanted.name, stopMs, startMs: Math.round(performance.now() - stoppedAt) })
  }
  const tellFailure = (wanted: DemoProfile, cause: unknown): void => {
    const message = `the demo could not be changed to "${wanted.title}", and was stopped: ${messageOf(cause)}`
    deps.failed(new Error(message, { cause }))
  }

  return {
    async start() {
      running = await deps.start(first, undefined)
    },
    current() {
      if (!running) throw new CallboardError('NOT_READY', 'the demo is changing to another profile', { retryable: true })
      return running
    },
    profile: () => profile,
    changingTo: () => next,
    change(wanted) {
      if (next || stopping || !running)
        throw new CallboardError('CONFLICT', next ? `the demo is changing to "${next.title}" already` : 'the server is being stopped')
      next = wanted
      const before = running
      // The answer to whoever asked is written first: it is on its way when this turn ends, and stopping waits for it.
      changing = exchange(before, wanted).catch((error: unknown) => tellFailure(wanted, error))
    },
    async stop() {
      stopping = true
      await changing
      const last = running
      running = undefined
      return last ? await last.stop() : []
    },
  }
}
