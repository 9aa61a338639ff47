import type { JsonObject } from '#kernel/json'
import type { SourceKind } from '#events/envelope'

/** What a source of a contact centre can send: Amazon's four streams, a softphone's reports, the legacy platform's log. */
export type WireKind = SourceKind | 'softphone-report' | 'queue-log'

/** One message as a source would get it. Payloads share parts with each other: read only. */
export interface WireEvent {
  /** When the source gets it, epoch ms. */
  at: number
  /** When it happened, epoch ms. */
  time: number
  kind: WireKind
  /** Text goes out as it is, see `toBytes`: a queue_log line is text, and so is a broken message. */
  payload: JsonObject | string
}

/** Something that really happened in the simulated centre; `at` in epoch ms. */
export interface TruthFact {
  type: string
  at: number
}

export interface Simulation {
  /** The next message in the order sources get them; undefined when all is over. */
  next(): WireEvent | undefined
  /** When the next message is due, without taking it. */
  dueAt(): number | undefined
}

export interface SimulationOptions {
  /** Name of a profile. */
  profile: string
  seed: number
  /** The first agents sign in here; epoch ms. */
  startAt: number
  /** Nothing new begins after it; what has begun is told to its end. Left out: for ever. */
  endAt?: number
  /** The profile's own numbers unless given: the centre is copied and cut to size. */
  agents?: number
  queues?: number
  /** Open round the clock, as busy as at the busiest hour; else by the profile's shifts and daily curve (hours in UTC). */
  steady?: boolean
  /** Factor on all arrivals; default 1. */
  load?: number
  note?: (fact: TruthFact) => void
}

export type StartSimulation = (options: SimulationOptions) => Simulation

/** Drains a simulation. */
export const messagesOf = (simulation: Simulation): Generator<WireEvent, void, undefined> =>
  messagesUntil(Number.POSITIVE_INFINITY, simulation)

/** Every message that a source has by `time`. */
export function* messagesUntil(time: number, simulation: Simulation): Generator<WireEvent, void, undefined> {
  for (let event = simulation.next(); event && event.at <= time; event = simulation.next()) yield event
}
