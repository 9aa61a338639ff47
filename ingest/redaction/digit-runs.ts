import { plain, type NumberWords } from './number-words.ts'

/** Digits written or said as one piece: `4111`, "four", "forty-one", "double five". */
export interface Atom {
  begin: number
  end: number
  digits: string
  /** Place of its first digit among those of the run. */
  from: number
  written: boolean
}

/** Digits that belong together: between them are only separators and words such as "uh" and "and". */
export interface DigitRun {
  digits: string
  atoms: readonly Atom[]
  begin: number
  end: number
  /** Next to nothing is said before it, so it may go on what the speaker said last. */
  opens: boolean
  /** Next to nothing is said after it, so the speaker may go on with it. */
  closes: boolean
}

export interface Runs {
  runs: DigitRun[]
  /** How many words stand beside the digits. */
  otherWords: number
}

const MAX_GAP_CHARS = 8
const MAX_FILLERS = 3
const WORDS_BEFORE = 3
const WORDS_AFTER = 2
const ZEROS = [0x30, 0xff10, 0x660, 0x6f0, 0x966]
const fillers = new Set(
  'uh um uhm er erm eh ah hm hmm mm and then dash hyphen space comma so ok okay yes yeah und ah äh ähm komma leerzeichen strich y eh espacio guion et euh tiret espace e é traço'
    .split(' ')
    .map(plain),
)

/** Reads the digits out of a text in one pass, whatever is in it. */
export function digitRunsOf(text: string, { phrases, repeats }: NumberWords): Runs {
  const tokens = tokensOf(text)
  const runs: (Omit<DigitRun, 'opens' | 'closes'> & { first: number; last: number })[] = []
  let atoms: Atom[] = []
  let digits = ''
  let first = 0
  let last = 0
  let pending = 0
  let otherWords = 0
  const close = (): void => {
    if (atoms.length > 0) runs.push({ digits, atoms, begin: atoms[0]!.begin, end: atoms.at(-1)!.end, first, last })
    atoms = []
    digits = ''
    pending = 0
  }
  const add = (from: number, to: number, value: string, written: boolean): void => {
    if (atoms.length === 0) first = from
    const [begin, end] = [tokens[from]!.begin, tokens[to]!.end]
    atoms.push({ begin, end, digits: value, from: digits.length, written })
    digits += value
    last = to
    pending = 0
  }
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!
    if (atoms.length > 0 && !isGap(text, tokens[i - 1]!.end, token.begin)) close()
    if (token.number) {
      add(i, i, westernDigits(token.word), true)
      continue
    }
    const times = repeats.get(token.word)
    const said = numberAt(text, tokens, times === undefined ? i : i + 1, phrases)
    if (said && (times === undefined || said.digits.length === 1)) {
      add(i, said.last, said.digits.repeat(times ?? 1), false)
      i = said.last
    } else if (fillers.has(token.word) && pending < MAX_FILLERS) pending++
    else {
      otherWords++
      close()
    }
  }
  close()
  return {
    runs: runs.map(({ first: from, last: to, ...run }) => ({
      ...run,
      opens: countOthers(tokens, 0, from, WORDS_BEFORE) <= WORDS_BEFORE,
      closes: countOthers(tokens, to + 1, tokens.length, WORDS_AFTER) <= WORDS_AFTER,
    })),
    otherWords,
  }
}

interface Token {
  word: string
  number: boolean
  begin: number
  end: number
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  for (const match of text.matchAll(/\p{Nd}+|[\p{L}\p{M}]+/gu)) {
    const [word] = match
    const number = digitOf(word.charCodeAt(0)) !== -1
    tokens.push({ word: number ? word : plain(word), number, begin: match.index, end: match.index + word.length })
  }
  return tokens
}

/** The number that the words from `at` on say, the longest there is. */
function numberAt(
  text: string,
  tokens: readonly Token[],
  at: number,
  phrases: NumberWords['phrases'],
): { digits: string; last: number } | undefined {
  const token = tokens[at]
  if (!token) return undefined
  if (token.number) return token.word.length === 1 ? { digits: westernDigits(token.word), last: at } : undefined
  for (const { words, digits } of phrases.get(token.word) ?? []) {
    const last = at + words.length - 1
    if (words.every((word, k) => tokens[at + k]?.word === word && (k === 0 || isGap(text, tokens[at + k - 1]!.end, tokens[at + k]!.begin))))
      return { digits, last }
  }
  return undefined
}

function countOthers(tokens: readonly Token[], from: number, to: number, enough: number): number {
  let count = 0
  for (let i = from; i < to && count <= enough; i++) if (!fillers.has(tokens[i]!.word)) count++
  return count
}

function isGap(text: string, from: number, to: number): boolean {
  if (to - from > MAX_GAP_CHARS) return false
  for (let i = from; i < to; i++) if (!/[\s\-–—−.,()·•_]/.test(text.charAt(i))) return false
  return true
}

function westernDigits(digits: string): string {
  let western = ''
  for (let i = 0; i < digits.length; i++) western += String(digitOf(digits.charCodeAt(i)))
  return western
}

/** −1: not a digit of a script we read. */
function digitOf(code: number): number {
  for (const zero of ZEROS) if (code >= zero && code <= zero + 9) return code - zero
  return -1
}

/** Where digits `from` to `to` (exclusive) of the run stand in the text; of a spoken number the whole word. */
export function spanOf(run: DigitRun, from: number, to: number): { begin: number; end: number } {
  const first = atomOf(run, from)
  const last = atomOf(run, to - 1)
  return {
    begin: first.written ? first.begin + from - first.from : first.begin,
    end: last.written ? last.begin + to - last.from : last.end,
  }
}

function atomOf({ atoms }: DigitRun, digit: number): Atom {
  let low = 0
  let high = atoms.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (atoms[middle]!.from <= digit) low = middle
    else high = middle - 1
  }
  return atoms[low]!
}
