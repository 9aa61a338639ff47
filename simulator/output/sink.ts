import type { WireEvent, WireKind } from '../stream.ts'

/**
 * Where messages go. `write` takes batches one at a time, in order, and resolves when the receiver has the whole batch: a slow
 * receiver slows the simulation. Then either `close`, which finishes the work, or `abandon` after a failure, which only lets go.
 */
export interface Sink {
  write(batch: readonly WireEvent[]): Promise<void>
  close(): Promise<void>
  abandon(): Promise<void>
}

/** Kinds as paths, files and options spell them. */
export const kindNames = {
  'agent-event': 'agent-events',
  'contact-event': 'contact-events',
  'contact-record': 'contact-records',
  'contact-lens': 'contact-lens',
  'softphone-report': 'softphone-reports',
  'queue-log': 'queue-log',
} as const satisfies Record<WireKind, string>
export type KindName = (typeof kindNames)[WireKind]

/** A batch by kind, each in order. */
export function byKind(batch: readonly WireEvent[]): Map<WireKind, WireEvent[]> {
  const groups = new Map<WireKind, WireEvent[]>()
  for (const event of batch) {
    const group = groups.get(event.kind)
    if (group) group.push(event)
    else groups.set(event.kind, [event])
  }
  return groups
}
