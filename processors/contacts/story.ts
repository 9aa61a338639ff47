import type { ContactEvent, QueueRef } from '#events/domain'
import type { ContactOutcome, ContactState } from '#contracts/rows'
import type { Facts } from '../runner/fold.ts'
import { byVersion, factsOfKind, type AgentFact, type EventFact, type FollowUpFact, type RecordFact } from './facts.ts'

/** Everything the sources say about one contact, brought together: record before contact events before agent events. */
export interface Story {
  channel: string | null
  initiationMethod: string | null
  initialContactId: string | null
  previousContactId: string | null
  initiatedAt: number | null
  queue: QueueRef | null
  enqueuedAt: number | null
  connectedAt: number | null
  disconnectedAt: number | null
  disconnectReason: string | null
  endedAt: number | null
  agentId: string | null
  record: RecordFact['record'] | null
  /** Agents that saw it, oldest sight first. */
  agents: readonly AgentFact[]
  followUps: readonly FollowUpFact[]
  completed: boolean
}

const ringing = new Set(['INCOMING', 'PENDING', 'CONNECTING'])
const dialling = new Set(['OUTBOUND', 'EXTERNAL_OUTBOUND', 'CALLBACK'])

export function toStory(facts: Facts): Story {
  const events = byVersion(factsOfKind<EventFact>(facts, 'event/')).map((f) => f.event)
  const agents = byVersion(factsOfKind<AgentFact>(facts, 'agent/'))
  const followUps = byVersion(factsOfKind<FollowUpFact>(facts, 'next/'))
  const record = (facts.get('record') as RecordFact | undefined)?.record ?? null
  const said = <K extends keyof ContactEvent>(field: K): ContactEvent[K] | null =>
    events.findLast((e) => e[field] !== null)?.[field] ?? null
  const sight = agents.findLast((a) => a.contact)?.contact ?? null
  const connected = agents.filter((a) => a.connectedAt !== null)
  const queued = newestEnqueue(events, agents)
  const disconnect = events.find((e) => e.type === 'DISCONNECTED' || e.type === 'COMPLETED')
  const disconnectedAt = record?.disconnectedAt ?? said('disconnectedAt') ?? disconnect?.eventTime ?? null
  const story = {
    channel: record?.channel ?? said('channel') ?? sight?.channel ?? null,
    initiationMethod: record?.initiationMethod ?? said('initiationMethod') ?? sight?.initiationMethod ?? null,
    initialContactId: record?.initialContactId ?? said('initialContactId') ?? sight?.initialContactId ?? null,
    previousContactId: record?.previousContactId ?? said('previousContactId'),
    initiatedAt: record?.initiatedAt ?? said('initiatedAt'),
    queue: withName(record?.queue ?? queued.queue, queued.names),
    enqueuedAt: record?.enqueuedAt ?? queued.at,
    connectedAt: record?.agent?.connectedAt ?? said('connectedToAgentAt') ?? least(connected.map((a) => a.connectedAt)),
    disconnectedAt,
    disconnectReason: record?.disconnectReason ?? said('disconnectReason'),
    agentId: record?.agent?.id ?? said('agentId') ?? connected.at(-1)?.agentId ?? null,
    record,
    agents,
    followUps,
    completed: events.some((e) => e.type === 'COMPLETED'),
  }
  return { ...story, endedAt: endOf(story, said('acwEndedAt')) }
}

