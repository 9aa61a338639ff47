import type { PublicTurn } from '#contracts/public'

/** Running score of one participant after each of their turns. */
export interface ScorePoint {
  segmentId: string
  offsetMs: number
  score: number
}

const values = { POSITIVE: 5, NEUTRAL: 0, NEGATIVE: -5, MIXED: 0 } as const

/**
 * Score = Σ value × weight / Σ weight, over the turns of one participant in the order of their offsets. A neutral turn weighs 1,
 * any other its position in the current unbroken run of the same sentiment (reference: Contact Lens, "Sentiment").
 * Turns that are not final or carry no sentiment neither count nor break a run.
 */
export function runningScore(turns: readonly PublicTurn[], participantRole: string): ScorePoint[] {
  const points: ScorePoint[] = []
  let run = 0
  let last: PublicTurn['sentiment'] = null
  let weighted = 0
  let weights = 0
  for (const turn of orderTurns(turns)) {
    if (turn.participantRole !== participantRole || turn.partial || turn.sentiment === null) continue
    run = turn.sentiment === last ? run + 1 : 1
    last = turn.sentiment
    const value = values[turn.sentiment]
    const weight = value === 0 ? 1 : run
    weighted += value * weight
    weights += weight
    points.push({ segmentId: turn.segmentId, offsetMs: turn.offsetMs ?? 0, score: weighted / weights })
  }
  return points
}

/** In the order of what was said; one line a turn. Where both outputs came, the redacted one is shown. What has a time only (chat) is counted from the first message. */
export function orderTurns(turns: readonly PublicTurn[]): PublicTurn[] {
  const bySegment = new Map<string, PublicTurn>()
  for (const turn of turns) {
    const known = bySegment.get(turn.segmentId)
    if (!known || turn.outputType === 'redacted') bySegment.set(turn.segmentId, turn)
  }
  const turnsOnce = [...bySegment.values()]
  const times = turnsOnce.flatMap((t) => (t.time === null ? [] : [Date.parse(t.time)]))
  const first = times.length > 0 ? Math.min(...times) : null
  return turnsOnce.map((t) => fromFirst(t, first)).sort(compareTurns)
}

function fromFirst(turn: PublicTurn, first: number | null): PublicTurn {
  return turn.offsetMs !== null || turn.time === null || first === null ? turn : { ...turn, offsetMs: Date.parse(turn.time) - first }
}

function compareTurns(a: PublicTurn, b: PublicTurn): number {
  return (
    (a.offsetMs ?? Infinity) - (b.offsetMs ?? Infinity) ||
    (a.time ?? '').localeCompare(b.time ?? '') ||
    a.segmentId.localeCompare(b.segmentId)
  )
}

/** Where a conversation is going: the score now against three turns ago. */
export function directionOf(points: readonly ScorePoint[]): 'falling' | 'rising' | 'steady' {
  const last = points.at(-1)
  const before = points.at(-4) ?? points[0]
  if (!last || !before || last === before) return 'steady'
  if (last.score < before.score - 0.5) return 'falling'
  return last.score > before.score + 0.5 ? 'rising' : 'steady'
}
