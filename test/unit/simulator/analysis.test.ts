import { describe, expect, it } from 'vitest'
import { assert, boolean, constantFrom, integer, option, property, record } from 'fast-check'
import type { JsonObject } from '#kernel/json'
import type { AnalysisPlan } from '#simulator/analysis'
import { intents, type Language } from '#simulator/conversation/lines'
import { planTurns, type Course, type Turn } from '#simulator/conversation/plan'
import { createRandom } from '#simulator/random'
import type { AnalysisTruth, CategoryTruth, ConversationTruth, TurnTruth } from '#simulator/truth/alerts'
import { CONTACT_ID, play, turn, type Sent } from './listening.ts'
import { T0 } from './recording.ts'

const typesOf = (sent: readonly Sent[]): string[] => sent.map(({ event }) => event.type)
const ofType = <T extends ConversationTruth>(facts: readonly ConversationTruth[], type: T['type']): T[] =>
  facts.filter((fact): fact is T => fact.type === type)
const segmentsOf = ({ payload }: Sent): JsonObject[] => (payload['Segments'] as JsonObject[] | undefined) ?? []

const anyTalk = record({
  intent: constantFrom(...intents),
  course: constantFrom<Course>('calm', 'improving', 'falling'),
  language: constantFrom<Language>('en', 'pt'),
  channel: constantFrom<'VOICE' | 'CHAT'>('VOICE', 'CHAT'),
  talkMs: integer({ min: 20_000, max: 400_000 }),
  seed: integer(),
  /** Where in the planned talk the contact ends; mostly at its end. */
  endsAt: constantFrom(1, 1, 0.5, 0.1),
  lateShare: constantFrom(0, 0.25, 1),
  failsAt: option(constantFrom(0.1, 0.4, 0.8), { freq: 3 }),
  isPrivate: boolean(),
}).map(({ seed, endsAt, failsAt, lateShare, isPrivate, ...talk }) => {
  const paceMs = talk.channel === 'VOICE' ? 7000 : 18_000
  const turns = planTurns(createRandom(seed), { ...talk, hold: null, paceMs, privateShare: isPrivate ? 1 : 0 })
  const plan: AnalysisPlan = { turns, lateShare, ...(failsAt !== null && { failAtMs: Math.round(failsAt * talk.talkMs) }) }
  const given = { lastsMs: Math.round(endsAt * talk.talkMs), channel: talk.channel, seed }
  return { ...given, turns, isWhole: endsAt === 1 && failsAt === null, plan, heard: play(plan, given), again: () => play(plan, given) }
})

