import type { Facts, Output } from '../runner/fold.ts'
import { compareVersions } from '../runner/fold.ts'
import { emptyTimeline, step, type Anchor, type Point, type Span, type Timeline } from './points.ts'

/** Where an agent's points lead, and what ended on the way. */
export interface Walk {
  timeline: Timeline
  /** The newest point with a snapshot, the anchor's included. */
  last: Point | null
  newestAt: number
  closed: readonly Output[]
  missedOffers: number
}

/** What was found the last time: the timeline after each point, and how many spans had ended by then. */
interface Memory {
  anchor: Anchor | undefined
  points: readonly Point[]
  after: { timeline: Timeline; closed: number; missed: number }[]
  closed: Output[]
}

const memories = new WeakMap<Facts, Memory>()

/**
 * Walks over all points. It depends on the points alone; steps that were made before, over the very same points, are not made again, so
 * an event that comes at its time costs one step however long the past is.
 */
export function walk(facts: Facts, toOutput: (span: Span) => Output): Walk {
  const anchor = facts.get('anchor') as Anchor | undefined
  const points = pointsOf(facts)
  const known = memories.get(facts)
  // Not before it is whole again.
  memories.delete(facts)
  const memory: Memory = known && known.anchor === anchor ? known : { anchor, points: [], after: [], closed: [] }
  let same = 0
  while (same < points.length && points[same] === memory.points[same]) same++
  memory.after.length = same
  let { timeline, closed, missed } = memory.after.at(-1) ?? { timeline: anchor?.timeline ?? emptyTimeline, closed: 0, missed: 0 }
  memory.closed.length = closed
  for (const point of points.slice(same)) {
    timeline = step(timeline, point, (span) => {
      closed = memory.closed.push(toOutput(span))
      if (span.name === 'MISSED') missed++
    })
    memory.after.push({ timeline, closed, missed })
  }
  memory.points = points
  memories.set(facts, memory)
  return {
    timeline,
    last: points.findLast((p) => p.snapshot) ?? anchor?.last ?? null,
    newestAt: points.at(-1)?.v[0] ?? anchor?.point.v[0] ?? 0,
    closed: memory.closed,
    missedOffers: missed,
  }
}

/** In their order, which is nearly the one they came in. */
export function pointsOf(facts: Facts): Point[] {
  const points: Point[] = []
  let isInOrder = true
  for (const [id, value] of facts) {
    if (!id.startsWith('point/')) continue
    const point = value as Point
    const before = points.at(-1)
    if (before && compareVersions(before.v, point.v) > 0) isInOrder = false
    points.push(point)
  }
  return isInOrder ? points : points.sort((a, b) => compareVersions(a.v, b.v))
}
