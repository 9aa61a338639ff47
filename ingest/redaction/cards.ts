import { isLuhn } from './checksums.ts'

/** First digits of the card schemes (ISO/IEC 7812) with the lengths they come in. The more digits a number shows, the less fits. */
const schemes: readonly { name: string; prefix: RegExp; lengths: readonly number[] }[] = [
  { name: 'Visa', prefix: /^4/, lengths: [13, 16, 18, 19] },
  { name: 'Mastercard', prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { name: 'American Express', prefix: /^3[47]/, lengths: [15] },
  { name: 'Discover', prefix: /^(?:6011|64[4-9]|65)/, lengths: [16, 17, 18, 19] },
  { name: 'Diners Club', prefix: /^(?:30[0-5]|3095|36|38|39)/, lengths: [14, 15, 16, 17, 18, 19] },
  { name: 'JCB', prefix: /^(?:352[89]|35[3-8])/, lengths: [16, 17, 18, 19] },
  { name: 'UnionPay', prefix: /^(?:62|81)/, lengths: [16, 17, 18, 19] },
  { name: 'Maestro', prefix: /^(?:50|5[6-8]|6[0-9])/, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { name: 'Mir', prefix: /^220[0-4]/, lengths: [16, 17, 18, 19] },
  { name: 'RuPay', prefix: /^82/, lengths: [16] },
  { name: 'Troy', prefix: /^9792/, lengths: [16] },
]

export const MIN_CARD_DIGITS = 13
export const MAX_CARD_DIGITS = 19

export function isCardNumber(digits: string): boolean {
  return schemes.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits)) && isLuhn(digits)
}

const starts = schemes.map(({ prefix }) => prefix)

/** Whether a card number may begin so: true for `4`, `51` and `2`, false for `19` and `07`. */
export function mayBeginCard(digits: string): boolean {
  // An "oh" that somebody says before the number is not a zero of it.
  const shown = digits.replace(/^0+/, '').slice(0, 4)
  return shown.length >= 4 ? starts.some((prefix) => prefix.test(shown)) : /^[23456789]/.test(shown) && !/^2[189]|^7|^9[0-689]/.test(shown)
}

/** The longest card number that begins at digit `from`; 0: none. */
export function cardLengthAt(digits: string, from: number): number {
  const head = digits.slice(from, from + 4)
  if (!starts.some((prefix) => prefix.test(head))) return 0
  for (let length = Math.min(MAX_CARD_DIGITS, digits.length - from); length >= MIN_CARD_DIGITS; length--)
    if (isCardNumber(digits.slice(from, from + length))) return length
  return 0
}
