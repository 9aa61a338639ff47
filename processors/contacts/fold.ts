import { topics } from '#events/topics'
import { rowIds, type ContactRow } from '#contracts/rows'
import { compareVersions, type Facts, type Fold, type Output, type Version } from '../runner/fold.ts'
import {
  caps,
  factsOfContact,
  lastNewsOf,
  mergeContactFact,
  type AgedOutFact,
  type AgentFact,
  type AnalysisFact,
  type Seen,
  type TurnFact,
} from './facts.ts'
import { leaveQueue, offerOf, stateOf, toStory, type Story } from './story.ts'
import { sentimentOf, supersededTurns, turnsOf } from './turns.ts'

const HOUR_MS = 3_600_000
const KEPT_AFTER_END_MS = 48 * HOUR_MS
const BACKFILL_KEPT_MS = HOUR_MS
/** How long a contact without news is believed to go on. */
const ageOutMs: Record<string, number> = { VOICE: 6 * HOUR_MS, CHAT: 7 * 24 * HOUR_MS, TASK: 90 * 24 * HOUR_MS, EMAIL: 90 * 24 * HOUR_MS }
const MOST_CATEGORIES = 32
const MOST_NEXT = 32
/** With fewer facts than this no kind can be beyond its cap. */
const LEAST_CAP = Math.min(...Object.values(caps))

/** Contact events, records, segments and observations → ContactRow and TurnRows. One contact is one entity. */
export const contactsFold: Fold = {
  name: 'contacts',
  input: topics.contacts,
  entityOf: ({ envelope }) => envelope.key,
  factsOf: (taken) => factsOfContact(taken),
  merge: mergeContactFact,
  derive(contactId, facts) {
    if (!isKnown(facts)) return []
    const turns = turnsOf(contactId, facts)
    const outputs: Output[] = turns.map((turn) => ({ topic: topics.rows, key: rowIds.turn(turn), value: turn }))
    outputs.push({ topic: topics.rows, key: rowIds.contact(contactId), value: toContactRow(contactId, facts, turns) })
    return outputs
  },
  cap: (facts) => (facts.size <= LEAST_CAP ? [] : Object.entries(caps).flatMap(([kind, cap]) => beyondCap(facts, `${kind}/`, cap))),
  compact: (facts) => ({ drop: supersededTurns(facts), put: [] }),
  dueAt(facts, outputs) {
    const seen = facts.get('seen') as Seen | undefined
    if (!seen) return undefined
    const row = rowOf(outputs)
    const rest = !seen.live ? BACKFILL_KEPT_MS : !row || row.state === 'ended' ? KEPT_AFTER_END_MS : ageOf(row)
    // To the hour, so that the timer of a busy contact is not written with each event.
    return Math.ceil((seen.lastIngest + rest) / HOUR_MS) * HOUR_MS
  },
  expire(_contactId, facts) {
    const seen = facts.get('seen') as Seen
    if (!seen.live || isOver(facts)) return { gone: true }
    return { gone: false, put: [{ id: 'agedOut', value: { last: lastNewsOf(seen) } satisfies AgedOutFact }] }
  },
}

function isOver(facts: Facts): boolean {
  return !isKnown(facts) || stateOf(toStory(facts)).state === 'ended'
}

/** A contact of which only a follow-up told us has no story of its own to show. */
function isKnown(facts: Facts): boolean {
  for (const [id, value] of facts) {
    // Nor has one that was only seen leaving an agent.
    if (id.startsWith('agent/') && (value as AgentFact).sight === null) continue
    if (id !== 'seen' && id !== 'agedOut' && !id.startsWith('next/')) return true
  }
  return false
}

/** The contact's own row among its outputs; `derive` puts it last. */
function rowOf(outputs: ReadonlyMap<string, Output>): ContactRow | undefined {
  let last: Output | undefined
  for (const output of outputs.values()) last = output
  return last?.value as ContactRow | undefined
}

function ageOf({ channel }: ContactRow): number {
  return ageOutMs[channel ?? 'VOICE'] ?? ageOutMs['TASK']!
}

/** Ids of the facts of a kind that do not fit its cap: the lowest versions go, whatever the order they came in. */
function beyondCap(facts: Facts, prefix: string, cap: number): string[] {
  const found: [string, Version][] = []
  for (const [id, value] of facts) if (id.startsWith(prefix)) found.push([id, versionOfFact(value)])
  if (found.length <= cap) return []
  return found
    .sort((a, b) => compareVersions(b[1], a[1]) || (a[0] < b[0] ? -1 : 1))
    .slice(cap)
    .map(([id]) => id)
}

