import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePayload } from '#events/decode'
import type { LensTurn, Sentiment } from '#events/domain'
import { addSentiment, emptyRun, runOf, scoreOf, type ScoredTurn } from '#events/sentiment'
import { isJsonObject, type Json, type JsonObject } from '#kernel/json'
import { findSample } from '../../helpers/samples.ts'

const score = (turns: readonly ScoredTurn[]) => scoreOf(runOf(turns)) ?? 0
const tones = (text: string): ScoredTurn[] => text.split('').map((c, at) => ({ sentiment: letters[c] ?? null, at, id: String(at) }))
const letters: Record<string, Sentiment> = { '+': 'POSITIVE', '-': 'NEGATIVE', '0': 'NEUTRAL', m: 'MIXED' }
/** Voice files print one decimal, half up. */
const oneDecimal = (value: number) => Math.floor(value * 10 + 0.5) / 10

const at = (root: Json | undefined, ...path: string[]): Json | undefined =>
  path.reduce<Json | undefined>((value, name) => (isJsonObject(value) ? value[name] : undefined), root)

describe('sentiment score', () => {
  it.each([
    ['', null],
    ['0', 0],
    ['m', 0],
    ['+', 5],
    ['++++', 5],
    ['-', -5],
    ['0-+++', 25 / 8],
    ['0+', 2.5],
    ['+0+', 10 / 3],
    ['++0', 15 / 4],
    ['++m+', 20 / 5],
    ['+-', 0],
  ])('of %j is %d', (text, expected) => {
    expect(scoreOf(runOf(tones(text)))).toBe(expected)
  })

  it('leaves out turns that were not judged: they break no run', () => {
    expect(score(tones('+?+'))).toBe(score(tones('++')))
  })

  it('adds turns one by one to the same sums, in whatever order they are given at once', () => {
    const anyTurns = fc
      .array(fc.constantFrom<Sentiment>('POSITIVE', 'NEGATIVE', 'NEUTRAL', 'MIXED'))
      .map((list) => list.map((sentiment, i) => ({ sentiment, at: i, id: String(i) })))
    fc.assert(
      fc.property(anyTurns, (turns) => {
        const run = turns.reduce((sums, turn) => addSentiment(sums, turn.sentiment), emptyRun)
        expect(runOf(turns.toReversed())).toEqual(run)
        expect(Math.abs(scoreOf(run) ?? 0)).toBeLessThanOrEqual(5)
      }),
    )
  })
})

/** Turns of one participant; the guide's voice files name no contact, so one is filled in to read them. */
function turnsOf(file: JsonObject, role: string): LensTurn[] {
  const decoded = decodePayload({ ...file, CustomerMetadata: { ContactId: 'c' } }, 'contact-lens')
  if (!decoded.ok || decoded.event.kind !== 'contact-lens') throw new Error('not an analysis file')
  return decoded.event.turns.filter((turn) => turn.participantRole === role)
}

describe.each(['docs2022-postcall-raw', 'docs2022-postcall-redacted', 'real-postcall-2022'])('published scores of %s', (name) => {
  const file = findSample(`contact-lens/${name}`)
  const published = at(file, 'ConversationCharacteristics', 'Sentiment')

  it.skipIf(file === undefined).each(['AGENT', 'CUSTOMER'])('agree for %s, overall and in each quarter', (role) => {
    const turns = turnsOf(file ?? {}, role)
    const scored = turns.map((turn) => ({ sentiment: turn.sentiment, at: turn.beginOffsetMs ?? 0, id: turn.segmentId }))
    expect(oneDecimal(score(scored))).toBe(at(published, 'OverallSentiment', role))

    const quarters = at(published, 'SentimentByPeriod', 'QUARTER', role)
    const length = Math.max(...turns.map((turn) => turn.endOffsetMs ?? 0)) / 4
    const ours = [0, 1, 2, 3].map((q) => oneDecimal(score(scored.filter((turn) => turn.at >= q * length && turn.at < (q + 1) * length))))
    expect(ours).toEqual(Array.isArray(quarters) ? quarters.map((quarter) => at(quarter, 'Score')) : 'no quarters')
  })
})

describe('published scores of docs2022-postchat-raw', () => {
  const file = findSample('contact-lens/docs2022-postchat-raw')
  const published = at(file, 'ConversationCharacteristics', 'Sentiment')
  const groups = at(published, 'DetailsByTranscriptItemGroup')

  // A chat file judges groups of consecutive messages, so one group is one turn here.
  it.skipIf(file === undefined).each(['AGENT', 'CUSTOMER'])('agree for %s to the last digit', (role) => {
    const own = (Array.isArray(groups) ? groups : []).filter((group) => at(group, 'ParticipantRole') === role)
    expect(own.length).toBeGreaterThan(0)
    const scored = own.map((group, i) => ({ sentiment: at(group, 'Sentiment') as Sentiment, at: i, id: String(i) }))
    expect(score(scored)).toBe(at(published, 'OverallSentiment', 'DetailsByParticipantRole', role))
  })

  it.skipIf(file === undefined)('give every message the tone of its group', () => {
    expect(turnsOf(file ?? {}, 'AGENT').every((turn) => turn.sentiment !== null)).toBe(true)
  })
})