/** When everything was over, wrap-up included. */
function endOf(story: Omit<Story, 'endedAt'>, acwEndedAt: number | null): number | null {
  const { record, disconnectedAt, connectedAt, completed, agents } = story
  if (record) return greatest([record.agent?.acwEndedAt ?? null, record.disconnectedAt]) ?? record.eventTime
  if (completed) return acwEndedAt ?? disconnectedAt
  if (connectedAt === null) return disconnectedAt
  const last = agents.at(-1)
  return last && !last.contact && last.connectedAt !== null ? last.goneAt : null
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
  if (next) return left(next.initiationMethod?.startsWith('CALLBACK') ? 'callback' : 'transferred', next.startedAt ?? next.v[0])
  const transferredAt = record?.transferCompletedAt ?? null
  if (transferredAt !== null) return left('transferred', transferredAt)
  if (record?.nextContactId) return left('transferred', record.disconnectedAt ?? record.eventTime)
  return story.disconnectedAt === null ? null : left('abandoned', story.disconnectedAt)
}

/** Who is being offered the contact now. Dialling out is no offer. */
export function offerOf(story: Story): AgentFact | undefined {
  if (story.connectedAt !== null || story.disconnectedAt !== null) return undefined
  return story.agents.findLast((a) => a.contact && ringing.has(a.contact.state) && !isDialling(a))
}

export function stateOf(story: Story): { state: ContactState; since: number | null } {
  if (story.endedAt !== null) return { state: 'ended', since: story.endedAt }
  const last = story.agents.at(-1)
  if (story.connectedAt !== null) return withAgent(story, last)
  const offer = offerOf(story)
  if (offer?.contact) return { state: 'offered', since: offer.contact.stateStartedAt }
  if (story.enqueuedAt !== null && leaveQueue(story) === null) return { state: 'queued', since: story.enqueuedAt }
  if (leaveQueue(story)) return { state: 'ended', since: leaveQueue(story)!.at }
  return { state: 'started', since: story.initiatedAt }
}

function withAgent(story: Story, last: AgentFact | undefined): { state: ContactState; since: number | null } {
  const { connectedAt, disconnectedAt } = story
  const contact = last?.contact
  if (contact?.state === 'ENDED') return { state: 'wrapUp', since: contact.stateStartedAt }
  if (disconnectedAt !== null) return { state: 'wrapUp', since: disconnectedAt }
  if (contact?.state === 'CONNECTED_ONHOLD') return { state: 'onHold', since: holdStart(last!) }
  if (contact?.state === 'PAUSED') return { state: 'paused', since: contact.stateStartedAt }
  return { state: 'connected', since: connectedAt }
}

/** A hold may keep the connected time as its state start; then the newest sight is the best we have here. */
function holdStart(fact: AgentFact): number {
  const contact = fact.contact!
  return contact.stateStartedAt === contact.connectedAt ? fact.v[0] : contact.stateStartedAt
}

function newestEnqueue(
  events: readonly ContactEvent[],
  agents: readonly AgentFact[],
): { at: number | null; queue: QueueRef | null; names: QueueRef[] } {
  let at: number | null = null
  let queue: QueueRef | null = null
  const sights = agents.flatMap((a) => (a.contact ? [{ at: a.contact.queuedAt, queue: a.contact.queue }] : []))
  for (const seen of [...sights, ...events.map((e) => ({ at: e.enqueuedAt, queue: e.queue }))]) {
    if (seen.at !== null && (at === null || seen.at >= at)) {
      at = seen.at
      queue = seen.queue ?? queue
    } else queue ??= seen.queue
  }
  return { at, queue, names: sights.flatMap((s) => (s.queue?.name ? [s.queue] : [])) }
}

/** Contact events carry no queue names; agent events of the same contact do. */
function withName(queue: QueueRef | null, names: readonly QueueRef[]): QueueRef | null {
  return queue && queue.name === null ? (names.findLast((n) => n.id === queue.id) ?? queue) : queue
}

function isDialling({ contact }: AgentFact): boolean {
  return contact !== null && contact.state === 'CONNECTING' && dialling.has(contact.initiationMethod)
}

function least(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((min, v) => (v === null ? min : min === null ? v : Math.min(min, v)), null)
}

function greatest(values: readonly (number | null)[]): number | null {
  return values.reduce<number | null>((max, v) => (v === null ? max : max === null ? v : Math.max(max, v)), null)
}
