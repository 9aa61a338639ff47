/** A level is a colour, a shape and a word; the worst wins whatever the order, and it is left only after some seconds. */
export type Level = 'none' | 'amber' | 'red'

export interface Condition {
  id: string
  level: 'amber' | 'red'
  word: string
  met: boolean
  /** Must have held this long before it counts. */
  forMs?: number
}

export interface Judged {
  level: Level
  word: string
  /** Since when each condition holds. */
  since: Readonly<Record<string, number>>
  /** Since when the shown level is no longer deserved. */
  lowerSince: number | null
}

export const LEAVE_AFTER_MS = 5_000
export const EASING = 'easing'
const rank: Readonly<Record<Level, number>> = { none: 0, amber: 1, red: 2 }
export const rankOf = (level: Level): number => rank[level]
export const worstOf = (levels: readonly Level[]): Level => levels.reduce<Level>((a, b) => (rank[b] > rank[a] ? b : a), 'none')

export function judge(prev: Judged | undefined, conditions: readonly Condition[], now: number): Judged {
  const since: Record<string, number> = {}
  let worst: { level: Level; word: string } = { level: 'none', word: '' }
  for (const c of conditions) {
    if (!c.met) continue
    const start = prev?.since[c.id] ?? now
    since[c.id] = start
    if (now - start >= (c.forMs ?? 0) && rank[c.level] > rank[worst.level]) worst = { level: c.level, word: c.word }
  }
  if (!prev || rank[worst.level] >= rank[prev.level]) return { ...worst, since, lowerSince: null }
  const lowerSince = prev.lowerSince ?? now
  if (now - lowerSince >= LEAVE_AFTER_MS) return { ...worst, since, lowerSince: null }
  // The old word beside the new figure would look like a mistake.
  return { level: prev.level, word: EASING, since, lowerSince }
}

/** A rate from fewer samples than this says nothing yet: grey, with n, no level. */
export const MINIMUM_SAMPLE = 20
