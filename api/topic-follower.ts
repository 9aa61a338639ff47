import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock } from '#kernel/clock'
import { CallboardError, messageOf } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import type { EventLog, LogRecord } from '#log/port'

/** One read; small enough that applying it does not hold up the event loop. */
const LIMITS = { maxRecords: 1000, maxBytes: 2 * 1024 * 1024 }
const RETRY_MS = 1000

export interface TopicFollower extends Component {
  /** True once everything that was in the topic at start has been handed over. */
  caughtUp(): boolean
  /** Resolves when caught up. */
  whenCaughtUp(): Promise<void>
}

export interface TopicFollowerDeps {
  log: EventLog
  clock: Clock
  telemetry: Telemetry
}

/**
 * Hands every record of a topic to `apply`, per partition in order: from the topic's start, then as they come. `apply` must not
 * throw for bad content. A failed read is tried again each second and counted; nothing is skipped.
 */
export function createTopicFollower(
  config: { topic: string },
  deps: TopicFollowerDeps,
  apply: (records: readonly LogRecord[], caughtUp: boolean) => void,
): TopicFollower {
  const { topic } = config
  const { log, clock, telemetry } = deps
  const next = new Map<number, number>()
  const goal = new Map<number, number>()
  const dirty = new Set<number>()
  let pumping: Promise<void> | undefined
  let unsubscribe: (() => void) | undefined
  let cancelRetry: (() => void) | undefined
  let running = false
  let ready = false
  const waiting: (() => void)[] = []

  const checkReady = (): void => {
    if (ready) return
    for (const [partition, end] of goal) if ((next.get(partition) ?? 0) < end) return
    ready = true
    for (const resolve of waiting.splice(0)) resolve()
  }

  const readOn = async (partition: number): Promise<void> => {
    for (;;) {
      const from = next.get(partition) ?? 0
      const batch = await log.read(topic, partition, from, LIMITS)
      if (!running) return
      if (batch.records.length > 0) apply(batch.records, ready)
      next.set(partition, batch.next)
      checkReady()
      if (batch.next === from || batch.records.length === 0) return
      await nextTurn()
    }
  }

  const recover = async (partition: number, error: unknown): Promise<void> => {
    telemetry.count('api_follower_read_failures_total', { topic })
    telemetry.log('warn', 'api_follower_read_failed', { topic, partition, message: messageOf(error) })
    dirty.add(partition)
    if (error instanceof CallboardError && error.code === 'LOG_OFFSET_OUT_OF_RANGE') {
      const { start, end } = await log.bounds(topic, partition)
      next.set(partition, Math.min(Math.max(next.get(partition) ?? 0, start), end))
    }
  }

  const pump = async (): Promise<void> => {
    // Stopping empties `dirty`. Partitions that become dirty meanwhile are taken too: a set's iteration meets what is added to it.
    for (const partition of dirty) {
      dirty.delete(partition)
      try {
        await readOn(partition)
      } catch (error) {
        await recover(partition, error).catch(() => undefined)
        cancelRetry = clock.after(RETRY_MS, () => {
          cancelRetry = undefined
          wake()
        })
        return
      }
    }
  }

  function wake(): void {
    if (!running || pumping || cancelRetry || dirty.size === 0) return
    pumping = pump().finally(() => {
      pumping = undefined
      // A change that came between the last look at `dirty` and here has found a pump still set.
      wake()
    })
  }

  return {
    name: `follower of ${topic}`,
    caughtUp: () => ready,
    whenCaughtUp: () => (ready ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
    async start() {
      if (running) return
      running = true
      unsubscribe = log.onChange((changed, partition) => {
        if (changed !== topic) return
        dirty.add(partition)
        wake()
      })
      for (let partition = 0; partition < log.partitionCount; partition++) {
        const { start, end } = await log.bounds(topic, partition)
        next.set(partition, start)
        goal.set(partition, end)
        dirty.add(partition)
      }
      checkReady()
      wake()
    },
    async stop() {
      running = false
      dirty.clear()
      cancelRetry?.()
      cancelRetry = undefined
      unsubscribe?.()
      await pumping
    },
  }
}
