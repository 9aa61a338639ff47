/** A queue in order of time; things of one time come out as they went in. */
export interface Heap<T> {
  push(at: number, item: T): void
  first(): T | undefined
  /** When the first one is due. */
  firstAt(): number | undefined
  pop(): T | undefined
  /** Takes the first one out if it is due by `at`. */
  takeDue(at: number): { at: number; item: T } | undefined
}

interface Entry<T> {
  at: number
  order: number
  item: T
}

export function createHeap<T>(): Heap<T> {
  const entries: Entry<T>[] = []
  let order = 0
  const isBefore = (x: Entry<T>, y: Entry<T>): boolean => x.at < y.at || (x.at === y.at && x.order < y.order)
  const pop = (): T | undefined => {
    const top = entries[0]
    const last = entries.pop()
    if (!top || !last || entries.length === 0) return top?.item
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      let below = entries[child]
      if (!below) break
      const right = entries[child + 1]
      if (right && isBefore(right, below)) {
        below = right
        child++
      }
      if (!isBefore(below, last)) break
      entries[i] = below
      i = child
    }
    entries[i] = last
    return top.item
  }
  return {
    pop,
    takeDue(at) {
      const top = entries[0]
      if (!top || top.at > at) return undefined
      pop()
      return { at: top.at, item: top.item }
    },
    first: () => entries[0]?.item,
    firstAt: () => entries[0]?.at,
    push(at, item) {
      const entry = { at, order: order++, item }
      let i = entries.length
      entries.push(entry)
      while (i > 0) {
        const parent = (i - 1) >> 1
        const above = entries[parent]!
        if (!isBefore(entry, above)) break
        entries[i] = above
        i = parent
      }
      entries[i] = entry
    },
  }
}
