import { systemClock, type Clock } from '#kernel/clock'

/** While a command waits for a time nothing else may be open, so unlike the system clock's this one's timers keep the process alive. */
export const wakefulClock: Clock = {
  now: () => systemClock.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, Math.min(delayMs, 2 ** 31 - 1))
    return () => clearTimeout(timer)
  },
}
