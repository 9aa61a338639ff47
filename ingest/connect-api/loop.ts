import { pause, type Clock } from '#kernel/clock'
import type { Telemetry } from '#kernel/telemetry'
import { createRetry } from '../aws/retry.ts'
import type { Source } from '../source.ts'

export interface Step {
  /** What the health page says of it. */
  detail: string
  /** Until the next step. */
  waitMs: number
}

/** A source that is one loop: a step, a wait, the next step. A step that fails is shown and tried again, more slowly each time. */
export function createLoopSource(
  name: string,
  { clock, telemetry }: { clock: Clock; telemetry: Telemetry },
  step: (signal: AbortSignal) => Promise<Step>,
): Source {
  const stop = new AbortController()
  const retry = createRetry(name, { clock, telemetry, signal: stop.signal })
  let running: Promise<void> | undefined
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        const { detail, waitMs } = await step(stop.signal)
        retry.succeeded(detail)
        await pause(clock, waitMs, stop.signal)
      } catch (error) {
        if (!stop.signal.aborted) await retry.failed(error)
      }
    }
  }
  return {
    name: `source ${name}`,
    health: retry.health,
    async start() {
      running ??= run()
    },
    async stop() {
      stop.abort()
      await running
    },
  }
}
