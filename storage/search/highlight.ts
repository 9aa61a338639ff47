import type { SearchQuery } from './language.ts'
import { placedWordsOf, wordsOf, type PlacedWord } from './words.ts'

/** Where the words looked for are in `text`: [begin, end) in UTF-16 units, in order, not overlapping. */
export function highlightsOf(text: string, query: SearchQuery): [number, number][] {
  const words = placedWordsOf(text)
  const wanted = query.text.filter((clause) => !clause.negated).flatMap((clause) => clause.anyOf)
  const found = wanted.flatMap((term) => {
    const needle = wordsOf(term.text)
    return words.flatMap((word, i): [number, number][] => {
      const matches = term.kind === 'prefix' ? word.folded.startsWith(needle[0] ?? '\0') : startsWithWords(words, i, needle)
      const last = term.kind === 'prefix' ? word : words[i + needle.length - 1]
      return matches && last ? [[word.begin, last.end]] : []
    })
  })
  return merge(found)
}

function startsWithWords(words: readonly PlacedWord[], from: number, needle: readonly string[]): boolean {
  return needle.length > 0 && needle.every((word, i) => words[from + i]?.folded === word)
}

function merge(ranges: readonly [number, number][]): [number, number][] {
  const merged: [number, number][] = []
  for (const [begin, end] of ranges.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = merged.at(-1)
    if (last && begin < last[1]) last[1] = Math.max(last[1], end)
    else merged.push([begin, end])
  }
  return merged
}
