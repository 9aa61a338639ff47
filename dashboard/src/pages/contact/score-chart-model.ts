import type { PublicTurn } from '#contracts/public'
import { runningScore, type ScorePoint } from '../../board/sentiment.ts'

export interface ChartLine {
  role: string
  points: readonly ScorePoint[]
  /** SVG path in the box 0…1000 × 0…100; a score stays until the next turn changes it. */
  path: string
  last: number | null
}
export interface ChartModel {
  lines: readonly ChartLine[]
  endMs: number
  /** Whole minutes (or more) along the bottom. */
  ticks: readonly { ms: number; x: number }[]
}

export const WIDTH = 1000
export const HEIGHT = 100
export const yOf = (score: number): number => HEIGHT / 2 - (score / 5) * (HEIGHT / 2)

/** Customer and agent over the conversation so far. Nothing said with a tone: no line, not a line at zero. */
export function prepareScoreChart(turns: readonly PublicTurn[]): ChartModel {
  const endMs = Math.max(60_000, ...turns.map((t) => t.endOffsetMs ?? t.offsetMs ?? 0))
  const lines = ['CUSTOMER', 'AGENT'].map((role) => {
    const points = runningScore(turns, role)
    return { role, points, path: pathOf(points, endMs), last: points.at(-1)?.score ?? null }
  })
  const step = [60_000, 120_000, 300_000, 600_000, 1_800_000].find((s) => endMs / s <= 6) ?? 3_600_000
  const ticks = Array.from({ length: Math.floor(endMs / step) + 1 }, (_, i) => ({ ms: i * step, x: (i * step * WIDTH) / endMs }))
  return { lines, endMs, ticks }
}

const y = (score: number): string => yOf(score).toFixed(1)

function pathOf(points: readonly ScorePoint[], endMs: number): string {
  const x = (ms: number): string => ((ms * WIDTH) / endMs).toFixed(1)
  const [first, ...rest] = points
  if (!first) return ''
  return `M${x(first.offsetMs)} ${y(first.score)}${rest.map((p) => `H${x(p.offsetMs)}V${y(p.score)}`).join('')}H${WIDTH}`
}