function versionOfFact(value: unknown): Version {
  const { v, parts } = value as { v?: Version; parts?: TurnFact['parts'] }
  if (v) return v
  const version = (parts?.final ?? parts?.utterances.at(-1))?.version
  return version ? [version.eventTime, version.arrivalTime, version.id] : [0, 0, '']
}

function toContactRow(id: string, facts: Facts, turns: ReturnType<typeof turnsOf>): ContactRow {
  const seen = facts.get('seen') as Seen
  const story = toStory(facts)
  const left = leaveQueue(story)
  const { state, since } = stateOf(story)
  const analysis = facts.get('analysis') as AnalysisFact | undefined
  const audio = facts.get('audio') as { startedAt: number } | undefined
  const categories = [...facts.keys()].flatMap((k) => (k.startsWith('category/') ? [k.slice('category/'.length)] : [])).sort()
  const next = [
    ...new Set([...(story.record?.nextContactId ? [story.record.nextContactId] : []), ...story.followUps.map((f) => f.nextContactId)]),
  ].sort()
  return {
    kind: 'contact',
    id,
    instanceId: story.record?.instanceId ?? seen.instanceId,
    channel: story.channel ?? analysis?.channel ?? null,
    initiationMethod: story.initiationMethod,
    initialContactId: story.initialContactId,
    previousContactId: story.previousContactId,
    nextContactIds: next.slice(0, MOST_NEXT),
    queue: story.queue,
    agentId: story.agentId,
    offeredTo: offerOf(story)?.agentId ?? null,
    state,
    stateSince: since ?? seen.first,
    initiatedAt: story.initiatedAt,
    connectedToSystemAt: story.connectedToSystemAt,
    enqueuedAt: story.enqueuedAt,
    connectedAt: story.connectedAt,
    leftQueueAt: left?.at ?? null,
    outcome: left?.outcome ?? (story.connectedAt === null ? null : 'answered'),
    transferredAt: story.record?.transferCompletedAt ?? null,
    disconnectedAt: story.disconnectedAt,
    disconnectReason: story.disconnectReason,
    endedAt: story.endedAt,
    handledAt: story.handledAt,
    queueSeconds: left?.seconds ?? null,
    ...durationsOf(story),
    basis: story.record ? 'final' : 'live',
    recordUpdatedAt: story.record?.lastUpdatedAt ?? null,
    audioStartedAt: story.connectedAt ?? audio?.startedAt ?? null,
    audioStartEstimated: story.connectedAt === null && audio !== undefined,
    sentiment: sentimentOf(turns),
    categories: categories.slice(0, MOST_CATEGORIES),
    categoriesOverflow: Math.max(0, categories.length - MOST_CATEGORIES),
    turnCount: new Set(turns.filter((t) => !t.partial).map((t) => t.turnId)).size,
    analysis: !analysis ? 'none' : analysis.type === 'COMPLETED' ? 'completed' : analysis.type === 'FAILED' ? 'failed' : 'live',
    summary: (facts.get('summary') as { text: string } | undefined)?.text ?? null,
    firstEventAt: seen.first,
    lastEventAt: lastNewsOf(seen),
    backfill: !seen.live,
  }
}

/** From the record where it is there (whole seconds, Amazon's own figures), else what the agent events show. */
function durationsOf(
  story: Story,
): Pick<ContactRow, 'interactionSeconds' | 'holdSeconds' | 'acwSeconds' | 'pauseSeconds' | 'holdCount' | 'handleSeconds'> {
  const agent = story.record?.agent
  if (story.record) {
    const parts = [agent?.interactionSeconds, agent?.holdSeconds, agent?.acwSeconds, agent?.pauseSeconds]
    const known = parts.filter((p) => p !== null && p !== undefined)
    return {
      interactionSeconds: agent?.interactionSeconds ?? null,
      holdSeconds: agent?.holdSeconds ?? null,
      acwSeconds: agent?.acwSeconds ?? null,
      pauseSeconds: agent?.pauseSeconds ?? null,
      holdCount: agent?.holdCount ?? null,
      handleSeconds: known.length === 0 ? null : known.reduce((sum, p) => sum + p, 0),
    }
  }
  const last = story.holder
  const acwSeconds = last?.acwStartedAt != null && last.goneAt !== null ? Math.max(0, (last.goneAt - last.acwStartedAt) / 1000) : null
  const handleSeconds =
    story.handledAt !== null && story.connectedAt !== null ? Math.max(0, (story.handledAt - story.connectedAt) / 1000) : null
  return { interactionSeconds: null, holdSeconds: null, acwSeconds, pauseSeconds: null, holdCount: null, handleSeconds }
}
