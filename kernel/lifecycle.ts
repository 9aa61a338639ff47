import type { Clock } from './clock.ts'
import { messageOf } from './errors.ts'

/** A part of a process. `start` and `stop` may each be called twice. */
export interface Component {
  readonly name: string
  start(): Promise<void>
  stop(): Promise<void>
}

export interface Lifecycle {
  start(): Promise<void>
  /** Stops in reverse order, each part within its deadline; returns what went wrong, never throws. */
  stop(): Promise<string[]>
}

/** Starts parts in order; when one fails, those already started are stopped in reverse and the failure is thrown. */
export function createLifecycle(components: readonly Component[], deps: { clock: Clock; stopDeadlineMs: number }): Lifecycle {
  const running: Component[] = []
  const stopAll = async (): Promise<string[]> => {
    const problems: string[] = []
    for (let part = running.pop(); part; part = running.pop()) {
      const problem = await stopWithin(part, deps)
      if (problem) problems.push(problem)
    }
    return problems
  }
  return {
    async start() {
      for (const part of components) {
        if (running.includes(part)) continue
        try {
          await part.start()
          running.push(part)
        } catch (error) {
          await stopAll()
          throw error
        }
      }
    },
    stop: stopAll,
  }
}

/**
 * Two parts in place of those in `parts`: the first lets them start, one after the other, while what comes next in order starts too; the
 * second waits for them, and fails as they failed. They stop where the first stands.
 */
export function startBeside(parts: readonly Component[]): { begin: Component; wait: Component } {
  const name = parts.map((part) => part.name).join(', ')
  const begun: Component[] = []
  let starting: Promise<void> = Promise.resolve()
  const startAll = async (): Promise<void> => {
    for (const part of parts) {
      if (begun.includes(part)) continue
      await part.start()
      begun.push(part)
    }
  }
  return {
    begin: {
      name,
      async start() {
        starting = startAll()
        // Whoever waits learns of it.
        starting.catch(() => undefined)
      },
      async stop() {
        await starting.catch(() => undefined)
        for (let part = begun.pop(); part; part = begun.pop()) await part.stop()
      },
    },
    wait: { name: `${name} started`, start: () => starting, stop: async () => {} },
  }
}

async function stopWithin(part: Component, deps: { clock: Clock; stopDeadlineMs: number }): Promise<string | undefined> {
  let cancel = (): void => undefined
  const late = new Promise<string>((resolve) => {
    cancel = deps.clock.after(deps.stopDeadlineMs, () => resolve(`${part.name} did not stop within ${deps.stopDeadlineMs} ms`))
  })
  const stopped = part.stop().then(
    () => undefined,
    (error: unknown) => `${part.name} failed to stop: ${messageOf(error)}`,
  )
  const problem = await Promise.race([stopped, late])
  cancel()
  return problem
}
