import { cardLengthAt, isCardNumber, mayBeginCard, MAX_CARD_DIGITS, MIN_CARD_DIGITS } from './cards.ts'
import { spanOf, type DigitRun } from './digit-runs.ts'
import type { Scanned, Span } from './scanned.ts'

/** Whole card numbers: the right length for the scheme of their first digits, and a right check digit. */
export function findCards({ runs }: Scanned): Span[] {
  return runs.flatMap(cardsOf)
}

/** A number begins where something written or said begins, or anywhere inside a long row of digits. */
function cardsOf(run: DigitRun): Span[] {
  const found: Span[] = []
  if (run.digits.length < MIN_CARD_DIGITS) return found
  for (const atom of run.atoms) {
    for (let within = 0; within < atom.digits.length; within++) {
      const from = atom.from + within
      const left = atom.digits.length - within
      if (within > 0 && left < MIN_CARD_DIGITS) break
      const length = within === 0 ? cardLengthAt(run.digits, from) : cardLengthAt(run.digits.slice(0, from + left), from)
      if (length > 0) found.push(spanOf(run, from, from + length))
    }
  }
  return found
}

/** Whether the text begins with digits that go on those said before. "I have 2 left" is no part of a number. */
export function goesOn({ carried, runs, otherWords }: Scanned): boolean {
  const run = runs[0]
  return carried !== '' && run !== undefined && run.opens && (run.digits.length > 2 || otherWords === 0)
}

/** The end of a card number that the speaker began before; undefined: none ends here. */
export function findCardEnd(scanned: Scanned): Span | undefined {
  const { carried, runs } = scanned
  const run = runs[0]
  if (!run || !goesOn(scanned)) return undefined
  for (let from = Math.max(0, carried.length - MAX_CARD_DIGITS + 1); from < carried.length; from++) {
    const before = carried.slice(from)
    for (let more = Math.min(run.digits.length, MAX_CARD_DIGITS - before.length); more > 0; more--)
      if (isCardNumber(before + run.digits.slice(0, more))) return spanOf(run, 0, more)
  }
  return undefined
}

const AMOUNT_BEFORE = /[$£€¥]\s?$/
const AMOUNT_AFTER =
  /^\s?(?:[$£€¥%]|(?:pounds?|dollars?|euros?|pence|cents?|percent|minutes?|hours?|days?|weeks?|months?|years?|miles|kilometers|reais|pesos|uhr|o'clock)(?!\p{L}))/iu
const REFERENCE_CHARS = 32

/**
 * What may be a part of a card number: misheard, interrupted, or not yet said to its end. It is hidden on suspicion, because it is
 * stored before the rest is known.
 */
export function findCardParts(scanned: Scanned): Span[] {
  const { runs, carried, isTalk, isCold } = scanned
  const isContinued = goesOn(scanned)
  return runs.flatMap((run, i) => {
    const isNext = i === 0 && isContinued
    const joined = isNext ? carried + run.digits : run.digits
    const isEdge = isTalk && (run.closes || isNext)
    if (joined.length < 4 || isAmount(scanned.text, run)) return []
    const isReference = !isNext && (isPartOfCode(scanned.text, run) || scanned.near('reference', run, REFERENCE_CHARS))
    const isCard = scanned.about('card') && !isReference
    const isSuspect =
      (isCard &&
        (joined.length >= MIN_CARD_DIGITS - 1 || (run.digits.length >= 6 && mayBeginCard(joined)) || (isEdge && !isYear(joined)))) ||
      (isEdge && joined.length >= 7 && mayBeginCard(joined) && !isReference && !scanned.talkedAbout('reference')) ||
      (isTalk && isCold && !isReference && ((run.opens && !isYear(joined)) || (run.closes && mayBeginCard(joined))))
    return isSuspect ? [{ begin: run.begin, end: run.end }] : []
  })
}

function isAmount(text: string, { begin, end }: Span): boolean {
  return (
    /^\d{1,5}[.,]\d\d$/.test(text.slice(begin, Math.min(end, begin + 9))) ||
    AMOUNT_BEFORE.test(text.slice(Math.max(0, begin - 2), begin)) ||
    AMOUNT_AFTER.test(text.slice(end, end + 14))
  )
}

/** `CB-12345`, `#12345`. */
function isPartOfCode(text: string, { begin }: Span): boolean {
  return /(?:\p{L}-?|#)$/u.test(text.slice(Math.max(0, begin - 2), begin))
}

function isYear(digits: string): boolean {
  return /^(?:19|20)\d\d$/.test(digits)
}

const CODE_CHARS = 40

/** Three or four digits beside words such as "security code", or as the answer to a question for it. */
export function findSecurityCodes(scanned: Scanned): Span[] {
  if (scanned.runs.length === 0 || !scanned.about('code')) return []
  const isAnswer = scanned.talkedAbout('code') && scanned.runs.length === 1 && scanned.otherWords <= 6
  return scanned.runs
    .filter(({ digits }) => digits.length === 3 || digits.length === 4)
    .filter((run) => isAnswer || scanned.near('code', run, CODE_CHARS, 24))
    .filter((run) => !isAmount(scanned.text, run))
}

const MONTH =
  'jan(?:uary|uar|vier|eiro)?|ene(?:ro)?|feb(?:ruary|ruar|rero)?|fév(?:rier)?|fev(?:ereiro)?|mar(?:ch|zo|s|ço)?|märz|apr(?:il)?|abr(?:il)?|avril|may|mai|mayo|maio|' +
  'june?|juni|juin|junio|junho|july?|juli|juillet|julio|julho|aug(?:ust)?|ago(?:sto)?|août|sep(?:t(?:ember|embre|iembre)?)?|setembro|' +
  'oct(?:ober|obre|ubre)?|okt(?:ober)?|outubro|nov(?:ember|embre|iembre|embro)?|dec(?:ember)?|dez(?:ember|embro)?|dic(?:iembre)?|déc(?:embre)?'
const WRITTEN_EXPIRY = /(?<![\d/])(?:0?[1-9]|1[0-2])\s?[/.-]\s?(?:20)?\d\d(?![\d/])/g
const MONTH_AT_END = new RegExp(`(?<!\\p{L})(?:${MONTH})[\\s.,]{1,3}(?:of\\s|de\\s)?$`, 'iu')
const EXPIRY_CHARS = 60

/** Month and year, where both an expiry and a card are spoken of. */
export function findExpiryDates(scanned: Scanned): Span[] {
  if (scanned.runs.length === 0 || !scanned.about('expiry') || !(scanned.about('card') || scanned.about('code'))) return []
  const isNear = (span: Span): boolean =>
    scanned.near('expiry', span, EXPIRY_CHARS) || (scanned.talkedAbout('expiry') && scanned.otherWords <= 6)
  const written = [...scanned.text.matchAll(WRITTEN_EXPIRY)].map((m) => ({ begin: m.index, end: m.index + m[0].length }))
  const said = scanned.runs.flatMap((run): Span[] => {
    if (/^(?:0[1-9]|1[0-2]|[1-9])(?:20)?[2-5]\d$/.test(run.digits)) return [run]
    const month = /^(?:20)?[2-5]\d$/.test(run.digits) && MONTH_AT_END.exec(scanned.text.slice(Math.max(0, run.begin - 24), run.begin))
    return month ? [{ begin: run.begin - month[0].length, end: run.end }] : []
  })
  return [...written, ...said].filter(isNear)
}
