import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DeliveryRow } from '#contracts/deliveries'
import { findPhrase } from '#processors/alerts/phrase'
import { startPipeline, type Pipeline } from '../../helpers/pipeline.ts'
import { contactEvent, voiceSegments, type WireSegment } from '../../helpers/wire.ts'
import { eventually } from '../../helpers/eventually.ts'

const startAt = Date.UTC(2026, 2, 2, 10)
let pipeline: Pipeline
beforeEach(async () => {
  pipeline = await startPipeline({ startAt })
  await pipeline.putRule('cancel', {
    name: 'Cancellation',
    condition: { type: 'phrase', phrases: ['cancel my subscription'], speaker: 'customer' },
  })
  await pipeline.putWebhook('hook', 'https://example.com/in', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
})
afterEach(() => pipeline.stop())

async function say(...segments: WireSegment[]): Promise<void> {
  pipeline.clock.advance(1000)
  await pipeline.send([{ kind: 'contact-lens', payload: voiceSegments('c1', segments) }])
  await pipeline.settle()
}
const piece1: WireSegment = { utterance: { id: 'u1', turn: 't1', text: 'I want to cancel', begin: 12_000, end: 13_100 } }
const piece2: WireSegment = { utterance: { id: 'u2', turn: 't1', text: 'my subscription today.', begin: 13_100, end: 14_900 } }
const whole: WireSegment = {
  turn: { id: 't1', text: 'I want to cancel my subscription today.', begin: 12_000, end: 14_900, sentiment: 'NEGATIVE' },
}
const deliveries = (): DeliveryRow[] => [...pipeline.table('callboard.deliveries').values()] as DeliveryRow[]

describe('phrase rule', () => {
  it('raises on words that run over two utterances, and confirms on the final turn: one alert, not two', async () => {
    await say(piece1)
    expect(pipeline.alerts()).toEqual([])
    await say(piece2)
    expect(pipeline.alerts()).toMatchObject([{ state: 'raised', hits: [{ turnId: 't1', confirmed: false }] }])
    await say(whole)
    expect(pipeline.alerts()).toMatchObject([
      { state: 'confirmed', hits: [{ confirmed: true }], history: [{ state: 'raised' }, { state: 'confirmed' }] },
    ])
    expect(deliveries().map((d) => d.type)).toEqual(['alert.raised', 'alert.confirmed'])
    await say(whole, piece2)
    expect(deliveries()).toHaveLength(2)
  })

  it('withdraws when the final turn says something else', async () => {
    await say(piece1, piece2)
    await say({ turn: { id: 't1', text: 'I want to counsel my subscriber today.', begin: 12_000, end: 14_900 } })
    expect(pipeline.alerts()).toMatchObject([{ state: 'withdrawn', hits: [] }])
    expect(deliveries().map((d) => d.type)).toEqual(['alert.raised', 'alert.withdrawn'])
  })

  it("shows the words with their place, and never another speaker's", async () => {
    await say({ turn: { id: 't0', text: 'Do you want to cancel my subscription?', begin: 0, end: 900, role: 'AGENT' } }, whole)
    const [alert] = pipeline.alerts()
    const [hit] = alert!.hits
    expect(alert!.hits).toHaveLength(1)
    expect(hit!.text.slice(hit!.begin, hit!.end)).toBe('cancel my subscription')
    expect(JSON.parse(deliveries()[0]!.body)).toMatchObject({
      type: 'alert.raised',
      data: { rule: { id: 'cancel', version: 1 }, words: [{ speaker: 'CUSTOMER', offsetMs: 12_000 }], link: '/contacts/c1?segment=t1' },
    })
  })

  it('judges each turn under the rules in force when it came in', async () => {
    await say({ turn: { id: 't9', text: 'Please delete my account', begin: 0, end: 900 } })
    await pipeline.putRule('delete', { name: 'Deletion', condition: { type: 'phrase', phrases: ['delete my account'], speaker: 'any' } })
    await say(whole)
    expect(pipeline.alerts().map((a) => a.ruleId)).toEqual(['cancel'])
  })
})

describe('a rule for certain queues', () => {
  const queued = () =>
    pipeline.send([
      {
        kind: 'contact-event',
        payload: contactEvent({
          contactId: 'c1',
          eventType: 'QUEUED',
          at: new Date(startAt).toISOString(),
          enqueued: new Date(startAt).toISOString(),
          queue: 'billing',
        }),
      },
    ])

  it.each([
    ['before', true],
    ['after', false],
  ])('finds the words whether the queue is known %s them', async (_, placeFirst) => {
    await pipeline.putRule('billing', {
      name: 'Billing only',
      condition: { type: 'phrase', phrases: ['cancel'], speaker: 'customer' },
      queues: ['billing'],
    })
    await pipeline.putRule('sales', {
      name: 'Sales only',
      condition: { type: 'phrase', phrases: ['cancel'], speaker: 'customer' },
      queues: ['sales'],
    })
    if (placeFirst) await queued()
    await say(whole)
    if (!placeFirst) await queued()
    await pipeline.settle()
    expect(
      pipeline
        .alerts()
        .map((a) => a.ruleId)
        .toSorted(),
    ).toEqual(['billing', 'cancel'])
  })
})

describe('what is remembered for alerts', () => {
  it('is forgotten in time, also of contacts nobody spoke in', async () => {
    await pipeline.send([
      {
        kind: 'contact-event',
        payload: contactEvent({
          contactId: 'quiet',
          eventType: 'QUEUED',
          at: new Date(startAt).toISOString(),
          enqueued: new Date(startAt).toISOString(),
        }),
      },
    ])
    await pipeline.settle()
    const kept = () => [...pipeline.table('callboard.facts').keys()].filter((key) => key.startsWith('alerts/quiet/'))
    expect(kept().length).toBeGreaterThan(0)
    pipeline.clock.advance(60 * 3_600_000)
    await eventually(() => kept().length === 0, 'the place is forgotten')
  })
})

describe('findPhrase', () => {
  it.each([
    ['I want to CANCEL, my... subscription!', ['cancel my subscription'], 'CANCEL, my... subscription'],
    ['cancellation', ['cancel'], null],
    ['Quero cancelar a ligação', ['LIGAÇÃO'], 'ligação'],
    ['I don’t want it', ["don't want"], 'don’t want'],
    ['Quero cancelar a liga\u0063\u0327a\u0303o', ['ligação'], 'liga\u0063\u0327a\u0303o'],
    ['nothing here', ['cancel', 'refund'], null],
    ['refund me or I cancel', ['cancel', 'refund'], 'refund'],
  ])('%s / %j', (text, phrases, expected) => {
    const match = findPhrase(text, phrases)
    expect(match && text.slice(match.begin, match.end)).toBe(expected)
  })
})
