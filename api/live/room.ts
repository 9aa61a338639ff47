import { MAX_FRAMES_PER_SECOND, type Delta, type LiveRow } from '#contracts/live'
import type { Clock } from '#kernel/clock'
import type { ChangeSet } from '../row-changes.ts'
import { update, type Computation, type HeldRows } from './subscription.ts'
import { nextLookAt } from './time-edges.ts'

const FRAME_MS = 1000 / MAX_FRAMES_PER_SECOND
/** Between two computations, when the last one changed nothing and so sent no frame. */
const COMPUTE_MS = 10

/**
 * One distinct query with one set of rights, shared by everybody who subscribes to it: computed once, diffed once. The first
 * change goes out at once; those that follow within 100 ms go together.
 */
export interface Room {
  readonly id: string
  readonly seq: number
  /** What a new subscriber gets: the rows as of frame `seq`. */
  snapshot(): { rows: Record<string, LiveRow>; seq: number; bytes: number }
  take(changes: ChangeSet): void
  /** Something outside the rows changed (settings): everything is computed anew. */
  invalidate(): void
  close(): void
}

export interface RoomDeps {
  clock: Clock
  /** Hands a frame to all subscribers; `eventAt`: the oldest event in it, Infinity when it tells of none. */
  send(delta: Omit<Delta, 'epoch' | 'asOf'>, eventAt: number): void
  /** Milliseconds one computation took. */
  computed(ms: number): void
}

export function createRoom(id: string, computation: Computation, deps: RoomDeps): Room {
  const { clock } = deps
  const held: HeldRows = new Map()
  let pending: Set<string> | 'all' = new Set()
  let eventAt = Number.POSITIVE_INFINITY
  let seq = 0
  let mayFlushAt = clock.now()
  let cancelFrame: (() => void) | undefined
  let cancelLook: (() => void) | undefined
  let closed = false

  const flush = (): void => {
    if (closed) return
    cancelFrame = undefined
    const touched = pending
    pending = new Set()
    const oldest = eventAt
    eventAt = Number.POSITIVE_INFINITY
    const now = clock.now()
    const startedAt = performance.now()
    const delta = update(held, touched, computation, now)
    deps.computed(performance.now() - startedAt)
    mayFlushAt = now + (delta ? FRAME_MS : COMPUTE_MS)
    if (delta) deps.send({ subscription: id, seq: ++seq, ...delta }, oldest)
    lookLater(now)
  }
  const schedule = (): void => {
    if (cancelFrame) return
    const wait = mayFlushAt - clock.now()
    if (wait <= 0) flush()
    else cancelFrame = clock.after(wait, flush)
  }
  const invalidate = (): void => {
    pending = 'all'
    schedule()
  }
  const lookLater = (now: number): void => {
    if (!computation.hangsOnTime) return
    cancelLook?.()
    cancelLook = clock.after(nextLookAt(now, computation.nextChangeAt(now)) - now, invalidate)
  }

  update(held, 'all', computation, clock.now())
  lookLater(clock.now())
  return {
    id,
    get seq() {
      return seq
    },
    snapshot() {
      const rows = Object.create(null) as Record<string, LiveRow>
      let bytes = 0
      for (const [rowId, { row, text }] of held) {
        rows[rowId] = row
        bytes += rowId.length + text.length
      }
      return { rows, seq, bytes }
    },
    take(changes) {
      const touched = computation.touched(changes)
      if (touched === 'all') {
        eventAt = Math.min(eventAt, changes.eventAt)
        return invalidate()
      }
      let any = false
      for (const rowId of touched) {
        any = true
        if (pending !== 'all') pending.add(rowId)
      }
      if (!any) return
      eventAt = Math.min(eventAt, changes.eventAt)
      schedule()
    },
    invalidate,
    close() {
      closed = true
      cancelFrame?.()
      cancelLook?.()
    },
  }
}
