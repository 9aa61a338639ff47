/**
 * Where the one connection stands.
 *
 *   connecting ──▶ live ◀──▶ silent
 *     │   ▲          │          │
 *     ▼   │          ▼          ▼
 *   refused        offline ──▶ connecting
 */
export type ConnectionState = 'connecting' | 'live' | 'silent' | 'offline' | 'refused'

const next: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  connecting: ['live', 'offline', 'refused'],
  live: ['silent', 'offline'],
  silent: ['live', 'offline'],
  offline: ['connecting', 'refused'],
  refused: ['connecting'],
}

/** Staying is always legal; an illegal change throws with both names. */
export function moveTo(from: ConnectionState, to: ConnectionState): ConnectionState {
  if (from !== to && !next[from].includes(to)) throw new Error(`connection cannot go from ${from} to ${to}`)
  return to
}

/** Nothing heard for this long, and the page says so. The server sends a status every second. */
export const SILENT_AFTER_MS = 3_000

/** A server that prepares its demo is busy and may be silent for longer. */
export const SILENT_WHILE_PREPARING_MS = 15_000

/** What the reader is told. A blip shorter than the limit is not worth a word. */
export type Freshness = 'starting' | 'fresh' | 'lost'

/** Of `startedAt`, `lastHeardAt` and `now` only the differences count. A page that never heard anything is lost too, a little later. */
export function freshnessOf(
  state: ConnectionState,
  heard: { startedAt: number; lastHeardAt: number | null },
  now: number,
  silentAfterMs = SILENT_AFTER_MS,
): Freshness {
  const { startedAt, lastHeardAt } = heard
  if (lastHeardAt === null) return now - startedAt >= 2 * SILENT_AFTER_MS ? 'lost' : 'starting'
  if (state === 'live') return 'fresh'
  return now - lastHeardAt >= silentAfterMs ? 'lost' : 'fresh'
}

/** While the server is known to be back in a moment. */
const SOON_MS = 200
/** So many attempts are made soon; a server that is not back by then is away. */
const SOON_ATTEMPTS = 50

/** Delay before the next attempt to a server that said it begins anew. */
export function returnDelayMs(attempt: number, random: number): number {
  return attempt < SOON_ATTEMPTS ? Math.round(SOON_MS * (0.5 + random)) : retryDelayMs(attempt - SOON_ATTEMPTS, random)
}

/** Delay before the next attempt: doubles up to the cap, ± half, so that a hundred walls do not come back in the same instant. */
export function retryDelayMs(attempt: number, random: number, baseMs = 500, capMs = 5_000): number {
  const full = Math.min(capMs, baseMs * 2 ** Math.min(attempt, 10))
  return Math.round(full * (0.5 + random))
}
