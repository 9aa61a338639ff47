import { setImmediate as nextTurn } from 'node:timers/promises'
import { pause } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import { createDemo, type Demo, type DemoOptions, type DemoEvent } from './demo.ts'
import { emitUntilTaken, type EmitDeps } from './emit.ts'
import { STORY_LEAD_MS } from './story.ts'

export interface DemoSourceConfig extends DemoOptions {
  /** How many messages one `emit` takes at most; default 500. */
  batchSize?: number
  /** Without `storyAt`, the story begins this long after the past is nearly pushed; default 3 s. */
  leadMs?: number
}

export interface DemoSource extends Component {
  /** `past`: pushing what happened between `startAt` and now, as fast as `emit` takes it. `live`: each message when it is due. */
  phase(): 'past' | 'live'
  /** Second 0 of the first story; null until it is known. */
  storyAt(): number | null
  /** Resolves when the past is pushed; never when it is stopped before. */
  whenLive(): Promise<void>
}

/** Plays the demo into `emit`: first the past, then real time. Stopping and starting again loses nothing. */
export function createDemoSource(config: DemoSourceConfig, deps: EmitDeps): DemoSource {
  const { batchSize = 500, leadMs = 3000 } = config
  const { clock, telemetry } = deps
  let demo: Demo | undefined
  let storyAt = config.storyAt ?? null
  let phase: 'past' | 'live' = 'past'
  let pending: DemoEvent[] = []
  let running: { abort: AbortController; done: Promise<void> } | undefined
  let becomeLive = (): void => {}
  const live = new Promise<void>((resolve) => (becomeLive = resolve))

  /** Takes what is due. The story is fixed as late as its preparation allows, so that a slow reader of the past does not miss it. */
  const takeDue = (demo: Demo): DemoEvent[] => {
    const now = clock.now()
    const batch: DemoEvent[] = []
    while (batch.length < batchSize && demo.dueAt() <= now) {
      if (storyAt === null && demo.dueAt() >= now + leadMs - STORY_LEAD_MS) demo.beginStory((storyAt = now + leadMs))
      batch.push(demo.next())
    }
    return batch
  }

  const push = async (signal: AbortSignal): Promise<void> => {
    if (!(await emitUntilTaken(pending, deps, signal))) return
    telemetry.gauge('simulator_lateness_ms', {}, phase === 'live' ? clock.now() - pending[0]!.at : 0)
    pending = []
  }

  const run = async (signal: AbortSignal): Promise<void> => {
    demo ??= createDemo(config)
    while (!signal.aborted) {
      if (pending.length === 0) pending = takeDue(demo)
      if (pending.length > 0) {
        await push(signal)
        // A past pushed into memory would otherwise never let a timer run.
        await nextTurn()
        continue
      }
      if (phase === 'past') telemetry.log('info', 'simulator_past_pushed', { storyAt })
      phase = 'live'
      becomeLive()
      await pause(clock, Math.max(1, demo.dueAt() - clock.now()), signal)
    }
  }

  return {
    name: 'demo source',
    phase: () => phase,
    storyAt: () => storyAt,
    whenLive: () => live,
    async start() {
      if (running) return
      const abort = new AbortController()
      const done = run(abort.signal).catch((error: unknown) => telemetry.log('error', 'simulator_failed', { reason: messageOf(error) }))
      running = { abort, done }
    },
    async stop() {
      running?.abort.abort()
      await running?.done
      running = undefined
    },
  }
}
