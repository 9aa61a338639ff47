// Not the clock's: its timers do not keep a process alive, and somebody waits for this write.
import { setTimeout as rest } from 'node:timers/promises'
import { closedFault } from '../faults.ts'
import type { Position } from '../port.ts'
import type { Draft } from './draft.ts'
import type { Change } from './environment.ts'

/** Plans one call's part of a transaction. Throws before its first change, so that a refused call leaves nothing. */
type Plan = (draft: Draft) => readonly Position[]

export interface PlanTarget {
  begin(): Promise<Draft>
  /** Resolves when the changes are on disk; rejects when none of them is. */
  write(changes: readonly Change[]): Promise<void>
}

export interface PlanWriter {
  /** Resolves with what the plan returned once that is on disk. Plans are written in the order they are submitted. */
  submit(plan: Plan, bytes: number): Promise<readonly Position[]>
  /** Writes what was submitted, then refuses more. */
  close(): Promise<void>
}

interface Job {
  plan: Plan
  bytes: number
  resolve: (positions: readonly Position[]) => void
  reject: (error: unknown) => void
}

const GATHER_MS = 5

/**
 * Group commit: everything submitted in one turn, or while a transaction is under way, becomes the next transaction, up to
 * `maxPendingBytes`; the rest waits. One transaction at a time, so what a plan reads is what it changes.
 */
export function createPlanWriter(config: {
  maxPendingBytes: number
  target: PlanTarget
  /** Called after the callers were answered. */
  written: (touched: readonly { topic: string; partition: number }[]) => void
}): PlanWriter {
  const { maxPendingBytes, target, written } = config
  let waiting: Job[] = []
  let running: Promise<void> | undefined
  let closed = false
  let lastEnd = Number.NEGATIVE_INFINITY

  const takeGroup = (): Job[] => {
    let bytes = 0
    let count = 0
    for (const job of waiting) {
      bytes += job.bytes
      if (count > 0 && bytes > maxPendingBytes) break
      count++
    }
    const group = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return group
  }
  const run = async (): Promise<void> => {
    // The rest of this turn may submit more.
    await new Promise((resolve) => setImmediate(resolve))
    while (waiting.length > 0) {
      // Under load transactions follow each other; a few milliseconds between them make fewer and larger ones, which cost less.
      const restMs = GATHER_MS - (performance.now() - lastEnd)
      if (restMs > 0) await rest(restMs)
      const group = takeGroup()
      try {
        written(await writeGroup(target, group))
      } catch (error) {
        for (const job of group) job.reject(error)
      }
      lastEnd = performance.now()
    }
    running = undefined
  }

  return {
    submit(plan, bytes) {
      if (closed) return Promise.reject(closedFault())
      return new Promise((resolve, reject) => {
        waiting.push({ plan, bytes, resolve, reject })
        running ??= run()
      })
    },
    async close() {
      closed = true
      await running
    },
  }
}

/** A plan that throws fails alone; a write that fails fails them all. Returns the partitions that became longer. */
async function writeGroup(target: PlanTarget, group: readonly Job[]): Promise<Draft['touched']> {
  const draft = await target.begin()
  const results: (() => void)[] = []
  for (const { plan, resolve, reject } of group) {
    try {
      const positions = plan(draft)
      results.push(() => resolve(positions))
    } catch (error) {
      reject(error)
    }
  }
  await target.write(draft.finish())
  draft.settle()
  for (const settle of results) settle()
  return draft.touched
}
