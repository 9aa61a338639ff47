import type { AlertRule } from '#contracts/settings'

export interface Match {
  /** UTF-16 offsets in the text; `end` is exclusive. */
  begin: number
  end: number
}

interface Word {
  text: string
  begin: number
  end: number
}

// A letter may come with its accent as a character of its own.
const words = /[\p{L}\p{N}\p{M}]+(?:['’][\p{L}\p{N}\p{M}]+)*/gu

/** First place where one of the phrases is said: its words in this order, next to each other; case and punctuation do not matter. */
export function findPhrase(text: string, phrases: readonly string[]): Match | null {
  const said = toWords(text)
  let first: Match | null = null
  for (const phrase of phrases) {
    const match = findWords(said, toWords(phrase))
    if (match && (!first || match.begin < first.begin)) first = match
  }
  return first
}

export function isSpeakerOf(rule: AlertRule, participantRole: string): boolean {
  const { speaker } = rule.condition
  return speaker === 'any' || participantRole === speaker.toUpperCase()
}

function toWords(text: string): Word[] {
  return [...text.matchAll(words)].map((m) => ({
    text: m[0].toLocaleLowerCase('und').normalize('NFC').replaceAll('’', "'"),
    begin: m.index,
    end: m.index + m[0].length,
  }))
}

function findWords(said: readonly Word[], wanted: readonly Word[]): Match | null {
  if (wanted.length === 0) return null
  for (let i = 0; i + wanted.length <= said.length; i++) {
    if (wanted.every((w, j) => said[i + j]!.text === w.text)) return { begin: said[i]!.begin, end: said[i + wanted.length - 1]!.end }
  }
  return null
}
