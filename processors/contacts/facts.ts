import type { AgentContact, ContactEvent, ContactRecord, LensEvent, LensTurn, Observation } from '#events/domain'
import { addTurnPart, editionOf, emptyTurn, type TurnParts, type TurnVersion } from '#events/turns'
import { compareVersions, newest, versionOf, type Fact, type Facts, type Taken, type Version } from '../runner/fold.ts'

/** When we heard of the contact at all; bounds of event and ingest time. */
export interface Seen {
  first: number
  /** 0 where only a post-contact file told of it: a file is about a contact that is over, and no sign of life. */
  last: number
  lastIngest: number
  /** Some event of it was not backfill. */
  live: boolean
  instanceId: string | null
}

export interface EventFact {
  v: Version
  event: ContactEvent
}

export interface RecordFact {
  v: Version
  record: ContactRecord
}

/** What one agent's events told about this contact. Each part merges by itself, so visits before the last one are not lost. */
export interface AgentFact {
  /** Of the newest sight, or of the news that the contact is gone. */
  v: Version
  agentId: string
  /** Whether the newest news shows it on the agent. */
  isPresent: boolean
  /** Contact state in the newest news; of a contact that is gone: its last. */
  state: string
  /** Newest sight; stays when the contact is gone, because only a sight names queue and channel. */
  sight: { v: Version; contact: AgentContact } | null
  connectedAt: number | null
  acwStartedAt: number | null
  goneAt: number | null
}

export interface FollowUpFact {
  v: Version
  /** Earliest event time that told of it. */
  firstAt: number
  nextContactId: string
  initiationMethod: string | null
  startedAt: number | null
}

export interface TurnFact {
  parts: TurnParts
}

export interface AnalysisFact {
  v: Version
  type: string
  channel: string | null
}

const LONGEST_TEXT = 16_000

/** Nothing was heard for so long that the contact is taken for over. Void as soon as there is later news. */
export interface AgedOutFact {
  /** Newest event time when that was decided. */
  last: number
}

/** Each kind of fact and how many of it a contact keeps: the greatest versions stay. */
export const caps = { event: 64, agent: 32, next: 32, turn: 5_000, category: 64 } as const

export function factsOfContact(taken: Taken): Fact[] {
  const { event } = taken
  if (event.kind === 'agent-event') return []
  const v = versionOf(taken)
  const told = toldBy(event, v, taken)
  const last = event.kind === 'contact-lens' && event.origin === 'postContact' ? 0 : v[0]
  const seen: Seen = { first: v[0], last, lastIngest: taken.ingestTime, live: !taken.backfill, instanceId: event.instanceId }
  return [...told, { id: 'seen', value: seen }]
}

function toldBy(event: ContactEvent | ContactRecord | LensEvent | Observation, v: Version, taken: Taken): Fact[] {
  if (event.kind === 'contact-event') return [{ id: `event/${event.type}/${event.eventTime}`, value: { v, event } satisfies EventFact }]
  if (event.kind === 'contact-record') {
    const version: Version = [event.lastUpdatedAt, v[1], v[2]]
    return [{ id: 'record', value: { v: version, record: event } satisfies RecordFact }]
  }
  if (event.kind === 'observation') return [ofObservation(event, v)]
  return ofLens(event, v, taken)
}

function ofObservation(o: Observation, v: Version): Fact {
  if (o.type === 'follow-up') {
    const { nextContactId, initiationMethod, startedAt } = o
    return { id: `next/${nextContactId}`, value: { v, firstAt: v[0], nextContactId, initiationMethod, startedAt } satisfies FollowUpFact }
  }
  const contact = o.type === 'agent-contact' ? o.contact : null
  const fact: AgentFact = {
    v,
    agentId: o.agentId,
    isPresent: contact !== null,
    state: o.type === 'gone' ? o.lastState : o.contact.state,
    sight: contact && { v, contact },
    connectedAt: contact?.connectedAt ?? null,
    acwStartedAt: contact?.state === 'ENDED' ? contact.stateStartedAt : null,
    goneAt: contact ? null : o.eventTime,
  }
  return { id: `agent/${o.agentId}`, value: fact }
}

