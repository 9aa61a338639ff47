import { describe, expect, it } from 'vitest'
import { intents } from '#simulator/conversation/lines'
import { planTurns } from '#simulator/conversation/plan'
import { toPieces } from '#simulator/conversation/speech'
import { createRandom } from '#simulator/random'
import { createConversation, listen } from '#ingest/redaction/conversation'
import { createDetectors } from '#ingest/redaction/detectors'
import { hide } from '#ingest/redaction/hide'
import { hitsOf, readCorpus } from '../../../helpers/pii-corpus.ts'

const corpus = readCorpus()
const isReadable = (text: string): boolean => /[\p{L}\p{N}]/u.test(text)
const share = (part: number, whole: number): number => (whole === 0 ? 1 : part / whole)

describe('the corpus of personal data', () => {
  const recall = new Map<string, { found: number; all: number }>()
  const precision = new Map<string, { right: number; all: number }>()
  const missed: string[] = []
  const wrong: string[] = []
  for (const conversation of corpus) {
    const hits = hitsOf(conversation)
    for (const [i, { text, marks, at }] of conversation.turns.entries()) {
      const masked = hide(text, hits[i]!, 'mask')
      for (const { label, begin, end } of marks) {
        const count = recall.get(label) ?? { found: 0, all: 0 }
        const isFound = !isReadable(masked.slice(begin, end))
        recall.set(label, { found: count.found + Number(isFound), all: count.all + 1 })
        if (!isFound) missed.push(`${at} ${label}: ${masked}`)
      }
      for (const { detector, begin, end } of hits[i]!) {
        const count = precision.get(detector) ?? { right: 0, all: 0 }
        const isRight = marks.some((mark) => mark.begin < end && begin < mark.end)
        precision.set(detector, { right: count.right + Number(isRight), all: count.all + 1 })
        if (!isRight) wrong.push(`${at} ${detector}: ${text}`)
      }
    }
  }

  it('has at least 300 lines, a third of them harmless', () => {
    const turns = corpus.flatMap((conversation) => conversation.turns)
    expect(turns.length).toBeGreaterThan(300)
    expect(turns.filter(({ marks }) => marks.length === 0).length).toBeGreaterThan(100)
  })

  it('loses no card number, and next to nothing else', () => {
    console.log('recall   ', [...recall].map(([label, { found, all }]) => `${label} ${found}/${all}`).join(', '))
    for (const label of ['card', 'part']) {
      const { found, all } = recall.get(label)!
      expect(all).toBeGreaterThan(50)
      expect(share(found, all), missed.join('\n')).toBeGreaterThanOrEqual(0.99)
    }
    for (const [label, { found, all }] of recall) expect([label, share(found, all) >= 0.9]).toEqual([label, true])
  })

  it('hides little that is harmless', () => {
    console.log('precision', [...precision].map(([detector, { right, all }]) => `${detector} ${right}/${all}`).join(', '))
    for (const { name } of createDetectors()) {
      const { right, all } = precision.get(name) ?? { right: 0, all: 0 }
      expect([name, all > 2, share(right, all) >= 0.9]).toEqual([name, true, true])
    }
    expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(5)
  })
})

/** Conversations nobody wrote with these detectors in mind, and whose private words are known. */
describe("the simulator's conversations, said in pieces of five words", () => {
  const detectors = createDetectors()
  /** Without a list of names, names and addresses are just words. */
  const isFindable = (kind: string): boolean => kind !== 'name' && kind !== 'address'
  const counts = { turns: 0, private: 0, missed: 0, cards: 0, wrong: 0 }
  const readable: number[] = []
  for (let seed = 0; seed < 240; seed++) {
    const language = seed % 3 === 0 ? 'pt' : 'en'
    const intent = intents[seed % intents.length]!
    const plan = { intent, course: 'calm', talkMs: 180_000, hold: null, paceMs: 7000, language, privateShare: seed % 2 } as const
    const conversation = createConversation(true)
    const hear = (segmentId: string, turnId: string, speaker: string, order: number, text: string) =>
      hide(
        text,
        listen(conversation, [{ speaker, segmentId, turnId, isFinal: segmentId === turnId, order, text }], {
          languageCode: language,
          detectors,
        })[0]!,
        'mask',
      )
    for (const [i, turn] of planTurns(createRandom(seed), plan).entries()) {
      const id = `t${i}`
      const pieces = toPieces(turn, 5)
        .map((piece, k) => hear(`${id}/${k}`, id, turn.role, piece.beginMs, piece.text))
        .join(' ')
      const masked = hear(id, id, turn.role, turn.beginMs, turn.text)
      const wanted = (turn.pii ?? []).filter(({ kind }) => isFindable(kind))
      counts.turns++
      counts.private += wanted.length
      for (const { kind, begin, end } of wanted) {
        if (isReadable(masked.slice(begin, end))) counts.missed++
        if (/card/i.test(kind)) {
          counts.cards++
          readable.push(pieces.slice(begin, end).match(/[a-z]+|\d/gi)?.length ?? 0)
        }
      }
      if (masked !== turn.text && wanted.length === 0) counts.wrong++
    }
  }

  it('lose what is private and keep what is not', () => {
    console.log(`simulator: ${JSON.stringify(counts)}`)
    expect(counts.private).toBeGreaterThan(100)
    expect(share(counts.private - counts.missed, counts.private)).toBeGreaterThanOrEqual(0.99)
    expect(share(counts.turns - counts.wrong, counts.turns)).toBeGreaterThanOrEqual(0.998)
  })

  it('show at most six digits of a card number in what comes before the turn is whole', () => {
    expect(counts.cards).toBeGreaterThan(20)
    expect(Math.max(...readable)).toBeLessThanOrEqual(6)
  })
})
