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

/** The greater version wins: the join used by most facts. */
export function newest<T extends { v: Version }>(a: T, b: T): T {
  return compareVersions(a.v, b.v) >= 0 ? a : b
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
 * - `prune` bounds the facts. It must not change what `derive` says about the time that is kept; rows that only it makes
 *   disappear stay as they are, until they expire.
 */
export interface Fold {
  name: string
  input: TopicName
  /** undefined: this lane has no use for the event. */
  entityOf(taken: Taken): string | undefined
  factsOf(taken: Taken, facts: Facts, context: FoldContext): Fact[]
  merge(id: string, a: unknown, b: unknown): unknown
  derive(entity: string, facts: Facts, before: ReadonlyMap<string, Output>, context: FoldContext): Output[]
  prune(facts: Facts): { drop: string[]; put: Fact[] }
  /** When to look at the entity again without an event (epoch ms, ingest clock); undefined: never. */
  dueAt(facts: Facts): number | undefined
  /** Called at `dueAt`. `gone`: the entity's story is over, facts and current outputs leave. `prefixes`: keys of old rows to look through. */
  expire(
    entity: string,
    facts: Facts,
    now: number,
  ): { gone: boolean; oldRows?: { topic: TopicName; prefix: string; isOld: (row: unknown) => boolean } }
  /** Outputs that `derive` reads back as `before` because facts alone do not give them (an alert's history). Empty: re-derive. */
  storedOutputs?(entity: string): { topic: TopicName; prefix: string }
  /** Extra records caused by a change of outputs, written in the same commit (webhook deliveries). */
  effects?(changes: readonly OutputChange[], context: FoldContext): Output[]
}

export interface OutputChange {
  key: string
  topic: TopicName
  before: unknown
  after: unknown
}
