import type { LiveClient, Timers } from './client.ts'
import { freshnessOf } from './connection.ts'
import { toServerTime } from './server-clock.ts'

/** One clock for all durations on the page, in whole seconds of the server, so that they tick in step. */
export interface Ticker {
  /** Server time, milliseconds, cut to the second. While the connection is lost it stands still: what is shown is of that moment. */
  second: () => number
  now: () => number
  subscribe: (listener: () => void) => () => void
}

const cut = (ms: number): number => Math.floor(ms / 1000) * 1000

export function createTicker(client: LiveClient, timers: Timers, wall: () => number): Ticker {
  const listeners = new Set<() => void>()
  let second = 0
  let cancel: (() => void) | null = null

  function now(): number {
    const { clock, connection, lastHeardAt, asOf } = client.store.getState()
    const local = timers.now()
    if (asOf !== null && freshnessOf(connection, lastHeardAt, local) === 'lost') return asOf
    return toServerTime(clock, local, wall())
  }
  function schedule(): void {
    cancel?.()
    const at = toServerTime(client.store.getState().clock, timers.now(), wall())
    // A few milliseconds late rather than early: an early tick would show the old second for a whole one.
    cancel = timers.after(1005 - (at % 1000), tick)
  }
  function tick(): void {
    const reached = cut(now())
    if (reached !== second) {
      second = reached
      for (const listener of listeners) listener()
    }
    schedule()
  }

  return {
    now,
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
