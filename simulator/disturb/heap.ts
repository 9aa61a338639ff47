/** What is held back, taken out in order of time, and within one millisecond in order of arrival. */
export interface Heap<T> {
  push(at: number, item: T): void
  /** Takes the first one out if it is due by `at`. */
  takeDue(at: number): { at: number; item: T } | undefined
  size(): number
}

interface Entry<T> {
  at: number
  order: number
  item: T
}

export function createHeap<T>(): Heap<T> {
  const heap: Entry<T>[] = []
  let order = 0
  return {
    size: () => heap.length,
    push(at, item) {
      const entry = { at, order: order++, item }
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
    },
    takeDue(at) {
      const top = heap[0]
      if (!top || top.at > at) return undefined
      const last = heap.pop()
      if (last && last !== top) sink(heap, last)
      return top
    },
  }
}

function sink<T>(heap: Entry<T>[], entry: Entry<T>): void {
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
    if (!isBefore(below, entry)) break
    heap[i] = below
    i = child
  }
  heap[i] = entry
}

const isBefore = (x: Entry<unknown>, y: Entry<unknown>): boolean => x.at < y.at || (x.at === y.at && x.order < y.order)
