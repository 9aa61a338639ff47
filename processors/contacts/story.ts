import type { AgentContact, ContactEvent, QueueRef } from '#events/domain'
import type { ContactOutcome, ContactState } from '#contracts/rows'
import { compareVersions, type Facts } from '../runner/fold.ts'
import {
  byVersion,
  factsOfKind,
  lastNewsOf,
  type AgedOutFact,
  type AgentFact,
  type AnalysisFact,
  type EventFact,
  type FollowUpFact,
  type RecordFact,
  type Seen,
} from './facts.ts'

/** Everything the sources say about one contact, brought together: record before contact events before agent events. */
export interface Story {
  channel: string | null
  initiationMethod: string | null
  initialContactId: string | null
  previousContactId: string | null
  initiatedAt: number | null
  connectedToSystemAt: number | null
  queue: QueueRef | null
  enqueuedAt: number | null
  connectedAt: number | null
  disconnectedAt: number | null
  disconnectReason: string | null
  endedAt: number | null
  /** When the agent's part was over, wrap-up included; a customer may go on talking to somebody outside. */
  handledAt: number | null
  agentId: string | null
  record: RecordFact['record'] | null
  /** Agents that saw it, oldest news first. */
  agents: readonly AgentFact[]
  /** The agent who has it or had it last: of those who connected, the latest. */
  holder: AgentFact | undefined
  /** Earliest first. */
  followUps: readonly FollowUpFact[]
  completed: boolean
  isPaused: boolean
  /** There are contact events or a record: agent events alone do not show a caller who waits with nobody. */
  isFullyTold: boolean
  /** When it was taken for over because nothing more was heard. */
  agedOutAt: number | null
}

const ringing = new Set(['INCOMING', 'PENDING', 'CONNECTING'])
const dialling = new Set(['OUTBOUND', 'EXTERNAL_OUTBOUND', 'CALLBACK'])

export function toStory(facts: Facts): Story {
  const events = byVersion(factsOfKind<EventFact>(facts, 'event/')).map((f) => f.event)
  const agents = byVersion(factsOfKind<AgentFact>(facts, 'agent/'))
  const followUps = factsOfKind<FollowUpFact>(facts, 'next/').sort(
    (x, y) => startOf(x) - startOf(y) || (x.nextContactId < y.nextContactId ? -1 : 1),
  )
  const record = (facts.get('record') as RecordFact | undefined)?.record ?? null
  const said = <K extends keyof ContactEvent>(field: K): ContactEvent[K] | null =>
    events.findLast((e) => e[field] !== null)?.[field] ?? null
  const sights = agents.flatMap((a) => (a.sight ? [a.sight] : [])).sort((x, y) => compareVersions(x.v, y.v))
  const sight = sights.at(-1)?.contact ?? null
  const holder = agents
    .filter((a) => a.connectedAt !== null)
    .sort((x, y) => x.connectedAt! - y.connectedAt! || compareVersions(x.v, y.v))
    .at(-1)
  const queued = newestEnqueue(events, sights)
  const disconnect = events.find((e) => e.type === 'DISCONNECTED' || e.type === 'COMPLETED')
  const seen = facts.get('seen') as Seen
  const agedOut = facts.get('agedOut') as AgedOutFact | undefined
  const story = {
    channel: record?.channel ?? said('channel') ?? sight?.channel ?? null,
    initiationMethod: record?.initiationMethod ?? said('initiationMethod') ?? sight?.initiationMethod ?? null,
    initialContactId: record?.initialContactId ?? said('initialContactId') ?? sight?.initialContactId ?? null,
    previousContactId: record?.previousContactId ?? said('previousContactId'),
    initiatedAt: record?.initiatedAt ?? said('initiatedAt'),
    connectedToSystemAt: record?.connectedToSystemAt ?? said('connectedToSystemAt'),
    queue: withName(record?.queue ?? queued.queue, queued.names),
    enqueuedAt: record?.enqueuedAt ?? queued.at,
    // The record wins, also when it says that no agent ever connected.
    connectedAt: record ? (record.agent?.connectedAt ?? null) : (said('connectedToAgentAt') ?? holder?.connectedAt ?? null),
    disconnectedAt: record?.disconnectedAt ?? said('disconnectedAt') ?? disconnect?.eventTime ?? null,
    disconnectReason: record?.disconnectReason ?? said('disconnectReason'),
    agentId: record ? (record.agent?.id ?? null) : (said('agentId') ?? holder?.agentId ?? null),
    record,
    agents,
    holder,
    followUps,
    completed: events.some((e) => e.type === 'COMPLETED'),
    isPaused: events.findLast((e) => e.type === 'PAUSED' || e.type === 'RESUMED')?.type === 'PAUSED',
    isFullyTold: record !== null || events.length > 0,
    agedOutAt: agedOut && agedOut.last >= lastNewsOf(seen) ? agedOut.last : null,
  }
  const endedAt = endOf(story, said('acwEndedAt'), conversationEnd(facts))
  return { ...story, endedAt, handledAt: handlingEndOf(story, said('acwEndedAt')) ?? (story.connectedAt === null ? null : endedAt) }
}

function startOf(followUp: FollowUpFact): number {
  return followUp.startedAt ?? followUp.firstAt
}

