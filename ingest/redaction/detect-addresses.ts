import { spanOf, type DigitRun } from './digit-runs.ts'
import type { Scanned, Span } from './scanned.ts'

/** E-mail addresses and phone numbers, written and spoken. Every quantifier is bounded, so that no text takes long. */

// No surrogates: a hidden character is one UTF-16 unit, so that offsets in code points stay true as well.
const WRITTEN_EMAIL = /[^\s@<>()[\]",;:*\ud800-\udfff]{1,64}@[a-z0-9\u00a1-\ud7ff-]{1,63}(?:\.[a-z0-9\u00a1-\ud7ff-]{1,63}){1,6}/gi

const TLD = 'com|net|org|info|biz|io|eu|uk|de|at|ch|es|fr|it|nl|be|pt|br|mx|ar|co|us|ca|au|nz|ie|in|edu|gov|dev|app'
const DOT = 'dot|punkt|punto|point|ponto'
const JOINT = `${DOT}|underscore|under score|dash|hyphen|minus|plus|guion|guión|tiret|unterstrich|bindestrich|traço`
const ALNUM = 'a-z\\d\\u00aa-\\u1fff'
const SPOKEN_DOMAIN = new RegExp(
  `\\s(?:at|@|\\(at\\)|\\[at\\]|at sign|arroba|arobase|ät|klammeraffe)\\s((?:[${ALNUM}-]{1,40}\\s?[.]\\s?|[${ALNUM}-]{1,40}\\s(?:${DOT})\\s){1,4}(?:${TLD}))(?![${ALNUM}])`,
  'giu',
)
const SPOKEN_LOCAL = new RegExp(
  `(?:[${ALNUM}][${ALNUM}._+-]{0,40}(?:\\s(?:${JOINT})\\s[${ALNUM}][${ALNUM}._+-]{0,40}){1,4}|(?:[${ALNUM}](?:\\s|[-.,]\\s?)){2,30}[${ALNUM}]|[${ALNUM}][${ALNUM}._+-]{0,40})$`,
  'iu',
)
const PROVIDER =
  /^(?:g ?mail|google ?mail|hot ?mail|outlook|live|yahoo|i ?cloud|me|aol|gmx|web|t-?online|proton(?: ?mail)?|orange|free|laposte|uol|bol|terra|example)[\s.]/iu
const LOCAL_CHARS = 160

export function findWrittenEmails({ text }: Scanned): Span[] {
  if (!text.includes('@')) return []
  return [...text.matchAll(WRITTEN_EMAIL)].map(({ index, 0: { length } }) => ({ begin: index, end: index + length }))
}

/** "jane dot doe at example dot com". "We met at shop dot com" is none: nothing but the place makes it look like one. */
export function findSpokenEmails(scanned: Scanned): Span[] {
  const { text } = scanned
  const found: Span[] = []
  for (const match of text.matchAll(SPOKEN_DOMAIN)) {
    const local = SPOKEN_LOCAL.exec(text.slice(Math.max(0, match.index - LOCAL_CHARS), match.index))
    if (!local) continue
    const isComposed = /[\s\d._+-]/.test(local[0])
    if (isComposed || PROVIDER.test(match[1]!) || scanned.about('email'))
      found.push({ begin: match.index - local[0].length, end: match.index + match[0].length })
  }
  return found
}

const REFERENCE_CHARS = 28
const PHONE_CHARS = 60

/** International (+, 00), national with a leading zero, North American, and any number where a phone is spoken of. */
export function findPhones(scanned: Scanned): Span[] {
  return scanned.runs.flatMap((run) => {
    const { digits } = run
    if (digits.length < 7) return []
    const plus = /(?:\+|(?<!\p{L})plus\s)\(?$/iu.exec(scanned.text.slice(Math.max(0, run.begin - 6), run.begin))
    if (plus) {
      const length = atomsWithin(run, 15)
      return length >= 8 ? [{ begin: run.begin - plus[0].length, end: spanOf(run, 0, length).end }] : []
    }
    const isAsked = scanned.near('phone', run, PHONE_CHARS, 30) || scanned.talkedAbout('phone')
    if (!isAsked && scanned.near('reference', run, REFERENCE_CHARS)) return []
    if (isAsked) return digits.length <= 15 ? [run] : []
    return isNational(run) || isNorthAmerican(run) || isIberian(run) ? [run] : []
  })
}

/** The most digits, up to `most`, that end where something written or said ends. */
function atomsWithin({ atoms }: DigitRun, most: number): number {
  return atoms.reduce((sum, { from, digits }) => (from + digits.length <= most ? from + digits.length : sum), 0)
}

function isNational({ digits }: DigitRun): boolean {
  return /^0[1-9]\d{7,10}$/.test(digits) || /^00[1-9]\d{8,13}$/.test(digits)
}

function isNorthAmerican({ digits, atoms }: DigitRun): boolean {
  if (!/^1?[2-9]\d{2}[2-9]\d{6}$/.test(digits)) return false
  const groups = atoms.map((atom) => atom.digits.length).join(' ')
  return /^(?:1 )?3 3 4$/.test(groups) || atoms.every(({ written }) => !written)
}

/** Spain and Portugal: nine digits in groups. */
function isIberian({ digits, atoms }: DigitRun): boolean {
  return (
    /^[26789]\d{8}$/.test(digits) && ['3 3 3', '3 2 2 2', '2 3 2 2', '2 3 4'].includes(atoms.map((atom) => atom.digits.length).join(' '))
  )
}
