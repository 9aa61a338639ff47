import type { ContactRow } from '#contracts/rows'

/** Figures that hang on time are computed anew at least this often. */
const LONGEST_MS = 10_000
const MINUTE_MS = 60_000

/** First moment after `now` at which a waiting contact has waited longer than its queue's threshold (seconds); undefined when none will. */
export function overThresholdAt(waiting: Iterable<ContactRow>, now: number, threshold: (queueId: string) => number): number | undefined {
  let first = Infinity
  for (const { enqueuedAt, queue } of waiting) {
    if (enqueuedAt === null) continue
    // "Longer than": over begins one millisecond after the threshold.
    const at = enqueuedAt + threshold(queue?.id ?? '') * 1000 + 1
    if (at > now && at < first) first = at
  }
  return first === Infinity ? undefined : first
}

/** When to look again: at the next minute (windows move by whole minutes), after 10 s, or at a known edge, whichever is first. */
export function nextLookAt(now: number, edge: number | undefined): number {
  return Math.min((Math.floor(now / MINUTE_MS) + 1) * MINUTE_MS, now + LONGEST_MS, edge ?? Infinity)
}
