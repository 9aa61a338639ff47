import type { LiveClient, Timers } from './client.ts'
import { freshnessOf } from './connection.ts'
import { toServerTime } from './server-clock.ts'

/** One clock for all durations on the page, in whole seconds of the server, so that they tick in step. */
export interface Ticker {
  /** Server time, milliseconds, cut to the second. While the connection is lost it stands still: what is shown is of that moment. */
  second: () => number
  now: () => number
  /** The time of day, for the clock on the wall: it goes on whatever happens. */
  clockSecond: () => number
  subscribe: (listener: () => void) => () => void
}

const cut = (ms: number): number => Math.floor(ms / 1000) * 1000

export function createTicker(client: LiveClient, timers: Timers, wall: () => number): Ticker {
  const listeners = new Set<() => void>()
  let second = 0
  let cancel: (() => void) | null = null

  const running = (): number => toServerTime(client.store.getState().clock, timers.now(), wall())
  function now(): number {
    const state = client.store.getState()
    return state.asOf !== null && freshnessOf(state.connection, state, timers.now()) === 'lost' ? state.asOf : running()
  }
  function schedule(): void {
    cancel?.()
    const at = running()
    // A few milliseconds late rather than early: an early tick would show the old second for a whole one.
    cancel = timers.after(1005 - (at % 1000), tick)
  }
  function tick(): void {
    second = cut(now())
    for (const listener of listeners) listener()
    schedule()
  }

  return {
    now,
    clockSecond: () => cut(running()),
    second: () => (listeners.size > 0 && second > 0 ? second : cut(now())),
    subscribe(listener) {
      listeners.add(listener)
      if (listeners.size === 1) {
        second = cut(now())
        schedule()
      }
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) cancel?.()
      }
    },
  }
}
