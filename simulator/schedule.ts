import { createHeap } from './heap.ts'

/** Virtual time: tasks run in order of their time, and in order of arrival within one millisecond. */
export interface Schedule {
  now(): number
  /** Runs `task` at `time`; a time that has passed means now. */
  at(time: number, task: () => void): void
  after(delayMs: number, task: () => void): void
  /** When the next task is due; undefined when there is none. */
  next(): number | undefined
  /** Moves to the next task and runs it; false when there is none. */
  step(): boolean
}

export function createSchedule(startAt: number): Schedule {
  const tasks = createHeap<() => void>()
  let now = startAt
  const at = (time: number, task: () => void): void => tasks.push(Math.max(now, time), task)
  return {
    now: () => now,
    at,
    after: (delayMs, task) => at(now + delayMs, task),
    next: tasks.firstAt,
    step() {
      const due = tasks.firstAt()
      if (due === undefined) return false
      now = due
      tasks.pop()!()
      return true
    },
  }
}
