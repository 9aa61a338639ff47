/** Check digits of numbers that have some. All take digits (or letters and digits) without separators. */

export function isLuhn(digits: string): boolean {
  let sum = 0
  for (let i = digits.length - 1, twice = false; i >= 0; i--, twice = !twice) {
    const digit = digits.charCodeAt(i) - 48
    sum += twice ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit
  }
  return sum % 10 === 0
}

function remainder(digits: string, divisor: number): number {
  let rest = 0
  for (let i = 0; i < digits.length; i++) rest = (rest * 10 + digits.charCodeAt(i) - 48) % divisor
  return rest
}

/** ISO 13616: lengths by country, for the countries that callers of Amazon Connect Regions mostly bank in. */
const ibanLengths: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'NO15 BE16 DK18 FI18 NL18 SI19 AT20 BA20 EE20 LT20 LU20 XK20 CH21 HR21 LI21 LV21 BG22 DE22 GB22 GE22 IE22 ME22 RS22 AE23 GI23 IL23 ' +
    'AD24 CZ24 ES24 RO24 SA24 SE24 SK24 TN24 PK24 PT25 IS26 TR26 FR27 GR27 IT27 MC27 SM27 AL28 CY28 HU28 LB28 PL28 AZ28 BR29 QA29 UA29 KW30 MT31'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
)

/** How many of the leading characters are an IBAN; 0: none. */
export function ibanLength(compact: string): number {
  const text = compact.toUpperCase()
  const length = ibanLengths[text.slice(0, 2)] ?? 0
  if (length === 0 || text.length < length) return 0
  const moved = text.slice(4, length) + text.slice(0, 4)
  const digits = moved.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
  return remainder(digits, 97) === 1 ? length : 0
}

/** Germany: ISO 7064 MOD 11,10, and of the first ten digits one comes twice or three times, at most one of them so. */
export function isSteuerId(digits: string): boolean {
  if (!/^[1-9]\d{10}$/.test(digits)) return false
  const counts = new Map<string, number>()
  for (const digit of digits.slice(0, 10)) counts.set(digit, (counts.get(digit) ?? 0) + 1)
  const repeated = [...counts.values()].filter((count) => count > 1)
  if (repeated.length !== 1 || repeated[0]! > 3) return false
  let product = 10
  for (let i = 0; i < 10; i++) {
    const sum = (Number(digits[i]) + product) % 10 || 10
    product = (2 * sum) % 11
  }
  return (11 - product) % 10 === Number(digits[10])
}

/** Spain: DNI (8 digits) or NIE (X, Y or Z and 7 digits) with the letter that their remainder by 23 names. */
export function isDni(compact: string): boolean {
  const text = compact.toUpperCase()
  if (!/^[XYZ\d]\d{7}[A-Z]$/.test(text)) return false
  const digits = text.slice(0, 8).replace(/^[XYZ]/, (letter) => String('XYZ'.indexOf(letter)))
  return 'TRWAGMYFPDXBNJZSQVHLCKE'[remainder(digits, 23)] === text[8]
}

/** France: sex, year, month, place and order with the key 97 − n mod 97. */
export function isNir(digits: string): boolean {
  return /^[12]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)\d{10}$/.test(digits) && 97 - remainder(digits.slice(0, 13), 97) === Number(digits.slice(13))
}

/** Brazil: two check digits by weights. */
export function isCpf(digits: string): boolean {
  if (!/^\d{11}$/.test(digits) || /^(\d)\1+$/.test(digits)) return false
  return [9, 10].every((count) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum += Number(digits[i]) * (count + 1 - i)
    return ((sum * 10) % 11) % 10 === Number(digits[count])
  })
}

/** United States: areas, groups and serials that are never given out are none. */
export function isSsn(digits: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits)
}
