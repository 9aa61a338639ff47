import { setImmediate as nextTurn } from 'node:timers/promises'
import { pause, type Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import { createDemo, type Demo, type DemoOptions, type DemoEvent } from './demo.ts'
import { STORY_LEAD_MS } from './story.ts'

export interface DemoSourceConfig extends DemoOptions {
  /** How many messages one `emit` takes at most; default 500. */
  batchSize?: number
  /** Without `storyAt`, the story begins this long after the past is nearly pushed; default 3 s. */
  leadMs?: number
}

export interface DemoSourceDeps {
  clock: Clock
  /** Resolves when the batch is safe. A batch that fails is given again, whole and in the same order. */
  emit: (batch: readonly DemoEvent[]) => Promise<void>
  telemetry: Telemetry
}

export interface DemoSource extends Component {
  /** `past`: pushing what happened between `startAt` and now, as fast as `emit` takes it. `live`: each message when it is due. */
  phase(): 'past' | 'live'
  /** Second 0 of the first story; null until it is known. */
  storyAt(): number | null
}

const RETRY_MS = { first: 250, most: 5000 }

/** Plays the demo into `emit`: first the past, then real time. Stopping and starting again loses nothing. */
export function createDemoSource(config: DemoSourceConfig, deps: DemoSourceDeps): DemoSource {
  const { batchSize = 500, leadMs = 3000 } = config
  const { clock, emit, telemetry } = deps
  let demo: Demo | undefined
  let storyAt = config.storyAt ?? null
  let phase: 'past' | 'live' = 'past'
  let pending: DemoEvent[] = []
  let running: { abort: AbortController; done: Promise<void> } | undefined

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
    for (let retryMs = RETRY_MS.first; pending.length > 0 && !signal.aborted; retryMs = Math.min(retryMs * 2, RETRY_MS.most)) {
      try {
        await emit(pending)
        for (const { kind } of pending) telemetry.count('simulator_events_total', { kind })
        telemetry.gauge('simulator_lateness_ms', {}, phase === 'live' ? clock.now() - pending[0]!.at : 0)
        pending = []
      } catch (error) {
        telemetry.count('simulator_emit_failures_total')
        telemetry.log('warn', 'simulator_batch_refused', { count: pending.length, retryMs, reason: messageOf(error) })
        await pause(clock, retryMs, signal)
      }
    }
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
      await pause(clock, Math.max(1, demo.dueAt() - clock.now()), signal)
    }
  }

  return {
    name: 'demo source',
    phase: () => phase,
    storyAt: () => storyAt,
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
