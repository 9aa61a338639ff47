import type { AgentConfig, AgentEvent } from '#events/domain'
import { topics } from '#events/topics'
import { rowIds, type AgentContactRow, type AgentRow, type IntervalRow } from '#contracts/rows'
import { compareVersions, newest, versionOf, type Facts, type Fold, type Output, type Taken, type Version } from '../runner/fold.ts'
import { emptyTimeline, openSpans, step, toPoint, type Anchor, type Point, type Span, type Timeline } from './points.ts'
import { deriveAgentState, deriveStateSince } from './state.ts'

/** Facts older than this, counted back from the newest event, are folded into one anchor. */
const HORIZON_MS = 2 * 3_600_000
const MOST_POINTS = 1_500
const MOST_CONTACTS = 16
const ROWS_KEPT_MS = 48 * 3_600_000
const LOOK_AGAIN_MS = 3_600_000

interface Identity {
  v: Version
  agentId: string
  agentArn: string
  instanceId: string
  config: AgentConfig
  ingestTime: number
}

/** Agent events → AgentRow (now) and IntervalRows. Facts: one point per event of the last two hours, the newest configuration. */
export const agentsFold: Fold = {
  name: 'agents',
  input: topics.agents,
  // Backfill has a past of its own, so that last month's file never touches today's agent.
  entityOf: ({ event, backfill }) => (event.kind === 'agent-event' ? `${backfill ? 'backfill ' : ''}${event.agentArn}` : undefined),
  factsOf(taken, facts) {
    const event = taken.event as AgentEvent
    const v = versionOf(taken)
    const anchor = facts.get('anchor') as Anchor | undefined
    if (anchor && compareVersions(v, anchor.point.v) <= 0) return []
    const found = [{ id: `point/${String(v[0]).padStart(14, '0')}/${v[2]}`, value: toPoint(event, v) as unknown }]
    if (event.current) found.push({ id: 'identity', value: identityOf(event, v, taken) })
    return found
  },
  merge: (id, a, b) => {
    if (id !== 'identity') return newest(a as Point, b as Point)
    const [x, y] = [a as Identity, b as Identity]
    return { ...newest(x, y), ingestTime: Math.max(x.ingestTime, y.ingestTime) }
  },
  derive(entity, facts) {
    const identity = facts.get('identity') as Identity | undefined
    if (!identity) return []
    const spans: Span[] = []
    const points = pointsOf(facts)
    const anchor = facts.get('anchor') as Anchor | undefined
    let timeline = anchor?.timeline ?? emptyTimeline
    let last = anchor?.point.snapshot ? anchor.point : undefined
    for (const point of points) {
      timeline = step(timeline, point, (span) => spans.push(span))
      if (point.snapshot) last = point
    }
    spans.push(...openSpans(timeline))
    const outputs = spans.map((span) => toInterval(identity, span))
    const newestAt = points.at(-1)?.v[0] ?? anchor?.point.v[0] ?? 0
    if (last?.snapshot && !entity.startsWith('backfill ')) {
      outputs.push({
        topic: topics.rows,
        key: rowIds.agent(identity.agentId),
        value: toAgentRow(identity, last.snapshot, timeline, spans, newestAt),
      })
    }
    return outputs
  },
  cap: () => [],
  compact(facts) {
    const points = pointsOf(facts)
    const horizon = (points.at(-1)?.v[0] ?? 0) - HORIZON_MS
    const cut = Math.max(
      points.findLastIndex((p) => p.v[0] < horizon),
      points.length - MOST_POINTS - 1,
    )
    // The last point before the horizon is the anchor itself; waiting for a few more keeps this off the common path.
    if (cut < 8) return { drop: [], put: [] }
    const old = points.slice(0, cut + 1)
    let timeline = (facts.get('anchor') as Anchor | undefined)?.timeline ?? emptyTimeline
    for (const point of old) timeline = step(timeline, point, () => {})
    const anchor: Anchor = { point: old.at(-1)!, timeline }
    return { drop: old.map((p) => pointId(p)), put: [{ id: 'anchor', value: anchor }] }
  },
  dueAt(facts) {
    const identity = facts.get('identity') as Identity | undefined
    // Rounded up to the hour, so that a busy agent's timer is written once an hour and not with each event.
    return identity && (Math.floor(identity.ingestTime / LOOK_AGAIN_MS) + 2) * LOOK_AGAIN_MS
  },
  expire(_entity, facts, now) {
    const identity = facts.get('identity') as Identity | undefined
    if (!identity) return { gone: true }
    const isOld = (row: unknown): boolean => {
      const { end } = row as IntervalRow
      return end !== null && end < now - ROWS_KEPT_MS
    }
    return {
      gone: identity.ingestTime < now - ROWS_KEPT_MS,
      oldRows: { topic: topics.rows, prefix: rowIds.intervalsOf(identity.agentId), isOld },
    }
  },
}

