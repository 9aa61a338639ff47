/**
 * Numbers by which one platform hands calls to another: whoever is called on one knows which call it was, as long as the
 * number serves one hand-over at a time.
 */
export interface NumberPool {
  /** The number that has rested longest, held for `holdMs` from `at`; undefined: all are held. Call with rising `at`. */
  take(at: number): string | undefined
}

export function createNumberPool(numbers: readonly string[], { holdMs }: { holdMs: number }): NumberPool {
  // Every hold is as long as any other, so the order of taking is the order of getting free: a ring will do.
  const freeFrom = numbers.map(() => -Infinity)
  let next = 0
  return {
    take(at) {
      const number = numbers[next]
      if (number === undefined || freeFrom[next]! > at) return undefined
      freeFrom[next] = at + holdMs
      next = (next + 1) % numbers.length
      return number
    },
  }
}
