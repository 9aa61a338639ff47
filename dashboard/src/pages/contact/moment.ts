import type { PublicTurn } from '#contracts/public'

/** The turn an address points at: `?segment=<id>`, else the last one begun at `#t=<ms>`; null: none asked for, or not there (yet). */
export function momentOf(search: string, hash: string, turns: readonly PublicTurn[]): string | null {
  const segment = new URLSearchParams(search).get('segment')
  if (segment !== null && hash === '') return turns.find((t) => t.segmentId === segment)?.segmentId ?? null
  const t = new URLSearchParams(hash.replace(/^#/, '')).get('t')
  const ms = t === null || t === '' ? Number.NaN : Number(t)
  if (!Number.isFinite(ms)) return null
  return turns.findLast((turn) => turn.offsetMs !== null && turn.offsetMs <= ms)?.segmentId ?? turns[0]?.segmentId ?? null
}
