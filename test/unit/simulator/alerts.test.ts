import { describe, expect, it } from 'vitest'
import { array, assert, constantFrom, property } from 'fast-check'
import { alertRuleSchema } from '#contracts/settings'
import { findPhrase } from '#processors/alerts/phrase'
import { intents } from '#simulator/conversation/lines'
import { planTurns } from '#simulator/conversation/plan'
import { createRandom } from '#simulator/random'
import { alertsOf, type PhraseRule, type TurnTruth } from '#simulator/truth/alerts'
import { CONTACT_ID, play, turn } from './listening.ts'
import { T0 } from './recording.ts'

const rule = (id: string, ...phrases: string[]): PhraseRule => ({
  id,
  rule: alertRuleSchema.parse({ name: id, condition: { type: 'phrase', phrases } }),
})
const ruleWith = (more: Partial<PhraseRule['rule']>, ...phrases: string[]): PhraseRule => {
  const { id, rule: plain } = rule('r', ...phrases)
  return { id, rule: { ...plain, ...more } }
}

/** Pieces end each second from 1000 on and are sent 250 ms later, the whole turn 550 ms after the last. */
function said(turnId: string, pieces: string[], more: Partial<TurnTruth> = {}): TurnTruth {
  const endAt = pieces.length * 1000
  return {
    type: 'turn',
    at: endAt,
    contactId: 'c1',
    turnId,
    role: 'CUSTOMER',
    text: pieces.join(' '),
    tone: 'NEUTRAL',
    beginAt: 0,
    endAt,
    pieces: pieces.map((text, i) => ({ text, endAt: (i + 1) * 1000, sentAt: (i + 1) * 1000 + 250 })),
    finalSentAt: endAt + 550,
    pii: [],
    ...more,
  }
}

const contacts = new Map([['c1', { queueId: 'q1' }]])
const statesOf = (turns: TurnTruth[], rules: PhraseRule[]): string[] => alertsOf(turns, rules, contacts).map(({ state }) => state)

