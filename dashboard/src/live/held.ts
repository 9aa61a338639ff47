import type { Delta, LiveRow, Snapshot, SubscribeAnswer } from '#contracts/live'

/** What the page holds of one subscription. Rows stay while it asks again: old figures with their time beat an empty wall. */
export interface Held {
  phase: 'asking' | 'live' | 'refused'
  subscription: string | null
  epoch: string | null
  seq: number
  rows: Readonly<Record<string, LiveRow>> | null
  asOf: number | null
  error: { code: string; detail: string } | null
}

export const emptyHeld: Held = { phase: 'asking', subscription: null, epoch: null, seq: -1, rows: null, asOf: null, error: null }

/** Asked again: nothing of the old subscription is believed any more, what is shown stays. */
export function askAgain(held: Held): Held {
  return { ...held, phase: 'asking', subscription: null, epoch: null, seq: -1 }
}

export type SnapshotResult = { kind: 'taken'; held: Held } | { kind: 'older' } | { kind: 'refused'; held: Held }

/** A snapshot older than what is shown is not taken, unless the caller has run out of patience (a server whose clock was set back). */
export function takeAnswer(held: Held, answer: SubscribeAnswer, acceptOlder = false): SnapshotResult {
  if ('error' in answer) return { kind: 'refused', held: { ...askAgain(held), phase: 'refused', error: answer.error } }
  const asOf = Date.parse(answer.snapshot.asOf)
  if (!acceptOlder && held.asOf !== null && asOf < held.asOf) return { kind: 'older' }
  return { kind: 'taken', held: fromSnapshot(answer, asOf) }
}

function fromSnapshot(s: Snapshot, asOf: number): Held {
  return { phase: 'live', subscription: s.subscription, epoch: s.epoch, seq: s.seq, rows: s.snapshot.rows, asOf, error: null }
}

export type DeltaResult = { kind: 'applied'; held: Held } | { kind: 'ignored' } | { kind: 'gap' }

/** The next number is applied, a known one is ignored, anything else means: subscribe again, never guess. */
export function takeDelta(held: Held, delta: Delta): DeltaResult {
  if (held.phase !== 'live' || held.subscription !== delta.subscription) return { kind: 'ignored' }
  if (held.epoch !== delta.epoch) return { kind: 'gap' }
  if (delta.seq <= held.seq) return { kind: 'ignored' }
  if (delta.seq !== held.seq + 1) return { kind: 'gap' }
  const asOf = Math.max(Date.parse(delta.asOf), held.asOf ?? 0)
  return { kind: 'applied', held: { ...held, seq: delta.seq, rows: withChanges(held.rows ?? {}, delta), asOf } }
}

function withChanges(rows: Readonly<Record<string, LiveRow>>, delta: Delta): Readonly<Record<string, LiveRow>> {
  const changed = { ...rows, ...delta.set }
  for (const id of delta.del) delete changed[id]
  return changed
}
