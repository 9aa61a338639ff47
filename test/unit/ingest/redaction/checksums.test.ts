import { describe, expect, it } from 'vitest'
import { isCardNumber, mayBeginCard } from '#ingest/redaction/cards'
import { ibanLength, isCpf, isDni, isLuhn, isNir, isSsn, isSteuerId } from '#ingest/redaction/checksums'

const checks: [name: string, isValid: (text: string) => boolean, right: string[], wrong: string[]][] = [
  ['Luhn', isLuhn, ['79927398713', '0'], ['79927398710', '1']],
  [
    'card numbers',
    isCardNumber,
    ['4111111111111111', '5555555555554444', '378282246310005', '30569309025904', '6200000000000005', '4222222222222'],
    // A wrong digit, no scheme, a length that the scheme has not, too short, too long.
    ['4111111111111112', '1111111111111117', '37828224631000', '411111111111', '41111111111111111111'],
  ],
  ['Steuer-ID', isSteuerId, ['86095742719', '65929970489'], ['86095742718', '06095742719', '12345678901', '11111111111']],
  ['DNI and NIE', isDni, ['12345678Z', 'x1234567l', 'Y1234567X'], ['12345678A', 'W1234567L', '1234567Z']],
  ['NIR', isNir, ['185057800608491', '269054958815780'], ['185057800608492', '385057800608491', '1850578006084']],
  ['CPF', isCpf, ['52998224725', '11144477735'], ['52998224724', '11111111111']],
  ['SSN', isSsn, ['123456789', '078051120'], ['000456789', '666456789', '923456789', '123006789', '123450000']],
]

describe('check digits', () => {
  it.each(checks)('%s', (_name, isValid, right, wrong) => {
    for (const text of right) expect([text, isValid(text)]).toEqual([text, true])
    for (const text of wrong) expect([text, isValid(text)]).toEqual([text, false])
  })

  it('IBAN: as long as its country says, whatever follows', () => {
    expect(ibanLength('GB82WEST12345698765432')).toBe(22)
    expect(ibanLength('gb82west12345698765432thanks')).toBe(22)
    expect(ibanLength('GB83WEST12345698765432')).toBe(0)
    expect(ibanLength('ZZ82WEST12345698765432')).toBe(0)
    expect(ibanLength('GB82WEST1234')).toBe(0)
  })

  it('tells what may begin a card number', () => {
    for (const digits of ['4', '51', '2221', '0411', '3782', '62', '81']) expect([digits, mayBeginCard(digits)]).toEqual([digits, true])
    for (const digits of ['1', '0', '07', '1999', '2019', '7700', '9011']) expect([digits, mayBeginCard(digits)]).toEqual([digits, false])
  })
})