function pointId(p: Point): string {
  return `point/${String(p.v[0]).padStart(14, '0')}/${p.v[2]}`
}

function pointsOf(facts: Facts): Point[] {
  const points: Point[] = []
  for (const [id, value] of facts) if (id.startsWith('point/')) points.push(value as Point)
  return points.sort((a, b) => compareVersions(a.v, b.v))
}

function identityOf(event: AgentEvent, v: Version, taken: Taken): Identity {
  const { agentId, agentArn, instanceId, current } = event
  return { v, agentId, agentArn, instanceId, config: current!.config, ingestTime: taken.ingestTime }
}

function toInterval(identity: Identity, span: Span): Output {
  const row: IntervalRow = {
    kind: 'interval',
    agentId: identity.agentId,
    instanceId: identity.instanceId,
    of: span.of,
    contactId: span.contact?.contactId ?? null,
    name: span.name,
    statusType: span.statusType,
    channel: span.contact?.channel ?? null,
    initiationMethod: span.contact?.initiationMethod ?? null,
    queueId: span.contact?.queue?.id ?? null,
    start: span.start,
    end: span.end,
    estimated: span.estimated,
  }
  return { topic: topics.rows, key: rowIds.interval(row), value: row }
}

function toAgentRow(
  identity: Identity,
  snapshot: NonNullable<Point['snapshot']>,
  timeline: Timeline,
  spans: readonly Span[],
  lastEventAt: number,
): AgentRow {
  const { config } = identity
  const state = deriveAgentState(snapshot, timeline.signedOutAt !== null)
  const contacts = Object.values(timeline.contacts).map(({ contact, start }): AgentContactRow => ({
    contactId: contact.contactId,
    channel: contact.channel,
    initiationMethod: contact.initiationMethod,
    state: contact.state,
    stateSince: start,
    connectedAt: contact.connectedAt,
    queue: contact.queue,
  }))
  return {
    kind: 'agent',
    id: identity.agentId,
    arn: identity.agentArn,
    instanceId: identity.instanceId,
    username: config.username,
    firstName: config.firstName,
    lastName: config.lastName,
    state,
    stateSince: deriveStateSince(state, timeline, snapshot.status),
    monitoring: snapshot.contacts.some((c) => c.initiationMethod === 'MONITOR' && c.state === 'CONNECTED'),
    status: { name: snapshot.status.name, type: snapshot.status.type, since: snapshot.status.startedAt },
    nextStatus: snapshot.nextStatus && { name: snapshot.nextStatus.name, since: snapshot.nextStatus.enqueuedAt },
    contacts: contacts.slice(0, MOST_CONTACTS),
    contactsOverflow: Math.max(0, contacts.length - MOST_CONTACTS),
    routingProfile: config.routingProfile && { id: config.routingProfile.id, name: config.routingProfile.name },
    queues: config.queues.filter((q) => !q.id.startsWith('agent/')),
    hierarchy: config.hierarchy.map(({ level, id, name }) => ({ level, id, name })),
    slots: config.slots,
    missedOffers: spans.filter((s) => s.name === 'MISSED').length,
    lastEventAt,
  }
}
