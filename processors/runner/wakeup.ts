import type { Clock } from '#kernel/clock'

/** Lets a loop sleep until something changed, a moment came, or it is to stop. Nothing that happens after `ticket()` is missed. */
export interface Wakeup {
  ticket(): number
  notify(): void
  wait(ticket: number, until: number | undefined, signal: AbortSignal): Promise<void>
}

/** Longest sleep: a safety net against a lost notification, not a polling interval. */
const LONGEST_WAIT_MS = 5_000

export function createWakeup(clock: Clock): Wakeup {
  let count = 0
  let wake: (() => void) | undefined
  return {
    ticket: () => count,
    notify() {
      count++
      wake?.()
    },
    wait(ticket, until, signal) {
      if (count !== ticket || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const done = (): void => {
          wake = undefined
          cancel()
          signal.removeEventListener('abort', done)
          resolve()
        }
        const delay = until === undefined ? LONGEST_WAIT_MS : Math.min(LONGEST_WAIT_MS, Math.max(1, until - clock.now()))
        const cancel = clock.after(delay, done)
        signal.addEventListener('abort', done, { once: true })
        wake = done
      })
    },
  }
}