describe('an analysed contact', () => {
  it('is STARTED once and first, and COMPLETED or FAILED once and last', () => {
    assert(
      property(anyTalk, ({ heard: { sent, facts } }) => {
        const types = typesOf(sent)
        const end = types.at(-1)!
        expect(types.filter((type) => type !== 'SEGMENTS')).toEqual(['STARTED', end])
        expect(types[0]).toBe('STARTED')
        expect(sent.filter(({ at }) => at === sent.at(-1)!.at)).toHaveLength(1)
        expect(ofType<AnalysisTruth>(facts, 'analysis')).toEqual([
          expect.objectContaining({ contactId: CONTACT_ID, startedAt: T0, end: end.toLowerCase(), endedAt: sent.at(-1)!.at }),
        ])
      }),
    )
  })

  it('gives the same bytes for the same seed', () => {
    assert(
      property(anyTalk, ({ heard, again }) => {
        expect(JSON.stringify(again())).toBe(JSON.stringify(heard))
      }),
    )
  })

  it('tells each turn in pieces that make it again, and says nothing of words not yet spoken', () => {
    assert(
      property(anyTalk, ({ heard: { sent } }) => {
        const pieces = new Map<string, string[]>()
        for (const { at, event } of sent) {
          for (const said of event.turns) {
            expect(at).toBeGreaterThan(said.saidAt ?? T0 + said.endOffsetMs!)
            if (event.channel === 'CHAT') continue
            const before = pieces.get(said.turnId) ?? []
            if (said.type === 'turn') expect(before.join(' ')).toBe(said.text)
            else pieces.set(said.turnId, [...before, said.text])
          }
        }
      }),
    )
  })

  it('holds every planned turn when nothing breaks off', () => {
    assert(
      property(anyTalk, ({ isWhole, turns, heard: { sent } }) => {
        if (!isWhole) return
        const finals = sent.flatMap(({ event }) => event.turns.filter(({ type }) => type === 'turn'))
        const told = finals.map(({ participantRole, text, sentiment }) => ({ participantRole, text, sentiment }))
        const planned = turns.map(({ role, text, tone }) => ({ participantRole: role, text, sentiment: tone }))
        expect(new Set(told.map((turn) => JSON.stringify(turn)))).toEqual(new Set(planned.map((turn) => JSON.stringify(turn))))
        expect(finals).toHaveLength(turns.length)
      }),
    )
  })

  it('has a truth that agrees with what was sent', () => {
    assert(
      property(anyTalk, ({ heard: { sent, facts } }) => {
        const told = sent.flatMap(({ at, event }) => event.turns.map((said) => ({ ...said, at })))
        for (const truth of ofType<TurnTruth>(facts, 'turn')) {
          const own = told.filter(({ turnId }) => turnId === truth.turnId)
          const final = own.find(({ type }) => type === 'turn')
          expect(truth.finalSentAt).toBe(final?.at ?? null)
          expect(final?.text ?? truth.text).toBe(truth.text)
          expect(truth.pieces.map(({ text, sentAt }) => ({ text, at: sentAt }))).toEqual(
            own.filter(({ type }) => type === 'utterance').map(({ text, at }) => ({ text, at })),
          )
          if (final?.endOffsetMs != null) {
            expect([truth.beginAt, truth.endAt]).toEqual([T0 + final.beginOffsetMs!, T0 + final.endOffsetMs])
          } else if (final) expect(truth.endAt).toBe(final.saidAt)
          for (const { begin, end } of truth.pii) expect(truth.text.slice(begin, end)).not.toBe('')
          for (const { end } of truth.pii) expect(end).toBeLessThanOrEqual(truth.text.length)
        }
        expect(new Set(told.map(({ turnId }) => turnId)).size).toBe(ofType(facts, 'turn').length)
        const names = sent.flatMap(({ at, event }) => event.categories.map(({ name }) => ({ name, sentAt: at })))
        expect(new Set(names.map(({ name }) => name)).size).toBe(names.length)
        const noted = ofType<CategoryTruth>(facts, 'category').map(({ name, sentAt }) => ({ name, sentAt }))
        expect(noted.toSorted((a, b) => a.name.localeCompare(b.name))).toEqual(names.toSorted((a, b) => a.name.localeCompare(b.name)))
      }),
    )
  })

  it('cuts off whoever is speaking when the contact ends', () => {
    const turns = [turn('AGENT', 'one two three four five six seven eight nine ten eleven twelve', 1000, 13_000)]
    const { sent, facts } = play({ turns }, { lastsMs: 8500 })
    const final = sent.flatMap(({ event }) => event.turns).find(({ type }) => type === 'turn')!
    expect(final.text).toMatch(/^one two three four( five){0,1}( six){0,1}$/)
    expect(final.endOffsetMs).toBeLessThan(8500)
    expect(ofType<TurnTruth>(facts, 'turn')[0]).toMatchObject({ text: final.text, endAt: T0 + final.endOffsetMs! })
    expect(typesOf(sent).at(-1)).toBe('COMPLETED')
  })

  it('tells nothing of a turn whose first piece was not over', () => {
    const { sent, facts } = play({ turns: [turn('AGENT', 'one two three', 1000, 4000)] }, { lastsMs: 3000 })
    expect(typesOf(sent)).toEqual(['STARTED', 'COMPLETED'])
    expect(ofType(facts, 'turn')).toEqual([])
  })

  it('is silent after FAILED, whatever was still to be said or told', () => {
    const turns = [
      turn('CUSTOMER', 'I want to cancel all of it today', 1000, 4000),
      turn('AGENT', 'one two three four five six seven eight nine ten', 5000, 15_000),
      turn('CUSTOMER', 'too late', 16_000, 17_000),
    ]
    const { sent, facts } = play({ turns, failAtMs: 12_000, lateShare: 1 }, { lastsMs: 20_000 })
    expect(typesOf(sent).at(-1)).toBe('FAILED')
    expect(typesOf(sent)).not.toContain('COMPLETED')
    expect(sent.at(-1)!.at).toBe(T0 + 13_200)
    const [first, second, ...others] = ofType<TurnTruth>(facts, 'turn')
    expect(first!.finalSentAt).toBe(T0 + 4550)
    expect(second).toMatchObject({ finalSentAt: null, text: second!.pieces.map(({ text }) => text).join(' ') })
    expect(others).toEqual([])
  })

  it('sends late categories in a message of their own, before COMPLETED', () => {
    const turns = [turn('CUSTOMER', 'I want to cancel all of it today', 1000, 4000)]
    const late = play({ turns, lateShare: 1 }, { lastsMs: 30_000 }).sent
    const own = late.find(({ event }) => event.categories.length > 0)!
    expect(segmentsOf(own).flatMap((segment) => Object.keys(segment))).toEqual(['Categories'])
    expect(own.at - T0).toBeGreaterThanOrEqual(4550 + 2000)
    const hurried = play({ turns, lateShare: 1 }, { lastsMs: 5000 }).sent
    expect(hurried.slice(-2).map(({ event }) => [event.type, event.categories.length])).toEqual([
      ['SEGMENTS', 1],
      ['COMPLETED', 0],
    ])
    const prompt = play({ turns, lateShare: 0 }, { lastsMs: 30_000 }).sent.find(({ event }) => event.categories.length > 0)!
    expect(segmentsOf(prompt).flatMap((segment) => Object.keys(segment))).toEqual(['Transcript', 'Categories'])
  })
})

