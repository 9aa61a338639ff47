/** The only way any part of Callboard learns the time. Epoch milliseconds everywhere; ISO text only on the wire. */
export interface Clock {
  now(): number
  /** Runs `task` once, `delayMs` from now; the returned function cancels it. */
  after(delayMs: number, task: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    // Browsers return a number; in Node a timer must not keep the process alive.
    if (typeof timer === 'object') timer.unref()
    return () => clearTimeout(timer)
  },
}

export interface ManualClock extends Clock {
  /** Moves time forward and runs, in order, every task that became due. */
  advance(ms: number): void
  set(now: number): void
}

export function createManualClock(startAt: number): ManualClock {
  let now = startAt
  let nextId = 0
  const tasks = new Map<number, { dueAt: number; task: () => void }>()
  const runUntil = (end: number): void => {
    for (;;) {
      const next = [...tasks].filter(([, t]) => t.dueAt <= end).toSorted((a, b) => a[1].dueAt - b[1].dueAt || a[0] - b[0])[0]
      if (!next) break
      tasks.delete(next[0])
      now = Math.max(now, next[1].dueAt)
      next[1].task()
    }
    now = end
  }
  return {
    now: () => now,
    after(delayMs, task) {
      const id = nextId++
      tasks.set(id, { dueAt: now + delayMs, task })
      return () => void tasks.delete(id)
    },
    advance: (ms) => runUntil(now + ms),
    set: (at) => runUntil(Math.max(now, at)),
  }
}

/** Resolves after `delayMs`, or at once when `signal` aborts. Never rejects: callers look at the signal. */
export function pause(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = (): void => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(delayMs, done)
    signal?.addEventListener('abort', done, { once: true })
  })
}
