import { describe, expect, it } from 'vitest'
import { assert, boolean, constantFrom, integer, property, record } from 'fast-check'
import { intents, type Language } from '#simulator/conversation/lines'
import { phrases } from '#simulator/conversation/phrases'
import { planTurns, type Course, type TalkPlan, type Turn } from '#simulator/conversation/plan'
import type { PiiKind } from '#simulator/conversation/slots'
import { countWords, toPieces } from '#simulator/conversation/speech'
import { fill, parseProblem, parseTemplate } from '#simulator/conversation/template'
import { createRandom } from '#simulator/random'

const anyPlan = record({
  intent: constantFrom(...intents),
  course: constantFrom<Course>('calm', 'improving', 'falling'),
  language: constantFrom<Language>('en', 'pt'),
  channel: constantFrom<'VOICE' | 'CHAT'>('VOICE', 'CHAT'),
  talkMs: integer({ min: 10_000, max: 900_000 }),
  isHeld: boolean(),
  privateShare: constantFrom(0, 0.125, 1),
  seed: integer(),
}).map(({ isHeld, seed, ...plan }) => {
  const hold = isHeld ? { fromMs: Math.round(plan.talkMs * 0.4), toMs: Math.round(plan.talkMs * 0.6) } : null
  return { seed, plan: { ...plan, hold, paceMs: plan.channel === 'VOICE' ? 7000 : 18_000 } satisfies TalkPlan }
})
type Given = { seed: number; plan: TalkPlan }
const turnsOf = ({ seed, plan }: Given): Turn[] => planTurns(createRandom(seed), plan)

const many = (plan: Partial<TalkPlan>, count = 300): Turn[][] =>
  Array.from({ length: count }, (_, seed) =>
    planTurns(createRandom(seed), {
      intent: intents[seed % intents.length]!,
      course: 'calm',
      talkMs: 240_000,
      hold: null,
      paceMs: 7000,
      ...plan,
    }),
  )

/** Everything written for one language, the common lines included. */
function templatesOf(language: Language): string[] {
  const { private: exchanges, ...common } = phrases[language].common
  const groups = [common, ...Object.values(phrases[language].topics), ...exchanges]
  return groups.flatMap((group) => Object.values(group).flat() as string[])
}

describe('what can be said', () => {
  it('is more than 300 distinct English templates over 12 intents, and some 150 Portuguese ones', () => {
    const ofTopics = Object.values(phrases.en.topics).flatMap((lines) => Object.values(lines).flat() as string[])
    expect(Object.keys(phrases.en.topics).toSorted()).toEqual([...intents].toSorted())
    expect(intents).toHaveLength(12)
    expect(new Set(ofTopics).size).toBeGreaterThanOrEqual(300)
    expect(new Set(templatesOf('en')).size).toBe(templatesOf('en').length)
    expect(new Set(templatesOf('pt')).size).toBe(templatesOf('pt').length)
    expect(templatesOf('pt').length).toBeGreaterThanOrEqual(150)
  })

  it('has its digits from slots only', () => {
    expect([...templatesOf('en'), ...templatesOf('pt')].filter((template) => /\d/.test(template))).toEqual([])
  })

  it('knows how many words it has, filled', () => {
    const random = createRandom(3)
    for (const source of [...templatesOf('en'), ...templatesOf('pt')]) {
      const { text, words } = fill(parseTemplate(source), random, [])
      expect(words).toBe(countWords(text))
      expect(text).not.toMatch(/[{}[\]]|undefined| {2}/)
    }
  })

  it('is an issue as a whole, without its last mark, or the part in brackets', () => {
    const say = (source: string): string => {
      const { text, issue } = fill(parseProblem(source), createRandom(1), [])
      return text.slice(issue!.begin, issue!.end)
    }
    expect(say('My bill is wrong.')).toBe('My bill is wrong')
    expect(say('Hello, [my bill is wrong], sorry.')).toBe('my bill is wrong')
  })

  it('refuses a slot nobody fills', () => {
    expect(() => parseTemplate('I owe {nothing}.')).toThrow('no slot nothing')
  })
})

