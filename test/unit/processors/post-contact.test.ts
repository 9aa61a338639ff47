import { afterEach, describe, expect, it } from 'vitest'
import type { JsonObject } from '#kernel/json'
import { startPipeline, type Pipeline, type TestEvent } from '../../helpers/pipeline.ts'
import { eventually } from '../../helpers/eventually.ts'
import { contactEvent, postContactFile, voiceSegments } from '../../helpers/wire.ts'

const T0 = Date.parse('2026-03-02T10:00:00Z')
const MINUTE = 60_000
let pipeline: Pipeline
afterEach(() => pipeline.stop())

const lens = (payload: JsonObject, at: number): TestEvent => ({ kind: 'contact-lens', payload, at })
const live: TestEvent[] = [
  lens(
    voiceSegments('c1', [
      { turn: { id: 'live-1', text: 'I want to canned soul', begin: 0, end: 900, sentiment: 'POSITIVE' } },
      { turn: { id: 'live-2', text: 'right now', begin: 1000, end: 1500, sentiment: 'POSITIVE' } },
    ]),
    T0,
  ),
  lens(voiceSegments('c1', [{ utterance: { id: 'u1', turn: 'live-3', text: 'please', begin: 2000, end: 2500 } }]), T0 + 1000),
]
const turn = (Id: string, Content: string, Sentiment: string) => ({
  Id,
  ParticipantId: 'CUSTOMER',
  Content,
  Sentiment,
  BeginOffsetMillis: 0,
  EndOffsetMillis: 1500,
})
const raw = lens(postContactFile('c1', [turn('file-1', 'I want to cancel right now, card 4111', 'NEGATIVE')]), T0 + 5 * MINUTE)
const redacted = lens(
  postContactFile('c1', [turn('file-1', 'I want to cancel right now, card [PII]', 'NEGATIVE')], 'Redacted'),
  T0 + 5 * MINUTE,
)
const again = lens(postContactFile('c1', [turn('file-9', 'I want to cancel. Right now.', 'NEUTRAL')], 'Redacted'), T0 + 9 * MINUTE)

async function fold(batches: readonly (readonly TestEvent[])[], startAt = T0 + 10 * MINUTE) {
  pipeline = await startPipeline({ startAt })
  for (const events of batches) {
    await pipeline.send(events)
    await pipeline.settle()
  }
  return {
    turns: pipeline.rowsOf('turn').map(({ turnId, text, outputType }) => `${outputType} ${turnId} ${text}`),
    score: pipeline.rowsOf('contact')[0]?.sentiment.customer?.score,
    rows: pipeline.rows().toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  }
}

describe('a post-contact file', () => {
  it('stands in place of the live turns, whatever their ids, and corrects the score', async () => {
    expect((await fold([live])).score).toBe(5)
    await pipeline.stop()
    const { turns, score } = await fold([live, [raw]])
    expect(turns).toEqual(['raw file-1 I want to cancel right now, card 4111'])
    expect(score).toBe(-5)
  })

  it('gives the same rows in any order and after a move, down to what is kept in memory', async () => {
    const expected = await fold([live, [raw], [redacted], [again]])
    expect(expected.turns).toEqual(['redacted file-9 I want to cancel. Right now.'])
    const facts = [...pipeline.table('callboard.facts').keys()].toSorted()
    for (const order of [
      [[again], [redacted], [raw], live.toReversed()],
      [[redacted], live, [again, raw]],
      [[raw, again], live, [redacted]],
    ]) {
      await pipeline.stop()
      const found = await fold(order)
      expect(found.rows).toEqual(expected.rows)
      await pipeline.move()
      await pipeline.send([live[0]!])
      await pipeline.settle()
      expect(pipeline.rowsOf('turn')).toHaveLength(1)
      expect([...pipeline.table('callboard.facts').keys()].toSorted()).toEqual(facts)
    }
  })

  it('prefers the redacted file to a raw one that comes later', async () => {
    const { turns } = await fold([[redacted], [{ ...raw, at: T0 + 9 * MINUTE }]])
    expect(turns).toEqual(['redacted file-1 I want to cancel right now, card [PII]'])
  })

  it('without a word in it takes nothing away', async () => {
    const { turns } = await fold([live, [lens(postContactFile('c1', []), T0 + 5 * MINUTE)]])
    expect(turns).toHaveLength(3)
  })

  it('of an age is history: the contact is marked and no sign of life is seen in it', async () => {
    const { rows } = await fold([[raw]], T0 + 60 * 60 * MINUTE)
    expect(rows).toEqual(expect.arrayContaining([expect.objectContaining({ kind: 'contact', backfill: true, state: 'ended' })]))
  })

  it('does not bring back a contact that was given up', async () => {
    pipeline = await startPipeline({ startAt: T0 })
    await pipeline.send([
      {
        kind: 'contact-event',
        payload: contactEvent({ contactId: 'c1', eventType: 'INITIATED', at: '2026-03-02T10:00:00.000Z' }),
      },
    ])
    await pipeline.settle()
    pipeline.clock.advance(8 * 60 * MINUTE)
    const state = () => pipeline.rowsOf('contact')[0]?.state
    await eventually(() => state() === 'ended', 'it is given up')
    await pipeline.send([{ ...raw, at: T0 + 7 * 60 * MINUTE }])
    await pipeline.settle()
    expect(pipeline.rowsOf('turn')).toHaveLength(1)
    expect(state()).toBe('ended')
  })
})
