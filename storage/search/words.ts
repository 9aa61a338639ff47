/**
 * Words as the store's `words` column has them: runs of letters, digits and combining marks, compatibility-normalised and case
 * folded. JavaScript has no case folding; upper and then lower case comes out the same but for rare letters (dotless i), where a
 * highlight may be missing. What matches is decided by the store alone.
 */
const WORD = /[\p{L}\p{M}\p{N}]+/gu

export interface PlacedWord {
  folded: string
  /** UTF-16 offsets in the text. */
  begin: number
  end: number
}

export function wordsOf(text: string): string[] {
  return fold(text).match(WORD) ?? []
}

export function placedWordsOf(text: string): PlacedWord[] {
  return [...text.matchAll(WORD)].flatMap((match) => {
    const place = { begin: match.index, end: match.index + match[0].length }
    // Normalising can turn one run into several words: ½ is 1⁄2.
    return wordsOf(match[0]).map((folded) => ({ folded, ...place }))
  })
}

/** The same folding in SQL, of a column or a bound parameter. */
export function foldedSql(expression: string): string {
  return String.raw`trimBoth(replaceRegexpAll(normalizeUTF8NFKCCasefold(${expression}), '[^\\p{L}\\p{M}\\p{N}]+', ' '))`
}

function fold(text: string): string {
  return text.normalize('NFKC').toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFKC')
}
