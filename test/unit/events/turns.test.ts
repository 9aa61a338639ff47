import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LensTurn } from '#events/domain'
import { addTurnPart, assembleTurn, emptyTurn, type TurnPart } from '#events/turns'

const utterance = (segmentId: string, text: string, beginOffsetMs: number, endOffsetMs: number): LensTurn => ({
  type: 'utterance',
  segmentId,
  turnId: 't-1',
  participantId: 'CUSTOMER',
  participantRole: 'CUSTOMER',
  text,
  contentType: null,
  sentiment: null,
  beginOffsetMs,
  endOffsetMs,
  saidAt: null,
})
const first = utterance('u-1', 'I want to cancel', 12_000, 13_100)
const second = utterance('u-2', 'my subscription today.', 13_100, 14_900)
const final: LensTurn = {
  ...first,
  type: 'turn',
  segmentId: 't-1',
  text: 'I want to cancel my subscription today.',
  sentiment: 'NEGATIVE',
  endOffsetMs: 14_900,
}

const part = (piece: LensTurn, arrivalTime = 1): TurnPart => ({
  piece,
  version: { eventTime: arrivalTime, arrivalTime, id: `e${arrivalTime}` },
})
const assemble = (parts: readonly TurnPart[]) => assembleTurn(parts.reduce(addTurnPart, emptyTurn))

describe('turns', () => {
  it('is nothing before anything is said', () => {
    expect(assemble([])).toBeNull()
  })

  it('joins utterances in the order they were spoken', () => {
    expect(assemble([part(second), part(first)])).toMatchObject({
      text: 'I want to cancel my subscription today.',
      isFinal: false,
      beginOffsetMs: 12_000,
      endOffsetMs: 14_900,
      newest: { segmentId: 'u-2' },
    })
  })

  it('takes the latest of an utterance that is sent again', () => {
    const longer = { ...first, text: 'I want to cancel all of' }
    for (const parts of [
      [part(first, 1), part(longer, 2)],
      [part(longer, 2), part(first, 1)],
    ]) {
      expect(assemble(parts)?.text).toBe('I want to cancel all of')
    }
  })

  it('takes the one that reaches further when one message holds an utterance twice', () => {
    const longer = { ...first, text: 'I want', endOffsetMs: 13_500 }
    expect(assemble([part(longer), part(first)])?.text).toBe('I want')
  })

  it('lets the final transcript replace the utterances, also when it comes first', () => {
    for (const parts of [
      [part(first), part(second), part(final)],
      [part(final), part(second), part(first)],
    ]) {
      expect(assemble(parts)).toMatchObject({ text: final.text, isFinal: true, newest: { sentiment: 'NEGATIVE' } })
      expect(parts.reduce(addTurnPart, emptyTurn).utterances).toEqual([])
    }
  })

  it('comes out the same in any order and with repeats', () => {
    const anyPart = fc.record({
      piece: fc.constantFrom(
        first,
        second,
        { ...first, text: 'I' },
        { ...second, beginOffsetMs: 11_000 },
        { ...first, participantRole: 'AGENT' },
      ),
      version: fc.record({ eventTime: fc.nat(2), arrivalTime: fc.nat(2), id: fc.constantFrom('a', 'b') }),
    })
    const shuffled = fc
      .array(fc.oneof({ weight: 6, arbitrary: anyPart }, { weight: 1, arbitrary: fc.constant(part(final)) }), { minLength: 1 })
      .chain((parts) => fc.tuple(fc.constant(parts), fc.shuffledSubarray([...parts, ...parts], { minLength: parts.length * 2 })))
    fc.assert(
      fc.property(shuffled, ([parts, again]) => {
        expect(again.reduce(addTurnPart, emptyTurn)).toEqual(parts.reduce(addTurnPart, emptyTurn))
      }),
    )
  })
})
