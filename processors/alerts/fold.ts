import { isEqualJson } from '#kernel/json'
import type { LensEvent, QueueRef } from '#events/domain'
import { addTurnPart, assembleTurn, emptyTurn, type TurnParts } from '#events/turns'
import { topics } from '#events/topics'
import { rowIds, type AlertHit, type AlertRow, type AlertState } from '#contracts/rows'
import type { AlertRule } from '#contracts/settings'
import {
  newest,
  versionOf,
  type Fact,
  type Facts,
  type Fold,
  type FoldContext,
  type Output,
  type Taken,
  type Version,
} from '../runner/fold.ts'
import { findPhrase, isSpeakerOf } from './phrase.ts'
import { deliveriesFor } from './notify.ts'

const MOST_HITS = 20
const MOST_TURNS = 2_000
const MOST_VERDICTS = 2_000
const FORGET_AFTER_MS = 48 * 3_600_000
const HOUR_MS = 3_600_000
const CONTEXT_CHARS = 120
const LONGEST_TEXT = 16_000

/** Who has the contact and for which queue: evidence in the alert, and what a rule for certain queues asks. */
interface Where {
  v: Version
  queue: QueueRef | null
  agentId: string | null
}

/** What one rule found in one turn. A verdict on the final turn replaces one on its utterances. */
interface Verdict {
  ruleId: string
  /** The rule as it was in force when the turn came in: a later piece of the turn is judged by the same. */
  rule: { version: number; value: AlertRule }
  final: boolean
  hit: AlertHit | null
  /** Event time of the turn. */
  since: number
}

/**
 * Phrase rules on live conversations. A hit on utterances raises the alert at once; the final turn confirms it or, when the words
 * are not in it, withdraws it: one alert per rule and contact. Each turn is judged under the rules in force when it came in.
 */
export const alertsFold: Fold = {
  name: 'alerts',
  input: topics.contacts,
  entityOf: ({ envelope, backfill }) => (backfill ? undefined : envelope.key),
  factsOf(taken, facts, context) {
    const { event } = taken
    if (event.kind === 'contact-lens') return event.origin === 'stream' ? ofConversation(taken, event, facts, context) : []
    return ofPlace(taken)
  },
  merge(id, a, b) {
    if (id.startsWith('turn/')) return b
    if (id.startsWith('verdict/')) return (a as Verdict).final && !(b as Verdict).final ? a : b
    if (id === 'seen') return Math.max(a as number, b as number)
    return newest(a as Where, b as Where)
  },
  derive(contactId, facts, before, context) {
    const byRule = new Map<string, Verdict[]>()
    const where = facts.get('where') as Where | undefined
    for (const [id, value] of facts) {
      if (!id.startsWith('verdict/')) continue
      const verdict = value as Verdict
      // Where the contact is may become known after the words: the alert then comes with it.
      const { queues } = verdict.rule.value
      if (queues.length > 0 && !queues.includes(where?.queue?.id ?? '')) continue
      const known = byRule.get(verdict.ruleId)
      if (known) known.push(verdict)
      else byRule.set(verdict.ruleId, [verdict])
    }
    const outputs: Output[] = []
    for (const [ruleId, verdicts] of byRule) {
      // Episode 1: a contact is one conversation.
      const key = rowIds.alert(contactId, ruleId, 1)
      const known = before.get(`${topics.alerts} ${key}`)?.value as AlertRow | undefined
      const alert = toAlert(contactId, verdicts, where, known, context.at)
      if (alert) outputs.push({ topic: topics.alerts, key, value: alert })
    }
    return outputs
  },
  cap(facts) {
    if (facts.size <= MOST_TURNS) return []
    // What made the alert, and what it shows, are the earliest.
    const verdicts = [...facts]
      .filter(([id]) => id.startsWith('verdict/'))
      .sort((a, b) => (a[1] as Verdict).since - (b[1] as Verdict).since || (a[0] < b[0] ? -1 : 1))
      .slice(MOST_VERDICTS)
      .map(([id]) => id)
    const turns = [...facts].filter(([id]) => id.startsWith('turn/'))
    if (turns.length <= MOST_TURNS) return verdicts
    const beginOf = (parts: unknown): number =>
      assembleTurn(parts as TurnParts)?.newest.saidAt ?? assembleTurn(parts as TurnParts)?.beginOffsetMs ?? 0
    const oldTurns = turns
      .sort((a, b) => beginOf(b[1]) - beginOf(a[1]) || (a[0] < b[0] ? -1 : 1))
      .slice(MOST_TURNS)
      .map(([id]) => id)
    return [...verdicts, ...oldTurns]
  },
  dueAt(facts) {
    const seen = facts.get('seen') as number | undefined
    return seen === undefined ? undefined : Math.ceil((seen + FORGET_AFTER_MS) / HOUR_MS) * HOUR_MS
  },
  expire: () => ({ gone: true }),
  storedOutputs: (contactId) => ({ topic: topics.alerts, prefix: rowIds.alertsOf(contactId) }),
  effects: deliveriesFor,
}

/** Versioned by when the contact came to the agent or the queue, so that the many events that repeat it change nothing. */
function ofPlace({ event, envelope, ingestTime }: Taken): Fact[] {
  const facts = (at: number, place: Omit<Where, 'v'>): Fact[] => {
    // Of two that say the same moment, the one with the queue's name is the better.
    const v: Version = [at, Number(place.queue?.name != null), place.agentId ?? '']
    return [{ id: 'where', value: { v, ...place } satisfies Where }, seenAt(ingestTime)]
  }
  if (event.kind === 'observation' && event.type === 'agent-contact') {
    const { connectedAt, queuedAt, queue } = event.contact
    if (connectedAt === null && queue === null) return []
    return facts(connectedAt ?? queuedAt ?? envelope.eventTime, { queue, agentId: connectedAt === null ? null : event.agentId })
  }
  if (event.kind === 'contact-event' && event.queue) {
    return facts(event.connectedToAgentAt ?? event.enqueuedAt ?? event.eventTime, { queue: event.queue, agentId: event.agentId })
  }
  return []
}