describe('a conversation', () => {
  it('lies inside the contact and out of the hold', () => {
    assert(
      property(anyPlan, (given) => {
        const { hold, talkMs } = given.plan
        for (const turn of turnsOf(given)) {
          expect(turn.beginMs).toBeGreaterThanOrEqual(0)
          expect(turn.endMs).toBeGreaterThan(turn.beginMs)
          expect(turn.endMs).toBeLessThan(talkMs)
          if (hold) expect(turn.endMs < hold.fromMs || turn.beginMs > hold.toMs).toBe(true)
        }
      }),
    )
  })

  it('begins each turn after the one before began, and lets nobody talk over himself', () => {
    const check = (turns: Turn[]): void => {
      const until = { AGENT: 0, CUSTOMER: 0 }
      let before = 0
      for (const { role, beginMs, endMs } of turns) {
        if (beginMs <= before || beginMs <= until[role]) expect.fail(`${role} begins at ${beginMs}, before ${before} or ${until[role]}`)
        before = beginMs
        until[role] = endMs
      }
    }
    assert(property(anyPlan, (given) => check(turnsOf(given))))
    // Short answers between two long interruptions are rare.
    for (const language of ['en', 'pt'] as const) for (const turns of many({ language }, 3000)) check(turns)
  })

  it('never repeats a line', () => {
    assert(
      property(anyPlan, (given) => {
        const texts = turnsOf(given).map(({ text }) => text)
        expect(new Set(texts).size).toBe(texts.length)
      }),
    )
  })

  it('is the same for the same seed', () => {
    assert(
      property(anyPlan, (given) => {
        expect(turnsOf(given)).toEqual(turnsOf(given))
      }),
    )
  })

  it('is cut into consecutive pieces that make the turn again', () => {
    assert(
      property(anyPlan, integer({ min: 1, max: 9 }), (given, wordsEach) => {
        for (const turn of turnsOf(given)) {
          const pieces = toPieces(turn, wordsEach)
          expect(pieces.map(({ text }) => text).join(' ')).toBe(turn.text)
          expect([pieces[0]?.beginMs, pieces.at(-1)?.endMs]).toEqual([turn.beginMs, turn.endMs])
          for (const [i, piece] of pieces.entries()) {
            expect(piece.beginMs).toBe(i === 0 ? turn.beginMs : pieces[i - 1]!.endMs)
            expect(countWords(piece.text)).toBeLessThanOrEqual(wordsEach)
          }
        }
      }),
    )
  })

  it('has answers that begin before the other has ended, in calls and not in chats', () => {
    const overlaps = (turns: Turn[]): number => turns.filter((turn, i) => i > 0 && turn.beginMs < turns[i - 1]!.endMs).length
    const share = (all: Turn[][]): number => all.reduce((sum, turns) => sum + overlaps(turns), 0) / all.flat().length
    expect(share(many({}))).toBeGreaterThan(0.05)
    expect(share(many({}))).toBeLessThan(0.2)
    expect(share(many({ channel: 'CHAT' }))).toBe(0)
  })

  it('has people write several chat messages in a row, and take turns in calls', () => {
    const inRow = (turns: Turn[]): number => turns.filter(({ role }, i) => i > 0 && role === turns[i - 1]!.role).length
    expect(many({ channel: 'CHAT' }).flat().length).toBeGreaterThan(2000)
    expect(many({ channel: 'CHAT' }).filter((turns) => inRow(turns) > 0).length).toBeGreaterThan(100)
    expect(many({}).filter((turns) => inRow(turns) > 0)).toEqual([])
  })

  it('almost always comes to its goodbye', () => {
    const goodbyes = new Set(phrases.en.common.goodbye)
    expect(many({}).filter((turns) => goodbyes.has(turns.at(-1)!.text)).length).toBeGreaterThan(280)
  })

  it('tells the issue in one turn, the customer’s first', () => {
    assert(
      property(anyPlan, (given) => {
        const turns = turnsOf(given)
        const first = turns.find(({ role }) => role === 'CUSTOMER')
        expect(turns.filter(({ issue }) => issue)).toEqual(first ? [first] : [])
        for (const { text, issue } of turns) if (issue) expect(text.slice(issue.begin, issue.end)).toMatch(/^\p{L}.{15,}\p{L}$/u)
      }),
    )
  })

  it('moves in tone the way it was planned', () => {
    const score = { POSITIVE: 1, NEUTRAL: 0, NEGATIVE: -1 }
    const meanOf = (turns: Turn[]): number => turns.reduce((sum, { tone }) => sum + score[tone], 0) / turns.length
    const rise = (course: Course): number => {
      const rises = many({ course }).map((turns) => {
        const own = turns.filter(({ role }) => role === 'CUSTOMER')
        return meanOf(own.slice(own.length / 2)) - meanOf(own.slice(0, own.length / 2))
      })
      return rises.reduce((a, b) => a + b) / rises.length
    }
    expect(rise('improving')).toBeGreaterThan(0.4)
    expect(rise('falling')).toBeLessThan(-0.4)
    expect(Math.abs(rise('calm'))).toBeLessThan(0.4)
  })

  it('stays with one order and one person', () => {
    for (const turns of many({ talkMs: 500_000 })) {
      const orders = turns.flatMap(({ text }) => text.match(/\b(?:CB|LX|TR|ND)-\d{5}\b/g) ?? [])
      expect(new Set(orders).size).toBeLessThanOrEqual(1)
    }
  })
})

