import { createDemo, type DemoOptions, type DemoEvent } from '#simulator/demo'
import { decodePayload, type SourceEvent } from '#events/decode'
import type { SourceKind } from '#events/envelope'

export const T0 = Date.parse('2025-03-03T08:00:00.000Z')
export const MINUTE = 60_000

/** Everything the sources would get until `until`. */
export function record(options: DemoOptions, until: number): DemoEvent[] {
  const demo = createDemo(options)
  const events: DemoEvent[] = []
  while (demo.dueAt() < until) events.push(demo.next())
  return events
}

export type Read<K extends SourceKind> = { at: number } & Extract<SourceEvent, { kind: K }>

/** One kind, read the way the product reads it; throws on what cannot be read. */
export function read<K extends SourceKind>(events: readonly DemoEvent[], kind: K): Read<K>[] {
  return events
    .filter((event) => event.kind === kind)
    .map(({ at, payload }) => {
      const decoded = decodePayload(payload, kind)
      if (!decoded.ok) throw new Error(`${kind}: ${decoded.reason} ${decoded.message}`)
      return { at, ...decoded.event } as Read<K>
    })
}

export type Readings = { [K in SourceKind]: Read<K>[] }

export const readAll = (events: readonly DemoEvent[]): Readings => ({
  'agent-event': read(events, 'agent-event'),
  'contact-event': read(events, 'contact-event'),
  'contact-lens': read(events, 'contact-lens'),
  'contact-record': read(events, 'contact-record'),
})

export function groupBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of list) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return groups
}
