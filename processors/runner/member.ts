import type { Clock } from '#kernel/clock'
import type { EventLog, Lane } from '#log/port'
import { createWakeup, type Wakeup } from './wakeup.ts'

/** One partition of a lane, as long as this process has it. */
export interface LanePart {
  lane: Lane
  partition: number
  /** Aborted when the partition is taken away or the process stops; `run` then comes to an end. */
  signal: AbortSignal
  /** Notified after each change of that input in this partition. */
  wakeupOf(topic: string): Wakeup
}

export interface LaneMember {
  start(): Promise<void>
  stop(): Promise<void>
}

interface Running {
  stop: AbortController
  wakeups: Map<string, Wakeup>
  done: Promise<void>
}

/** Joins a lane and runs `run` for each partition it is given, until the partition is taken back. */
export function createLaneMember(
  spec: { name: string; inputs: readonly string[] },
  deps: { log: EventLog; clock: Clock },
  run: (part: LanePart) => Promise<void>,
): LaneMember {
  const parts = new Map<number, Running>()
  const early: number[] = []
  let lane: Lane | undefined
  let unsubscribe: (() => void) | undefined

  const begin = (open: Lane, partition: number): void => {
    if (parts.has(partition)) return
    const stop = new AbortController()
    const wakeups = new Map(spec.inputs.map((topic) => [topic, createWakeup(deps.clock)]))
    const done = run({ lane: open, partition, signal: stop.signal, wakeupOf: (topic) => wakeups.get(topic)! })
    parts.set(partition, { stop, wakeups, done })
  }
  const revoke = async (partition: number): Promise<void> => {
    const part = parts.get(partition)
    parts.delete(partition)
    part?.stop.abort()
    await part?.done
  }

  return {
    async start() {
      if (lane) return
      unsubscribe = deps.log.onChange((topic, partition) => parts.get(partition)?.wakeups.get(topic)?.notify())
      lane = await deps.log.openLane(spec, {
        // May come before `openLane` has returned.
        assigned: async (partition) => (lane ? begin(lane, partition) : void early.push(partition)),
        revoked: revoke,
      })
      for (const partition of early.splice(0)) begin(lane, partition)
    },
    async stop() {
      unsubscribe?.()
      await Promise.all([...parts.keys()].map(revoke))
      await lane?.close()
      lane = undefined
    },
  }
}