/** To the hour, so that a contact's many events do not each write it. */
function seenAt(ingestTime: number): Fact {
  return { id: 'seen', value: Math.ceil(ingestTime / HOUR_MS) * HOUR_MS }
}

function ofConversation(taken: Taken, event: LensEvent, facts: Facts, context: FoldContext): Fact[] {
  const rules = context.settings.listAt('alert-rule', context.at).filter((r) => r.value.enabled)
  const [eventTime, arrivalTime, id] = versionOf(taken)
  const changed = new Map<string, TurnParts>()
  for (const piece of event.turns) {
    const turn = `turn/${event.outputType}/${piece.turnId}`
    const parts = changed.get(turn) ?? (facts.get(turn) as TurnParts | undefined) ?? emptyTurn
    changed.set(
      turn,
      addTurnPart(parts, { piece: { ...piece, text: piece.text.slice(0, LONGEST_TEXT) }, version: { eventTime, arrivalTime, id } }),
    )
  }
  const judged = new Map<string, Verdict[]>()
  for (const [factId, value] of facts) {
    if (!factId.startsWith('verdict/')) continue
    const verdict = value as Verdict
    const turn = `turn/${factId.slice(`verdict/${verdict.ruleId}/`.length)}`
    if (changed.has(turn)) judged.set(turn, [...(judged.get(turn) ?? []), verdict])
  }
  const found: Fact[] = []
  for (const [turn, parts] of changed) {
    if (isEqualJson(parts, facts.get(turn))) continue
    found.push({ id: turn, value: parts })
    const turnId = turn.slice('turn/'.length)
    // Rules now in force, and those under which the first words of this turn were judged.
    const judging = new Map(rules.map(({ id: ruleId, version, value }) => [ruleId, { version, value }]))
    for (const { ruleId, rule } of judged.get(turn) ?? []) judging.set(ruleId, rule)
    for (const [ruleId, rule] of judging) {
      const verdict = judge(parts, ruleId, rule, eventTime)
      const verdictId = `verdict/${ruleId}/${turnId}`
      if (verdict && (verdict.hit || facts.has(verdictId))) found.push({ id: verdictId, value: verdict })
    }
  }
  return found.length === 0 ? [] : [...found, seenAt(taken.ingestTime)]
}

function judge(parts: TurnParts, ruleId: string, rule: Verdict['rule'], eventTime: number): Verdict | null {
  const turn = assembleTurn(parts)
  if (!turn || !isSpeakerOf(rule.value, turn.newest.participantRole)) return null
  const match = findPhrase(turn.text, rule.value.condition.phrases)
  return {
    ruleId,
    rule,
    final: turn.isFinal,
    since: turn.newest.saidAt ?? eventTime,
    hit: match && {
      turnId: turn.newest.turnId,
      participantRole: turn.newest.participantRole,
      ...excerpt(turn.text, match),
      beginOffsetMs: turn.beginOffsetMs,
      saidAt: turn.newest.saidAt,
      confirmed: turn.isFinal,
    },
  }
}

function toAlert(
  contactId: string,
  verdicts: readonly Verdict[],
  where: Where | undefined,
  known: AlertRow | undefined,
  at: number,
): AlertRow | undefined {
  // As it was said: what is spoken has its place in the conversation, whenever it arrived; a chat message has its time.
  const inOrder = verdicts.toSorted(
    (a, b) =>
      (a.hit?.beginOffsetMs ?? 0) - (b.hit?.beginOffsetMs ?? 0) ||
      a.since - b.since ||
      (a.hit?.turnId ?? '').localeCompare(b.hit?.turnId ?? ''),
  )
  const hits = distinctHits(inOrder)
  const state: AlertState = hits.length === 0 ? 'withdrawn' : hits.some((h) => h.confirmed) ? 'confirmed' : 'raised'
  const first = inOrder.find((v) => v.hit) ?? inOrder[0]
  if (!first || (!known && hits.length === 0)) return undefined
  const raise = { state: 'raised', at, by: null } as const
  const history = known?.history ?? [raise]
  const last = history.at(-1)!.state
  return {
    kind: 'alert',
    id: `${contactId}.${first.ruleId}.1`,
    ruleId: first.ruleId,
    ruleName: first.rule.value.name,
    ruleVersion: first.rule.version,
    severity: first.rule.value.severity,
    entity: { type: 'contact', id: contactId },
    state,
    since: first.since,
    raisedAt: known?.raisedAt ?? at,
    queue: where?.queue ?? known?.queue ?? null,
    agentId: where?.agentId ?? known?.agentId ?? null,
    hits: hits.slice(0, MOST_HITS),
    hitsOverflow: Math.max(0, hits.length - MOST_HITS),
    history: last === state ? history : [...history, { state, at, by: null }].slice(-50),
  }
}

/** Raw and redacted twins of a turn are one hit; the redacted one is shown. */
function distinctHits(verdicts: readonly Verdict[]): AlertHit[] {
  const byTurn = new Map<string, AlertHit>()
  for (const { hit } of verdicts) if (hit) byTurn.set(hit.turnId, hit)
  return [...byTurn.values()]
}

function excerpt(text: string, match: { begin: number; end: number }): { text: string; begin: number; end: number } {
  const from = Math.max(0, match.begin - CONTEXT_CHARS)
  const to = Math.min(text.length, match.end + CONTEXT_CHARS)
  return { text: text.slice(from, to), begin: match.begin - from, end: match.end - from }
}
