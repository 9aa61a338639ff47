/** Virtual time: tasks run in order of their time, and in order of arrival within one millisecond. */
export interface Schedule {
  now(): number
  /** Runs `task` at `time`; a time that has passed means now. */
  at(time: number, task: () => void): void
  after(delayMs: number, task: () => void): void
  /** Moves to the next task and runs it; false when there is none. */
  step(): boolean
}

interface Entry {
  at: number
  order: number
  task: () => void
}

export function createSchedule(startAt: number): Schedule {
  const heap: Entry[] = []
  let now = startAt
  let order = 0
  const at = (time: number, task: () => void): void => push(heap, { at: Math.max(now, time), order: order++, task })
  return {
    now: () => now,
    at,
    after: (delayMs, task) => at(now + delayMs, task),
    step() {
      const next = pop(heap)
      if (!next) return false
      now = next.at
      next.task()
      return true
    },
  }
}

const isBefore = (x: Entry, y: Entry): boolean => x.at < y.at || (x.at === y.at && x.order < y.order)

function push(heap: Entry[], entry: Entry): void {
  let i = heap.length
  heap.push(entry)
  while (i > 0) {
    const parent = (i - 1) >> 1
    const above = heap[parent]
    if (!above || !isBefore(entry, above)) break
    heap[i] = above
    i = parent
  }
  heap[i] = entry
}

function pop(heap: Entry[]): Entry | undefined {
  const top = heap[0]
  const last = heap.pop()
  if (!top || !last || heap.length === 0) return top
  let i = 0
  for (;;) {
    let child = 2 * i + 1
    let below = heap[child]
    if (!below) break
    const right = heap[child + 1]
    if (right && isBefore(right, below)) {
      below = right
      child++
    }
    if (!isBefore(below, last)) break
    heap[i] = below
    i = child
  }
  heap[i] = last
  return top
}
