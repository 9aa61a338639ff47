const MS_PER_WORD = 370
const SPACE = 32

/** Words as live transcription counts them: what stands between spaces. */
export function countWords(text: string): number {
  let words = 1
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) === SPACE) words++
  return words
}

export const wordsMs = (words: number): number => words * MS_PER_WORD
export const speechMs = (text: string): number => wordsMs(countWords(text))

export interface Piece {
  text: string
  beginMs: number
  endMs: number
}

interface Spoken {
  text: string
  beginMs: number
  endMs: number
}

/** Cuts a turn into what live transcription sends first: consecutive pieces that, joined by a space, are the turn. */
export function toPieces({ text, beginMs, endMs }: Spoken, wordsEach: number): Piece[] {
  const msPerWord = (endMs - beginMs) / countWords(text)
  const pieces: Piece[] = []
  let from = 0
  let pieceBeginMs = beginMs
  let words = 0
  for (let at = text.indexOf(' '); at !== -1; at = text.indexOf(' ', at + 1)) {
    if (++words % wordsEach !== 0) continue
    const pieceEndMs = beginMs + Math.round(words * msPerWord)
    pieces.push({ text: text.slice(from, at), beginMs: pieceBeginMs, endMs: pieceEndMs })
    from = at + 1
    pieceBeginMs = pieceEndMs
  }
  pieces.push({ text: text.slice(from), beginMs: pieceBeginMs, endMs })
  return pieces
}
