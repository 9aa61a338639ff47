import { ibanLength, isCpf, isDni, isNir, isSsn, isSteuerId } from './checksums.ts'
import { spanOf, type DigitRun } from './digit-runs.ts'
import type { Scanned, Span } from './scanned.ts'

/** Numbers that states and banks give to people. Where they have check digits, those decide. */

const IBAN = /(?<![a-z\d])[a-z]{2}\d{2}(?:[ -]?[a-z\d]){11,30}/gi

export function findIbans({ text }: Scanned): Span[] {
  return [...text.matchAll(IBAN)].flatMap(({ index, 0: match }) => {
    const length = ibanLength(match.replaceAll(/[ -]/g, ''))
    return length === 0 ? [] : [{ begin: index, end: index + lengthOf(match, length) }]
  })
}

/** Characters of `text` up to its `count`th letter or digit. */
function lengthOf(text: string, count: number): number {
  let seen = 0
  let at = 0
  while (seen < count) if (!/[ -]/.test(text.charAt(at++))) seen++
  return at
}

/** Nine digits as 3-2-4, or undivided where a social security number is spoken of. */
export function findSsns(scanned: Scanned): Span[] {
  return scanned.runs.flatMap((run) => {
    if (run.digits.length < 9) return []
    const grouped = groupsOf(run, [3, 2, 4])
    if (grouped.length > 0) return grouped.filter(({ digits }) => isSsn(digits))
    return isSsn(run.digits) && scanned.about('socialSecurity') ? [run] : []
  })
}

/** Two letters (some are never given out; QQ is the one in examples), six digits, a letter from A to D. */
const NINO =
  /(?<![a-z\d])(?!bg|gb|kn|nk|nt|tn|zz)(?:[a-ceghj-prstw-z][a-ceghj-nprstw-z]|qq)[ -]?\d{2}[ -]?\d{2}[ -]?\d{2}[ -]?[a-d](?![a-z\d])/gi
const DNI = /(?<![a-z\d])(?:[xyz][ -]?\d{7}|\d{8}|\d{1,2}\.\d{3}\.\d{3}|[xyz][ -]?\d\.\d{3}\.\d{3})[ -]?[a-z](?![a-z\d])/gi

export function findNinos({ text }: Scanned): Span[] {
  return [...text.matchAll(NINO)].map(({ index, 0: { length } }) => ({ begin: index, end: index + length }))
}

export function findDnis({ text }: Scanned): Span[] {
  return [...text.matchAll(DNI)]
    .filter(([match]) => isDni(match.replaceAll(/[ .-]/g, '')))
    .map(({ index, 0: { length } }) => ({ begin: index, end: index + length }))
}

export const findSteuerIds = whole(isSteuerId)
export const findNirs = whole(isNir)
export const findCpfs = whole(isCpf)

/** A run that is such a number as a whole, or has one in pieces that fit. */
function whole(isValid: (digits: string) => boolean): (scanned: Scanned) => Span[] {
  return ({ runs }) => runs.filter(({ digits }) => isValid(digits))
}

function groupsOf(run: DigitRun, sizes: readonly number[]): (Span & { digits: string })[] {
  const found: (Span & { digits: string })[] = []
  for (let i = 0; i + sizes.length <= run.atoms.length; i++) {
    const atoms = run.atoms.slice(i, i + sizes.length)
    if (!atoms.every(({ digits, written }, k) => written && digits.length === sizes[k])) continue
    const from = atoms[0]!.from
    const digits = atoms.map((atom) => atom.digits).join('')
    found.push({ ...spanOf(run, from, from + digits.length), digits })
  }
  return found
}
