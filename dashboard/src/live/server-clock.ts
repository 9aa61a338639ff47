/**
 * The server's clock, as seen from this page. A status carries the time it was sent at; it arrives a little later, so every
 * sample is too small by its travel time and the largest of the last few is the best one. `local` is a monotonic clock:
 * somebody setting this computer's time changes nothing.
 */
export interface ServerClock {
  samples: readonly number[]
  offsetMs: number | null
}

export const unknownClock: ServerClock = { samples: [], offsetMs: null }
const KEPT = 10

export function observeServerTime(clock: ServerClock, serverNow: number, local: number): ServerClock {
  const samples = [...clock.samples, serverNow - local].slice(-KEPT)
  return { samples, offsetMs: Math.max(...samples) }
}

/** Server time for a local reading; before the first status the best guess the caller has. */
export function toServerTime(clock: ServerClock, local: number, guess: number): number {
  return clock.offsetMs === null ? guess : local + clock.offsetMs
}