describe('on the wire', () => {
  const common = { AccountId: '111122223333', InstanceId: '10000000-0000-4000-8000-00000000de00', ContactId: CONTACT_ID }
  const turns: Turn[] = [
    { ...turn('CUSTOMER', 'I want to cancel my subscription today.', 12_000, 14_900), tone: 'NEGATIVE', issue: { begin: 0, end: 38 } },
  ]

  it('a call looks as in Amazon’s sample', () => {
    const { sent } = play({ turns, lateShare: 0 }, { lastsMs: 20_000 })
    const head = { Version: '1.0.0', Channel: 'VOICE', ...common, LanguageCode: 'en-GB' }
    const final = sent.at(-2)!
    const points = { PointsOfInterest: [{ BeginOffsetMillis: 12_000, EndOffsetMillis: 14_900 }] }
    expect(sent[0]!.payload).toEqual({ ...head, EventType: 'STARTED' })
    expect(final.payload).toEqual({
      ...head,
      EventType: 'SEGMENTS',
      Segments: [
        {
          Transcript: {
            Id: final.event.turns[0]!.turnId,
            ParticipantId: 'CUSTOMER',
            ParticipantRole: 'CUSTOMER',
            Content: 'I want to cancel my subscription today.',
            BeginOffsetMillis: 12_000,
            EndOffsetMillis: 14_900,
            Sentiment: 'NEGATIVE',
            IssuesDetected: [{ CharacterOffsets: { BeginOffsetChar: 0, EndOffsetChar: 38 } }],
          },
        },
        { Categories: { MatchedCategories: ['Cancellation intent'], MatchedDetails: { 'Cancellation intent': points } } },
      ],
    })
    expect(Object.keys((segmentsOf(sent[1]!)[0] as { Utterance: JsonObject }).Utterance)).toEqual([
      'Id',
      'TranscriptId',
      'ParticipantId',
      'ParticipantRole',
      'PartialContent',
      'BeginOffsetMillis',
      'EndOffsetMillis',
    ])
    expect(sent.at(-1)!.payload).toEqual({ ...head, EventType: 'COMPLETED' })
  })

  it('a chat looks as in Amazon’s samples, its settings spelt in two ways', () => {
    const { sent } = play({ turns, lateShare: 0 }, { lastsMs: 20_000, channel: 'CHAT' })
    const head = { Version: '2.0.0', Channel: 'CHAT', ...common }
    const settings = { LanguageCode: 'en-GB', Output: 'Raw' }
    expect(sent[0]!.payload).toEqual({ ...head, StreamingEventType: 'STARTED', StreamingSettings: settings })
    expect(sent.at(-1)!.payload).toEqual({ ...head, StreamingEventType: 'COMPLETED', StreamingEventSettings: settings })
    const { payload, event } = sent[1]!
    const id = event.turns[0]!.turnId
    const text = 'I want to cancel my subscription today.'
    const item = { Id: id, CharacterOffsets: { BeginOffsetChar: 0, EndOffsetChar: text.length } }
    expect(payload).toEqual({
      ...head,
      OutputType: 'Raw',
      StreamingEventType: 'SEGMENTS',
      StreamingSettings: settings,
      Segments: [
        {
          Transcript: {
            Id: id,
            ParticipantId: event.turns[0]!.participantId,
            ParticipantRole: 'CUSTOMER',
            DisplayName: 'Customer',
            Content: text,
            ContentType: 'text/plain',
            Time: { AbsoluteTime: new Date(T0 + 14_900).toISOString() },
            Sentiment: 'NEGATIVE',
          },
        },
        {
          Issues: {
            IssuesDetected: [
              { TranscriptItems: [{ Content: text.slice(0, 38), Id: id, CharacterOffsets: { BeginOffsetChar: 0, EndOffsetChar: 38 } }] },
            ],
          },
        },
        { Categories: { MatchedDetails: { 'Cancellation intent': { PointsOfInterest: [{ TranscriptItems: [item] }] } } } },
      ],
    })
    expect(sent[2]!.event.skipped).toEqual({ Event: 1 })
  })
})