/** When everything was over, wrap-up included. */
function endOf(story: Omit<Story, 'endedAt' | 'handledAt'>, acwEndedAt: number | null, conversationEndedAt: number | null): number | null {
  const { record, disconnectedAt, connectedAt, completed, holder, agents } = story
  if (record) return greatest([record.agent?.acwEndedAt ?? null, record.disconnectedAt]) ?? record.eventTime
  if (completed) return greatest([acwEndedAt, disconnectedAt])
  if (connectedAt === null && disconnectedAt !== null) return disconnectedAt
  if (holder && !holder.isPresent) return holder.goneAt
  // Of a contact that only Contact Lens tells about, the end of the analysis is the end.
  if (!story.isFullyTold && agents.length === 0 && conversationEndedAt !== null) return conversationEndedAt
  return story.agedOutAt
}

function handlingEndOf({ record, holder }: Pick<Story, 'record' | 'holder'>, acwEndedAt: number | null): number | null {
  if (record) return record.agent?.acwEndedAt ?? null
  return acwEndedAt ?? (holder && !holder.isPresent ? holder.goneAt : null)
}

function conversationEnd(facts: Facts): number | null {
  const analysis = facts.get('analysis') as AnalysisFact | undefined
  return analysis && (analysis.type === 'COMPLETED' || analysis.type === 'FAILED') ? analysis.v[0] : null
}

/** How and when the contact left its queue (AWS guide, metric definitions: abandoned = enqueued, no agent, no next contact). */
export function leaveQueue(story: Story): { outcome: ContactOutcome; at: number; seconds: number } | null {
  const { enqueuedAt, record } = story
  if (enqueuedAt === null) return null
  const left = (outcome: ContactOutcome, at: number) => {
    const time = record?.dequeuedAt ?? at
    return { outcome, at: time, seconds: record?.queueSeconds ?? Math.max(0, (time - enqueuedAt) / 1000) }
  }
  if (story.connectedAt !== null) return left('answered', story.connectedAt)
  const next = story.followUps[0]
  if (next) return left(next.initiationMethod?.startsWith('CALLBACK') ? 'callback' : 'transferred', startOf(next))
  const transferredAt = record?.transferCompletedAt ?? null
  if (transferredAt !== null) return left('transferred', transferredAt)
  if (record?.nextContactId) return left('transferred', record.disconnectedAt ?? record.eventTime)
  return story.disconnectedAt === null ? null : left('abandoned', story.disconnectedAt)
}

/** Who is being offered the contact now. Dialling out is no offer, unless the contact came from a queue: an accepted callback. */
export function offerOf(story: Story): AgentFact | undefined {
  if (story.connectedAt !== null || story.disconnectedAt !== null) return undefined
  return story.agents.findLast((a) => a.isPresent && ringing.has(a.state) && (story.enqueuedAt !== null || !isDialling(a)))
}

export function stateOf(story: Story): { state: ContactState; since: number | null } {
  if (story.endedAt !== null) return { state: 'ended', since: story.endedAt }
  if (story.connectedAt !== null) return withAgent(story)
  const offer = offerOf(story)
  if (offer?.sight) return { state: 'offered', since: offer.sight.contact.stateStartedAt }
  const left = leaveQueue(story)
  if (left) return { state: 'ended', since: left.at }
  if (story.enqueuedAt === null) return { state: 'started', since: story.initiatedAt }
  if (story.isFullyTold || story.agents.some((a) => a.isPresent)) return { state: 'queued', since: story.enqueuedAt }
  return { state: 'ended', since: story.agents.at(-1)?.goneAt ?? null }
}

function withAgent(story: Story): { state: ContactState; since: number | null } {
  const { connectedAt, disconnectedAt, holder } = story
  const state = holder?.isPresent ? holder.state : undefined
  const contact = holder?.sight?.contact
  if (state === 'ENDED') return { state: 'wrapUp', since: holder?.acwStartedAt ?? disconnectedAt }
  if (disconnectedAt !== null) return { state: 'wrapUp', since: disconnectedAt }
  if (state === 'CONNECTED_ONHOLD') return { state: 'onHold', since: holdStart(holder!) }
  if (state === 'PAUSED' || story.isPaused) return { state: 'paused', since: contact?.stateStartedAt ?? connectedAt }
  return { state: 'connected', since: connectedAt }
}

/** A hold may keep the connected time as its state start; then the newest sight is the best we have here. */
function holdStart({ v, sight }: AgentFact): number {
  const contact = sight!.contact
  return contact.stateStartedAt === contact.connectedAt ? v[0] : contact.stateStartedAt
}

function newestEnqueue(
  events: readonly ContactEvent[],
  sights: readonly { contact: AgentContact }[],
): { at: number | null; queue: QueueRef | null; names: QueueRef[] } {
  let at: number | null = null
  let queue: QueueRef | null = null
  const seen = sights.map(({ contact }) => ({ at: contact.queuedAt, queue: contact.queue }))
  for (const told of [...seen, ...events.map((e) => ({ at: e.enqueuedAt, queue: e.queue }))]) {
    if (told.at !== null && (at === null || told.at >= at)) {
      at = told.at
      queue = told.queue ?? queue
    } else queue ??= told.queue
  }
  return { at, queue, names: seen.flatMap((s) => (s.queue?.name ? [s.queue] : [])) }
}

/** Contact events carry no queue names; agent events of the same contact do. */
function withName(queue: QueueRef | null, names: readonly QueueRef[]): QueueRef | null {
  return queue && queue.name === null ? (names.findLast((n) => n.id === queue.id) ?? queue) : queue
}

function isDialling({ state, sight }: AgentFact): boolean {
  return state === 'CONNECTING' && sight !== null && dialling.has(sight.contact.initiationMethod)
}

function greatest(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((max, v) => (v === null ? max : max === null ? v : Math.max(max, v)), null)
}
