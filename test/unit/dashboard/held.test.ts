import { describe, expect, it } from 'vitest'
import type { Delta, Snapshot } from '#contracts/live'
import { askAgain, emptyHeld, takeAnswer, takeDelta, type Held } from '../../../dashboard/src/live/held.ts'
import { iso, queue, T0 } from './samples.ts'

const snapshot = (changes: Partial<Snapshot> = {}, asOf = T0): Snapshot => ({
  subscription: 'sub',
  epoch: 'one',
  seq: 7,
  snapshot: { rows: { billing: queue() }, asOf: iso(asOf) },
  ...changes,
})
const delta = (changes: Partial<Delta> = {}): Delta => ({
  subscription: 'sub',
  epoch: 'one',
  seq: 8,
  set: {},
  del: [],
  asOf: iso(T0 + 1000),
  ...changes,
})
function held(from = snapshot()): Held {
  const result = takeAnswer(emptyHeld, from)
  if (result.kind !== 'taken') throw new Error(result.kind)
  return result.held
}

describe('a subscription', () => {
  it('takes the snapshot and the next delta', () => {
    const result = takeDelta(held(), delta({ set: { sales: queue({ id: 'sales' }) }, del: ['billing'] }))
    expect(result).toMatchObject({ kind: 'applied', held: { seq: 8, asOf: T0 + 1000 } })
    expect(result.kind === 'applied' && Object.keys(result.held.rows ?? {})).toEqual(['sales'])
  })

  it.each([
    ['a number left out', { seq: 9 }, 'gap'],
    ['another epoch, even with the right number', { epoch: 'two' }, 'gap'],
    ['a number already seen', { seq: 7 }, 'ignored'],
    ['another subscription', { subscription: 'other' }, 'ignored'],
  ] as const)('answers %s with: %s', (_name, changes, kind) => {
    expect(takeDelta(held(), delta(changes)).kind).toBe(kind)
  })

  it('keeps showing its rows while it asks again, and believes no delta meanwhile', () => {
    const asking = askAgain(held())
    expect(asking.rows).not.toBeNull()
    expect(takeDelta(asking, delta()).kind).toBe('ignored')
  })

  it('never shows an older snapshot after a newer one, until patience ends', () => {
    const shown = askAgain(held(snapshot({}, T0)))
    const older = snapshot({ epoch: 'two' }, T0 - 1)
    expect(takeAnswer(shown, older).kind).toBe('older')
    expect(takeAnswer(shown, older, true).kind).toBe('taken')
    expect(takeAnswer(shown, snapshot({ epoch: 'two' }, T0)).kind).toBe('taken')
  })

  it('keeps its rows and the reason when it is refused', () => {
    const result = takeAnswer(held(), { error: { code: 'NOT_READY', detail: 'catching up' } })
    expect(result).toMatchObject({ kind: 'refused', held: { phase: 'refused', error: { code: 'NOT_READY' } } })
    expect(result.kind === 'refused' && result.held.rows).not.toBeNull()
  })
})
