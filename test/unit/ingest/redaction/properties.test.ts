import { describe, expect, it } from 'vitest'
import { array, assert, boolean, constantFrom, integer, oneof, property, string, stringMatching, tuple, type Arbitrary } from 'fast-check'
import { isCardNumber } from '#ingest/redaction/cards'
import { isLuhn } from '#ingest/redaction/checksums'
import { createConversation, listen } from '#ingest/redaction/conversation'
import { createDetectors, findHits } from '#ingest/redaction/detectors'
import { hide } from '#ingest/redaction/hide'
import { createNameFinder } from '#ingest/redaction/names'
import { scan } from '#ingest/redaction/scanned'
import { readCorpus } from '../../../helpers/pii-corpus.ts'

const detectors = createDetectors(createNameFinder([['Rowan', 'Kestrel'], ['Hazel']]))
const mask = (text: string, languageCode: string | null = 'en'): string =>
  hide(text, findHits(scan(text, { languageCode }), detectors), 'mask')

/** A number of a scheme, with the check digit that makes it valid. */
const card: Arbitrary<string> = constantFrom(
  ['4', 16],
  ['51', 16],
  ['2300', 16],
  ['37', 15],
  ['6011', 16],
  ['36', 14],
  ['3530', 16],
  ['62', 19],
  ['50', 13],
).chain(([prefix, length]) =>
  stringMatching(new RegExp(`^\\d{${length - prefix.length - 1}}$`)).map((middle) => {
    const open = `${prefix}${middle}`
    return open + '0123456789'.split('').find((digit) => isLuhn(open + digit))!
  }),
)
const words = 'zero one two three four five six seven eight nine'.split(' ')
const separator = constantFrom('', ' ', '-', '.', ', ', '  ')
const written = tuple(card, separator, integer({ min: 1, max: 6 })).map(([digits, between, size]) =>
  (digits.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(between),
)
const spoken = tuple(card, constantFrom(' ', ', ', ' uh ', '. ')).map(([digits, between]) =>
  digits
    .split('')
    .map((digit) => words[Number(digit)])
    .join(between),
)
const corpusTexts = readCorpus().flatMap(({ turns }) => turns.map(({ text }) => text))
/** The one thing whose digits are no number. */
const UUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i
const anything = oneof(
  string({ unit: 'binary', maxLength: 120 }),
  constantFrom(...corpusTexts),
  tuple(constantFrom(...corpusTexts), constantFrom(...corpusTexts)).map((pair) => pair.join(' ')),
  array(
    oneof(
      constantFrom('card', 'order', 'security code', 'expires', 'call me', 'at', 'dot', 'com', 'uh', 'double', '@', '+', '.', '£'),
      constantFrom(...words),
      integer({ min: 0, max: 99_999 }).map(String),
    ),
    { maxLength: 30 },
  ).map((parts) => parts.join(' ')),
)

describe('whatever the text is', () => {
  it('keeps its length, and every character outside what is hidden its place', () => {
    assert(
      property(anything, (text) => {
        const hits = findHits(scan(text, { languageCode: null }), detectors)
        const masked = hide(text, hits, 'mask')
        expect(masked).toHaveLength(text.length)
        // Issues and highlights may count code points.
        expect(Array.from(masked)).toHaveLength(Array.from(text).length)
        const covered = new Set(hits.flatMap(({ begin, end }) => Array.from({ length: end - begin }, (_, i) => begin + i)))
        for (let i = 0; i < text.length; i++) expect(masked[i]).toBe(covered.has(i) ? '*' : text[i])
      }),
      { numRuns: 400 },
    )
  })

  it('is the same when it is hidden once more', () => {
    assert(
      property(anything, constantFrom('en', 'de', null), (text, language) => {
        const once = mask(text, language)
        expect(mask(once, language)).toBe(once)
      }),
      { numRuns: 600 },
    )
  })
})

describe('no card number survives', () => {
  const surroundings = tuple(constantFrom('', 'it is ', 'order ', '#', '= '), constantFrom('', ' thanks', ' 123', '.', '?'))

  it('in one piece, in groups, with any separators, read out', () => {
    assert(
      property(oneof(written, spoken), surroundings, boolean(), (number, [before, after], isKnown) => {
        const masked = mask(`${before}${number}${after}`, isKnown ? 'en' : null)
        expect(masked.slice(before.length, before.length + number.length)).toMatch(/^\*+$/)
      }),
      { numRuns: 600 },
    )
  })

  it('in any text: no row of digits that is one is left', () => {
    const digits = oneof(stringMatching(/^[\d ]{13,40}$/), stringMatching(/^[\d-]{13,40}$/), written)
    assert(
      property(
        array(oneof(digits, constantFrom(...corpusTexts.filter((text) => !UUID.test(text)))), { minLength: 1, maxLength: 4 }),
        (parts) => {
          for (const row of mask(parts.join(' and '), 'en').match(/\d+(?:[ -]\d+)*/g) ?? []) {
            for (const start of row.matchAll(/(?<!\d)\d/g)) {
              const rest = row.slice(start.index).replaceAll(/\D/g, '')
              for (let length = 13; length <= 19; length++) expect(length <= rest.length && isCardNumber(rest.slice(0, length))).toBe(false)
            }
          }
        },
      ),
      { numRuns: 400 },
    )
  })
})

describe('a card number that one speaker says in pieces, heard from the beginning', () => {
  const cuts = array(integer({ min: 1, max: 18 }), { maxLength: 8 })
  it.each([
    ['cards were spoken of', 'Your card number, please?', 3],
    ['nothing else is known', 'How can I help?', 6],
  ])('when %s', (_what, question, most) => {
    assert(
      property(card, cuts, boolean(), boolean(), (digits, at, isSpoken, isAnswered) => {
        const edges = [...new Set([0, ...at.filter((cut) => cut < digits.length), digits.length])].toSorted((a, b) => a - b)
        const pieces = edges.slice(1).map((end, i) => digits.slice(edges[i], end))
        const texts = isSpoken
          ? pieces.map((piece) =>
              piece
                .split('')
                .map((digit) => words[Number(digit)])
                .join(' '),
            )
          : pieces
        const conversation = createConversation(true)
        let order = 0
        const hear = (speaker: string, text: string): string => {
          const segmentId = `t${++order}`
          const said = { speaker, segmentId, turnId: segmentId, isFinal: true, order, text }
          return hide(text, listen(conversation, [said], { languageCode: 'en', detectors })[0]!, 'mask')
        }
        hear('AGENT', question)
        const shown = texts.map((text) => {
          if (isAnswered) hear('AGENT', 'Go on.')
          return hear('CUSTOMER', text)
        })
        expect((shown.join(' ').match(isSpoken ? /[a-z]+/g : /\d/g) ?? []).length, shown.join(' | ')).toBeLessThanOrEqual(most)
      }),
      { numRuns: 400 },
    )
  })
})

describe('64 KB made to be slow', () => {
  const patterns = [
    '4',
    '4 1 ',
    'four one ',
    'a',
    'a@',
    '@a.',
    'x at a dot ',
    ' at dot dot dot',
    'uh ',
    'card 4111 ',
    'code 123 security code ',
    'GB82 ',
    'gb82a',
    'AB 12 ',
    '11111111-1111-1111-1111-111111111111',
    '-',
    '+44 20 7946 0958 ',
    'quatre vingt dix ',
    'card expires 12/27 ',
    'three digits on the ',
    'co.com.',
    'a b c d e ',
    '12.345.678',
    'e\u0301',
    'Rowan ',
  ]
  it.each(patterns)('"%s" again and again takes time in proportion to its length', (pattern) => {
    const seconds = (length: number): number => {
      const text = pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length)
      const before = process.cpuUsage()
      mask(text, null)
      const { user, system } = process.cpuUsage(before)
      return (user + system) / 1e6
    }
    // Quadratic code would need minutes, and anything worse for ever.
    expect(seconds(64 * 1024)).toBeLessThan(5)
  })
})