describe('what is private', () => {
  const shape: Record<PiiKind, RegExp> = {
    card: /^\d[\d -]+\d$/,
    spokenCard: /^(?:(?:zero|one|two|three|four|five|six|seven|eight|nine)[, ]*){15,16}$/,
    cvv: /^\d{3}$/,
    phone: /^(?:\+44 20 7946 0|020 7946 0|01632 960 ?|\+44 1632 960)\d{3}$/,
    email: /^[a-z.]+@example\.(?:com|org)$/,
    nationalId: /^QQ \d\d \d\d \d\d [A-D]$/,
    name: /^[A-Z][a-z]+ [A-Z][a-z]+$/,
    address: /^\d+ [A-Z].+, [A-Z].+$/,
  }
  const inEnglish = many({ privateShare: 1, talkMs: 600_000 }, 3000)
  const marked = (turns: Turn[]) =>
    turns.flatMap(({ text, pii = [] }) => pii.map(({ kind, begin, end }) => ({ kind, value: text.slice(begin, end) })))

  it('is marked where it stands, and of every kind', () => {
    const all = marked(inEnglish.flat())
    for (const { kind, value } of all) expect(value).toMatch(shape[kind])
    expect(new Set(all.map(({ kind }) => kind))).toEqual(new Set(Object.keys(shape)))
    for (const { kind, value } of marked(many({ privateShare: 1, language: 'pt' }).flat())) expect(value).toMatch(shape[kind])
  })

  it('is said by the customer and never left unmarked', () => {
    for (const { role, text, pii = [] } of inEnglish.flat()) {
      if (pii.length > 0) expect(role).toBe('CUSTOMER')
      let rest = text
      for (const { begin, end } of pii.toReversed()) rest = rest.slice(0, begin) + rest.slice(end)
      expect(rest).not.toMatch(/@|\d{4} \d{4}|\d{6}|QQ|01632|7946 0/)
    }
  })

  it('has card numbers with valid check digits, written and spoken', () => {
    const digitOf: Record<string, string> = {
      one: '1',
      two: '2',
      three: '3',
      four: '4',
      five: '5',
      six: '6',
      seven: '7',
      eight: '8',
      zero: '0',
    }
    const numbers = marked(inEnglish.flat()).flatMap(({ kind, value }) => {
      if (kind === 'card') return value.replaceAll(/[ -]/g, '')
      return kind === 'spokenCard' ? value.replaceAll(/\w+/g, (word) => digitOf[word]!).replaceAll(/[, ]/g, '') : []
    })
    expect(new Set(numbers).size).toBe(7)
    for (const number of numbers) expect(luhn(number) % 10, number).toBe(0)
  })

  it('comes in the asked share of conversations', () => {
    const share = (privateShare: number): number => many({ privateShare }, 1000).filter((turns) => marked(turns).length > 0).length / 1000
    expect(share(0)).toBe(0)
    expect(share(0.125)).toBeGreaterThan(0.09)
    expect(share(0.125)).toBeLessThan(0.16)
    expect(share(1)).toBe(1)
  })
})

function luhn(number: string): number {
  return number
    .split('')
    .toReversed()
    .map((digit, i) => Number(digit) * (1 + (i % 2)))
    .reduce((sum, value) => sum + (value > 9 ? value - 9 : value), 0)
}
