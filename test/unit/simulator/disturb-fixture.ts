import { isJsonObject, type Json, type JsonObject } from '#kernel/json'
import { createDemo } from '#simulator/demo'
import { disturb, type DisturbanceFact } from '#simulator/disturb/disturb'
import { resolveKnobs, type Knobs } from '#simulator/disturb/knobs'
import type { WireEvent } from '#simulator/stream'
import { MINUTE, T0 } from './recording.ts'

/** So many minutes of the demo with two more kinds; frozen all through, since payloads are read only. */
export function goodEvents(minutes: number, seed = 5): WireEvent[] {
  const demo = createDemo({ seed, startAt: T0 })
  const events: WireEvent[] = []
  while (demo.dueAt() < T0 + minutes * MINUTE) {
    const event = demo.next()
    events.push({ ...event, time: event.at })
    if (events.length % 20 !== 0) continue
    const call = `${Math.floor(event.at / 1000)}.${events.length}`
    events.push({ at: event.at, time: event.at, kind: 'queue-log', payload: `${call}|${call}|billing|SIP/1|CONNECT|7` })
    events.push({ at: event.at, time: event.at, kind: 'softphone-report', payload: { reportId: call, contactId: `c${call}`, jitterMs: 3 } })
  }
  for (const { payload } of events) freeze(payload)
  return events
}

function freeze(value: Json): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  for (const inner of Object.values(value)) freeze(inner)
}

export interface Run {
  sent: WireEvent[]
  facts: DisturbanceFact[]
  /** What was sent and is not in addition. */
  good: WireEvent[]
  added: WireEvent[]
}

export function run(events: Iterable<WireEvent>, turned: Partial<Knobs>, seed = 1): Run {
  const facts: DisturbanceFact[] = []
  const result: Run = { sent: [], facts, good: [], added: [] }
  let told = 0
  for (const event of disturb(events, resolveKnobs('none', turned), seed, (fact) => facts.push(fact))) {
    result.sent.push(event)
    // An addition is told right before it is given; what was lost is told by itself.
    const isAdded = facts.slice(told).some((fact) => fact.type === 'message-added')
    told = facts.length
    ;(isAdded ? result.added : result.good).push(event)
  }
  return result
}

export const objectOf = ({ payload }: WireEvent): JsonObject => {
  if (!isJsonObject(payload)) throw new Error(`${payload} is text`)
  return payload
}

/** The text at `name`; empty where there is none. */
export function textAt(payload: JsonObject, name: string): string {
  const value = payload[name]
  return typeof value === 'string' ? value : ''
}