describe('the alerts that must be raised', () => {
  it('come with the first piece that completes the phrase', () => {
    const turns = [said('t1', ['Honestly, I want', 'to cancel', 'everything today.'])]
    expect(alertsOf(turns, [rule('leave', 'cancel everything')], contacts)).toEqual([
      {
        contactId: 'c1',
        ruleId: 'leave',
        turnId: 't1',
        spokenAt: 3000,
        sentAt: 3250,
        confirmedAt: 3550,
        state: 'confirmed',
        turnIds: ['t1'],
      },
    ])
    expect(alertsOf(turns, [rule('leave', 'to cancel')], contacts)[0]).toMatchObject({ spokenAt: 2000, sentAt: 2250, confirmedAt: 3550 })
  })

  it('do not mind case, punctuation, the kind of apostrophe and accents written in two ways', () => {
    const turns = [said('t1', ['I’m DONE; cancel,', 'everything!', 'É inaceitável.'.normalize('NFD')])]
    for (const phrase of ["i'm done", 'Cancel... everything', 'é inaceitável'])
      expect(statesOf(turns, [rule('r', phrase)])).toEqual(['confirmed'])
  })

  it('mind whole words and their order', () => {
    const turns = [said('t1', ['I will cancel', 'nothing, everything cancelled is mine'])]
    for (const phrase of ['cancel everything', 'everything cancel', 'ancel', 'cancel i'])
      expect(statesOf(turns, [rule('r', phrase)])).toEqual([])
  })

  it('do not come from two turns put together', () => {
    expect(statesOf([said('t1', ['I want to cancel']), said('t2', ['everything'])], [rule('r', 'cancel everything')])).toEqual([])
  })

  it('are one for a contact and rule, confirmed by the first whole turn', () => {
    const later = said('t2', ['cancel it'], { pieces: [{ text: 'cancel it', endAt: 9000, sentAt: 9250 }], endAt: 9000, finalSentAt: 9550 })
    const other = { ...said('t3', ['cancel it']), contactId: 'c2' }
    const alerts = alertsOf([later, said('t1', ['cancel it', 'now']), other], [rule('r', 'cancel it')], contacts)
    expect(alerts).toHaveLength(2)
    expect(alerts[0]).toMatchObject({ contactId: 'c1', turnId: 't1', sentAt: 1250, confirmedAt: 2550, turnIds: ['t1', 't2'] })
  })

  it('need the right speaker', () => {
    const turns = [said('t1', ['I can cancel it'], { role: 'AGENT' })]
    const [customer, agent, any] = (['customer', 'agent', 'any'] as const).map((speaker) =>
      statesOf(turns, [ruleWith({ condition: { type: 'phrase', phrases: ['cancel'], speaker } }, 'cancel')]),
    )
    expect([customer, agent, any]).toEqual([[], ['confirmed'], ['confirmed']])
  })

  it('need an enabled rule and its queue', () => {
    const turns = [said('t1', ['cancel it'])]
    expect(statesOf(turns, [ruleWith({ enabled: false }, 'cancel')])).toEqual([])
    expect(statesOf(turns, [ruleWith({ queues: ['q2'] }, 'cancel')])).toEqual([])
    expect(statesOf(turns, [ruleWith({ queues: ['q2', 'q1'] }, 'cancel')])).toEqual(['confirmed'])
    expect(alertsOf(turns, [ruleWith({ queues: ['q1'] }, 'cancel')], new Map())).toEqual([])
  })

  it('stay raised when the analysis fails before the whole turn', () => {
    const turns = [said('t1', ['cancel it'], { finalSentAt: null })]
    expect(alertsOf(turns, [rule('r', 'cancel it')], contacts)[0]).toMatchObject({ sentAt: 1250, confirmedAt: null, state: 'raised' })
  })

  it('are withdrawn when the whole turn reads otherwise, unless another holds the phrase', () => {
    const misheard = said('t1', ['cancel it'], { text: 'council it' })
    expect(statesOf([misheard], [rule('r', 'cancel it')])).toEqual(['withdrawn'])
    expect(statesOf([misheard, said('t2', ['cancel it'])], [rule('r', 'cancel it')])).toEqual(['confirmed'])
    expect(statesOf([misheard, said('t2', ['cancel it'], { finalSentAt: null })], [rule('r', 'cancel it')])).toEqual(['raised'])
  })

  it('come with the whole turn when no piece told, as in chat', () => {
    const turns = [said('t1', [], { text: 'please cancel it', endAt: 4000, finalSentAt: 4550 })]
    expect(alertsOf(turns, [rule('r', 'cancel it')], contacts)[0]).toMatchObject({ spokenAt: 4000, sentAt: 4550, confirmedAt: 4550 })
  })

  it('are found where the product finds the phrase, though by other means', () => {
    const word = constantFrom('cancel', 'it', 'IT', "it's", 'it’s', "'it'", 'é', '7', '-', '.', ',it', 'cancel…', "a''b")
    const text = array(word, { maxLength: 8 }).map((words) => words.join(' '))
    const phrase = array(word, { minLength: 1, maxLength: 2 }).map((words) => words.join(' '))
    assert(
      property(text, phrase, (text, phrase) => {
        const found = alertsOf(
          [said('t', [], { text })],
          [{ id: 'r', rule: { enabled: true, condition: { type: 'phrase', phrases: [phrase], speaker: 'any' }, queues: [] } }],
          contacts,
        )
        expect(found.length > 0).toBe(findPhrase(text, [phrase]) !== null)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the alerts of a simulated dialogue', () => {
  const turnsIn = (facts: ReturnType<typeof play>['facts']): TurnTruth[] => facts.filter((fact): fact is TurnTruth => fact.type === 'turn')

  it('are those worked out by hand', () => {
    // Pieces have four to six words: the last two of eight words are always in the second piece, four words in one.
    const { facts } = play(
      {
        turns: [
          turn('AGENT', 'do you want to cancel everything with us', 1000, 4000),
          turn('CUSTOMER', 'yes I have told you to cancel everything', 5000, 8000),
          turn('CUSTOMER', 'please cancel my contract', 9000, 11_000),
        ],
      },
      { lastsMs: 20_000 },
    )
    const alerts = alertsOf(
      turnsIn(facts),
      [rule('all', 'cancel everything'), rule('any', 'cancel my', 'told you to cancel everything')],
      new Map(),
    )
    const [second, third] = turnsIn(facts)
      .filter(({ role }) => role === 'CUSTOMER')
      .map(({ turnId }) => turnId)
    const raised = {
      contactId: CONTACT_ID,
      turnId: second,
      spokenAt: T0 + 8000,
      sentAt: T0 + 8250,
      confirmedAt: T0 + 8550,
      state: 'confirmed',
    }
    expect(alerts).toEqual([
      { ...raised, ruleId: 'all', turnIds: [second] },
      { ...raised, ruleId: 'any', turnIds: [second, third] },
    ])
  })

  it('are raised by a message that really holds the phrase, and by none before it', () => {
    let alertCount = 0
    for (let seed = 0; seed < 120; seed++) {
      const channel = seed % 4 === 0 ? 'CHAT' : 'VOICE'
      const intent = intents[seed % intents.length]!
      const talk = { intent, course: 'falling', talkMs: 240_000, hold: null, paceMs: 7000, channel } as const
      const turns = planTurns(createRandom(seed), talk)
      const { sent, facts } = play({ turns, ...(seed % 3 === 0 && { failAtMs: 120_000 }) }, { lastsMs: 240_000, channel, seed })
      const customer = sent.flatMap(({ at, event }) =>
        event.turns.filter((said) => said.participantRole === 'CUSTOMER').map((said) => ({ ...said, at })),
      )
      const [alert, ...others] = alertsOf(turnsIn(facts), [rule('r', 'never', 'third time', 'supervisor', 'every')], new Map())
      const expected = customer.findIndex((said, i) => {
        const soFar = customer.slice(0, i).filter((other) => other.turnId === said.turnId)
        const text = said.type === 'turn' ? said.text : [...soFar, said].map((piece) => piece.text).join(' ')
        return /\b(never|third time|supervisor|every)\b/i.test(text)
      })
      expect(others).toEqual([])
      expect(alert?.sentAt).toBe(customer[expected]?.at)
      expect(alert?.turnId).toBe(customer[expected]?.turnId)
      if (alert) alertCount++
    }
    expect(alertCount).toBeGreaterThan(20)
    expect(alertCount).toBeLessThan(110)
  })
})