function ofLens(event: LensEvent, v: Version, taken: Taken): Fact[] {
  const facts: Fact[] = []
  const byTurn = new Map<string, TurnParts>()
  const [eventTime, arrivalTime, id] = v
  const edition = editionOf(event, arrivalTime)
  const version: TurnVersion = { eventTime, arrivalTime, id, ...(edition === undefined ? {} : { edition }) }
  for (const piece of event.turns) {
    const turn = `turn/${event.outputType}/${piece.turnId}`
    byTurn.set(turn, addTurnPart(byTurn.get(turn) ?? emptyTurn, { piece: bounded(piece), version }))
  }
  for (const [turn, parts] of byTurn) facts.push({ id: turn, value: { parts } satisfies TurnFact })
  for (const category of event.categories) facts.push({ id: `category/${category.name}`, value: { v } })
  if (event.origin === 'stream' || event.origin === 'postContact') {
    facts.push({ id: 'analysis', value: { v, type: event.type, channel: event.channel } satisfies AnalysisFact })
  }
  if (event.summary !== null) facts.push({ id: 'summary', value: { v, text: event.summary.slice(0, 4000) } })
  // Audio began no later than this piece arrived less its end offset; the smallest such moment is the best guess.
  const guesses =
    event.origin === 'stream'
      ? event.turns.flatMap((t) => (t.endOffsetMs === null ? [] : [taken.envelope.arrivalTime - t.endOffsetMs]))
      : []
  if (guesses.length > 0) facts.push({ id: 'audio', value: { startedAt: Math.min(...guesses) } })
  return facts
}

/** A turn in memory is bounded; the whole text stays in the raw event. */
function bounded(piece: LensTurn): LensTurn {
  return piece.text.length <= LONGEST_TEXT ? piece : { ...piece, text: piece.text.slice(0, LONGEST_TEXT) }
}

/** Joins two values of one fact: associative, commutative and idempotent for every kind. */
export function mergeContactFact(id: string, a: unknown, b: unknown): unknown {
  if (id === 'seen') return mergeSeen(a as Seen, b as Seen)
  if (id === 'audio') return { startedAt: Math.min((a as { startedAt: number }).startedAt, (b as { startedAt: number }).startedAt) }
  if (id === 'analysis') return mergeAnalysis(a as AnalysisFact, b as AnalysisFact)
  if (id.startsWith('agent/')) return mergeAgent(a as AgentFact, b as AgentFact)
  if (id.startsWith('next/')) return mergeFollowUp(a as FollowUpFact, b as FollowUpFact)
  if (id === 'agedOut') return (a as AgedOutFact).last >= (b as AgedOutFact).last ? a : b
  if (id.startsWith('turn/')) return mergeTurn(a as TurnFact, b as TurnFact)
  return newest(a as { v: Version }, b as { v: Version })
}

function mergeSeen(a: Seen, b: Seen): Seen {
  return {
    first: Math.min(a.first, b.first),
    last: Math.max(a.last, b.last),
    lastIngest: Math.max(a.lastIngest, b.lastIngest),
    live: a.live || b.live,
    instanceId: greater(a.instanceId, b.instanceId),
  }
}

function mergeAgent(a: AgentFact, b: AgentFact): AgentFact {
  return {
    ...newest(a, b),
    sight: a.sight && b.sight ? newest(a.sight, b.sight) : (a.sight ?? b.sight),
    connectedAt: lesser(a.connectedAt, b.connectedAt),
    acwStartedAt: lesser(a.acwStartedAt, b.acwStartedAt),
    // An agent can be offered a contact more than once: the last leaving counts.
    goneAt: greatest(a.goneAt, b.goneAt),
  }
}

function mergeFollowUp(a: FollowUpFact, b: FollowUpFact): FollowUpFact {
  return { ...newest(a, b), firstAt: Math.min(a.firstAt, b.firstAt) }
}

/** An ended analysis stays ended: a late SEGMENTS message does not reopen it. Of two ends the earlier: a file comes minutes later. */
function mergeAnalysis(a: AnalysisFact, b: AnalysisFact): AnalysisFact {
  const rank = ({ type }: AnalysisFact): number => (type === 'FAILED' ? 2 : type === 'COMPLETED' ? 3 : 1)
  if (rank(a) !== rank(b)) return rank(a) > rank(b) ? a : b
  const newer = newest(a, b)
  return rank(a) === 1 ? newer : newer === a ? b : a
}

export function mergeTurn(a: TurnFact, b: TurnFact): TurnFact {
  const added = b.parts.final ? [b.parts.final] : b.parts.utterances
  return { parts: added.reduce(addTurnPart, a.parts) }
}

/** Newest news of the contact; of one that only a file tells about, the file. */
export function lastNewsOf({ first, last }: Seen): number {
  return Math.max(first, last)
}

function greatest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b)
}

function lesser(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b)
}

function greater(a: string | null, b: string | null): string | null {
  return a === null ? b : b === null ? a : a > b ? a : b
}

/** All facts of one kind, oldest version first. */
export function factsOfKind<T>(facts: Facts, prefix: string): T[] {
  const found: T[] = []
  for (const [id, value] of facts) if (id.startsWith(prefix)) found.push(value as T)
  return found
}

export function byVersion<T extends { v: Version }>(facts: T[]): T[] {
  return facts.sort((a, b) => compareVersions(a.v, b.v))
}
