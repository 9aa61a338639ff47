import type { Json, JsonObject } from '#kernel/json'
import type { SourceKind } from '#events/envelope'

export type WireKind = SourceKind | 'softphone-report' | 'queue-log'

/** One message as a source would get it. Payloads share parts with each other: read only. */
export interface WireEvent {
  /** When the source gets it; epoch ms. */
  at: number
  /** When it happened. */
  time: number
  kind: WireKind
  /** Text goes out as it is, see `toBytes`: a queue_log line is text, and so is a broken message. */
  payload: JsonObject | string
}

/** Something that is so in the simulated centre, for a judge to compare with. */
export interface TruthFact {
  type: string
  at: number
  [more: string]: Json
}

export interface Simulation {
  /** The next message in order of `at`; undefined: over. */
  next(): WireEvent | undefined
  dueAt(): number | undefined
}

export interface SimulationOptions {
  profile: string
  seed: number
  startAt: number
  /** Left out: no end. */
  endAt?: number
  agents?: number
  queues?: number
  /** Times the profile's own arrivals. */
  load?: number
  note?: (fact: TruthFact) => void
}

export type StartSimulation = (options: SimulationOptions) => Simulation

/** Drains a simulation. */
export function* messagesOf(simulation: Simulation): Generator<WireEvent, void, undefined> {
  for (let event = simulation.next(); event; event = simulation.next()) yield event
}
