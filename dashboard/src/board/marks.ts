import type { PublicAlert, PublicTurn } from '#contracts/public'

export type Range = readonly [begin: number, end: number]
export interface Piece {
  /** Where it begins. */
  at: number
  text: string
  marked: boolean
}

/** Where the words of alerts stand in a turn. A hit quotes the words with what was around them, so its place is looked for in the turn. */
export function marksOf(turn: PublicTurn, alerts: readonly PublicAlert[]): Range[] {
  return alerts
    .filter((a) => a.state !== 'withdrawn')
    .flatMap((a) => a.hits)
    .filter((hit) => hit.segmentId === turn.segmentId)
    .flatMap((hit): Range[] => {
      const [begin, end] = hit.highlight
      const whole = turn.text.indexOf(hit.text)
      if (whole >= 0) return [[whole + begin, whole + end]]
      const words = hit.text.slice(begin, end)
      const at = words === '' ? -1 : turn.text.toLowerCase().indexOf(words.toLowerCase())
      return at < 0 ? [] : [[at, at + words.length]]
    })
}

/** Cuts a text at ranges, in any order, overlapping or out of bounds: together the pieces are the text. */
export function cut(text: string, ranges: readonly Range[]): Piece[] {
  const pieces: Piece[] = []
  let at = 0
  for (const [rawBegin, rawEnd] of ranges.toSorted((a, b) => a[0] - b[0] || b[1] - a[1])) {
    const begin = Math.max(at, rawBegin)
    const end = Math.min(text.length, rawEnd)
    if (end <= begin) continue
    if (begin > at) pieces.push({ at, text: text.slice(at, begin), marked: false })
    const last = pieces.at(-1)
    if (last?.marked && begin === at) last.text += text.slice(begin, end)
    else pieces.push({ at: begin, text: text.slice(begin, end), marked: true })
    at = end
  }
  if (at < text.length) pieces.push({ at, text: text.slice(at), marked: false })
  return pieces
}
