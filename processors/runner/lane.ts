import type { Clock } from '#kernel/clock'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import type { EventLog, Lane } from '#log/port'
import type { Fold } from './fold.ts'
import { runPartition } from './partition-loop.ts'
import { createSettingsReader } from './settings-reader.ts'
import { createWakeup, type Wakeup } from './wakeup.ts'

export interface LaneDeps {
  log: EventLog
  clock: Clock
  telemetry: Telemetry
}

/** Runs one fold over every partition this process is given. */
export function createFoldLane(fold: Fold, deps: LaneDeps): Component {
  const running = new Map<number, { stop: AbortController; wakeup: Wakeup; done: Promise<void> }>()
  const settings = createSettingsReader(deps.log, deps.telemetry)
  let lane: Lane | undefined
  let unsubscribe: (() => void) | undefined

  const revoke = async (partition: number): Promise<void> => {
    const part = running.get(partition)
    running.delete(partition)
    part?.stop.abort()
    await part?.done
  }

  return {
    name: `lane ${fold.name}`,
    async start() {
      if (lane) return
      unsubscribe = deps.log.onChange((topic, partition) => {
        if (topic === fold.input) running.get(partition)?.wakeup.notify()
      })
      const assigned: number[] = []
      lane = await deps.log.openLane(
        { name: fold.name, inputs: [fold.input] },
        {
          async assigned(partition) {
            assigned.push(partition)
            if (lane) begin(lane, partition)
          },
          revoked: revoke,
        },
      )
      await settings.catchUp()
      for (const partition of assigned) begin(lane, partition)
    },
    async stop() {
      unsubscribe?.()
      await Promise.all([...running.keys()].map(revoke))
      await lane?.close()
      lane = undefined
    },
  }

  function begin(open: Lane, partition: number): void {
    if (running.has(partition)) return
    const stop = new AbortController()
    const wakeup = createWakeup(deps.clock)
    const done = runPartition({ fold, lane: open, settings, ...deps }, partition, wakeup, stop.signal)
    running.set(partition, { stop, wakeup, done })
  }
}

