import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { highlightsOf } from '#storage/search/highlight'
import { parseSearchQuery } from '#storage/search/language'

const marked = (text: string, query: string): string[] =>
  highlightsOf(text, parseSearchQuery(query)).map(([begin, end]) => text.slice(begin, end))

describe('highlights', () => {
  it.each<[string, string, string[]]>([
    ['I want a Refund, now: refund!', 'refund', ['Refund', 'refund']],
    ['my money back, the money', '"money back"', ['money back']],
    ['money—back', '"money back"', ['money—back']],
    ['the money, back money', 'money back', ['money', 'back', 'money']],
    ['refunds and refunding', 'refund*', ['refunds', 'refunding']],
    ['AÇÃO!', 'ação', ['AÇÃO']],
    ['ac\u0327a\u0303o', 'ação', ['ac\u0327a\u0303o']],
    ['die Hauptstrasse', 'Hauptstraße', ['Hauptstrasse']],
    ['ΟΔΟΣ', 'οδος', ['ΟΔΟΣ']],
    ['\u{1f600} refund', 'refund', ['refund']],
    ['no match', 'refund', []],
    ['left out', 'left -out', ['left']],
    ['a b c', '"a b" OR "b c"', ['a b c']],
  ])('in %s for %s', (text, query, expected) => {
    expect(marked(text, query)).toEqual(expected)
  })

  it('are in order, apart, and inside the text, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (noise) => {
        const text = `refund ${noise} refund`
        const ranges = highlightsOf(text, parseSearchQuery('refund "money back" mo*'))
        expect(ranges.length).toBeGreaterThanOrEqual(1)
        ranges.forEach(([begin, end], i) => {
          expect(begin).toBeGreaterThanOrEqual(ranges[i - 1]?.[1] ?? 0)
          expect(end).toBeGreaterThan(begin)
          expect(end).toBeLessThanOrEqual(text.length)
        })
      }),
    )
  })
})
