import type { EventEnvelope } from '#events/envelope'
import type { DomainEvent } from '#events/domain'
import type { SettingsHistory } from '#contracts/settings-history'
import type { TopicName } from '#events/topics'

/** A fact: one bounded piece of what is known about an entity. Facts merge by id; they are never counted up. */
export type Facts = Map<string, unknown>
export interface Fact {
  id: string
  value: unknown
}

/** A row or any other keyed state a fold puts out. */
export interface Output {
  topic: TopicName
  key: string
  value: unknown
}

export interface Taken {
  envelope: EventEnvelope
  event: DomainEvent
  ingestTime: number
  /** Older than the correction window at ingest: history only. */
  backfill: boolean
}

/** Decides between two values of one fact: event time, then source arrival, then identity. */
export type Version = readonly [eventTime: number, arrivalTime: number, id: string]

export function versionOf(taken: Taken): Version {
  return [taken.envelope.eventTime, taken.envelope.arrivalTime, taken.envelope.id]
}

export function compareVersions(a: Version, b: Version): number {
  return a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : a[2] > b[2] ? 1 : 0)
}

/** The greater version wins: the join used by most facts. Values of one version that differ are told apart by their text. */
export function newest<T extends { v: Version }>(a: T, b: T): T {
  const order = compareVersions(a.v, b.v)
  if (order !== 0) return order > 0 ? a : b
  return JSON.stringify(a) >= JSON.stringify(b) ? a : b
}

export interface FoldContext {
  settings: SettingsHistory
  /** Ingest time of the record being folded, or the moment a timer fires. */
  at: number
}

/**
 * A lane's logic as data and pure functions. events → facts → rows:
 * - `factsOf` says which facts an event tells; `merge` joins two values of one fact id (associative, commutative, idempotent),
 *   so the same events give the same facts in any order and any number of times.
 * - `derive` turns an entity's facts into its outputs. The runner writes the difference to what they were before.
 * - `cap` bounds the facts by number before rows are derived. `compact` bounds them by age afterwards: it must not change what
 *   `derive` says about the time that is kept, and rows of the time before stay as they are until they expire.
 */
export interface Fold {
  name: string
  input: TopicName
  /** undefined: this lane has no use for the event. */
  entityOf(taken: Taken): string | undefined
  factsOf(taken: Taken, facts: Facts, context: FoldContext): Fact[]
  merge(id: string, a: unknown, b: unknown): unknown
  derive(entity: string, facts: Facts, before: ReadonlyMap<string, Output>, context: FoldContext): Output[]
  /** Ids of facts beyond the caps of their kinds; the lowest versions go, whatever the order they came in. */
  cap(facts: Facts): string[]
  compact?(facts: Facts): { drop: string[]; put: Fact[] }
  /** When to look at the entity again without an event (epoch ms, ingest clock); undefined: never. `outputs` is what `derive` made of the facts. */
  dueAt(facts: Facts, outputs: ReadonlyMap<string, Output>): number | undefined
  /** Called at `dueAt`. */
  expire(entity: string, facts: Facts, now: number): Expiry
  /** Outputs that `derive` reads back as `before` because facts alone do not give them (an alert's history). Empty: re-derive. */
  storedOutputs?(entity: string): { topic: TopicName; prefix: string }
  /** Extra records caused by a change of outputs, written in the same commit (webhook deliveries). */
  effects?(changes: readonly OutputChange[], context: FoldContext): Output[]
}

export interface Expiry {
  /** The entity's story is over: its facts and present outputs leave. */
  gone: boolean
  /** Facts that follow from nothing having come. */
  put?: Fact[]
  /** Rows below a prefix that leave because they are old. */
  oldRows?: { topic: TopicName; prefix: string; isOld: (row: unknown) => boolean }
}

export interface OutputChange {
  key: string
  topic: TopicName
  before: unknown
  after: unknown
}
