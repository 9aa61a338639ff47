/** Lets work through until it is closed; closing waits for what is inside. */
export interface Gate {
  readonly isClosed: boolean
  /** Rejects when `signal` aborts before there is a way in. */
  pass<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T>
  /** Resolves when nothing is inside; the returned function opens the gate again. */
  close(): Promise<() => void>
}

export function createGate(): Gate {
  let inside = 0
  let closedBy = 0
  const isClosed = (): boolean => closedBy > 0
  let waiting: (() => void)[] = []
  const emptied: (() => void)[] = []
  return {
    get isClosed() {
      return isClosed()
    },
    async pass(work, signal) {
      while (isClosed() && !signal.aborted) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve)
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
      }
      signal.throwIfAborted()
      inside++
      try {
        return await work()
      } finally {
        if (--inside === 0) for (const resolve of emptied.splice(0)) resolve()
      }
    },
    async close() {
      closedBy++
      if (inside > 0) await new Promise<void>((resolve) => emptied.push(resolve))
      let isOpen = false
      return () => {
        if (isOpen) return
        isOpen = true
        if (--closedBy > 0) return
        const all = waiting
        waiting = []
        for (const resolve of all) resolve()
      }
    },
  }
}
