import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CallboardError } from '#kernel/errors'
import { parseSearchQuery, type SearchQuery } from '#storage/search/language'

const sign = (negated: boolean): string => (negated ? '-' : '')

/** A query as one line: clauses in order, text before fields. */
function shown({ text, fields }: SearchQuery): string[] {
  return [
    ...text.map(({ negated, anyOf }) => sign(negated) + anyOf.map((term) => `${term.kind}(${term.text})`).join('|')),
    ...fields.map(({ negated, field, anyOf }) => `${sign(negated)}${field}=${anyOf.join('|')}`),
  ]
}

const positionOf = (input: string): unknown => {
  try {
    return shown(parseSearchQuery(input))
  } catch (error) {
    if (error instanceof CallboardError && error.code === 'QUERY_INVALID') return error.details['position']
    throw error
  }
}

describe('the search language', () => {
  it.each<[string, string[]]>([
    ['refund', ['word(refund)']],
    ['  my   refund ', ['word(my)', 'word(refund)']],
    ['"my refund" please', ['phrase(my refund)', 'word(please)']],
    ['"my refund"please', ['phrase(my refund)', 'word(please)']],
    ['-refund money', ['-word(refund)', 'word(money)']],
    ['-"my refund" money', ['-phrase(my refund)', 'word(money)']],
    ['a b OR c OR "d e" f', ['word(a)', 'word(b)|word(c)|phrase(d e)', 'word(f)']],
    ['or and not', ['word(or)', 'word(and)', 'word(not)']],
    ['refun*', ['prefix(refun)']],
    ['sign-in', ['phrase(sign-in)']],
    ["don't, please!", ["phrase(don't,)", 'word(please!)']],
    ['ação Kündigung', ['word(ação)', 'word(Kündigung)']],
    ['10:30', ['phrase(10:30)']],
    ['speaker:Customer x', ['word(x)', 'speaker=CUSTOMER']],
    ['speaker:agent OR speaker:customer', ['speaker=AGENT|CUSTOMER']],
    ['sentiment:negative -channel:voice', ['sentiment=NEGATIVE', '-channel=voice']],
    ['queue:"Billing & Co" agent:abc-1', ['queue=Billing & Co', 'agent=abc-1']],
    ['"OR" x', ['phrase(OR)', 'word(x)']],
    ['"speaker:agent"', ['phrase(speaker:agent)']],
  ])('reads %s', (input, expected) => {
    expect(shown(parseSearchQuery(input))).toEqual(expected)
  })

  it.each<[string, number]>([
    ['', 0],
    ['   ', 0],
    ['a "b', 2],
    ['a ""', 2],
    ['a "--"', 2],
    ['a !!', 2],
    ['-a', 0],
    ['-a -speaker:agent', 0],
    ['OR a', 0],
    ['a OR', 4],
    ['a OR OR b', 5],
    ['a OR -b', 5],
    ['-a OR b', 6],
    ['a OR speaker:agent', 5],
    ['speaker:agent OR sentiment:negative', 17],
    ['(a OR b)', 0],
    ['a*b', 1],
    ['*', 0],
    ['a*', 0],
    ['speaker:', 8],
    ['speaker:nobody', 8],
    ['speaker:constructor', 8],
    ['sentiment:bad x', 10],
    ['colour:red', 0],
    ['a note:red', 2],
    ['duration>300', 0],
    ['x at<60', 2],
    ['category:Cancel', 0],
    ['attr.vip:yes', 0],
    ['queue>5', 5],
    ['queue:""', 6],
    ['-', 1],
    ['a'.repeat(513), 512],
    [Array.from({ length: 33 }, () => 'a').join(' '), 64],
  ])('says where %s goes wrong', (input, position) => {
    expect(positionOf(input)).toBe(position)
  })

  it('reads or refuses anything, with a position inside the text', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom('"', '-', 'OR', ' ', '*', ':', 'speaker:', 'queue:"', '(', '\u0000', '\ud800'),
        fc.string({ unit: 'binary' }),
      ),
    )
    fc.assert(
      fc.property(pieces, (parts) => {
        const input = parts.join('')
        const answer = positionOf(input)
        if (typeof answer === 'number') expect(answer).toBeLessThanOrEqual(Math.min(input.length, 512))
        else expect(Array.isArray(answer) && answer.length > 0).toBe(true)
      }),
    )
  })
})
