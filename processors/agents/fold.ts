import { sha256Hex } from '#kernel/node/hash'
import type { AgentConfig, AgentEvent } from '#events/domain'
import { topics } from '#events/topics'
import { rowIds, type AgentContactRow, type AgentRow, type IntervalRow } from '#contracts/rows'
import { compareVersions, newest, versionOf, type Fold, type Output } from '../runner/fold.ts'
import { emptyTimeline, openSpans, step, toPoint, type Anchor, type Point, type Span, type Timeline } from './points.ts'
import { pointsOf, walk } from './walk.ts'
import { deriveAgentState, deriveStateSince } from './state.ts'

/** Facts older than this, counted back from the newest event, are folded into one anchor. */
const HORIZON_MS = 2 * 3_600_000
const MOST_POINTS = 1_500
const MOST_CONTACTS = 16
const ROWS_KEPT_MS = 48 * 3_600_000
const LOOK_AGAIN_MS = 3_600_000

interface Identity {
  agentId: string
  agentArn: string
  instanceId: string
}

/** Agent events → AgentRow (now) and IntervalRows. Facts: one point per event of the last two hours, and the configurations they name. */
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
    const { agentId, agentArn, instanceId, current } = event
    // A configuration is written once and named by its content: every event repeats it, few change it.
    const config = current && nameOfConfig(current.config)
    const point = toPoint(event, v, config)
    return [
      { id: pointId(point), value: point },
      ...(current ? [{ id: `config/${config}`, value: current.config }] : []),
      { id: 'identity', value: { agentId, agentArn, instanceId } satisfies Identity },
      { id: 'seen', value: Math.ceil(taken.ingestTime / LOOK_AGAIN_MS) * LOOK_AGAIN_MS },
    ]
  },
  merge(id, a, b) {
    if (id === 'seen') return Math.max(a as number, b as number)
    return id.startsWith('point/') ? newest(a as Point, b as Point) : a
  },
  derive(entity, facts) {
    const identity = facts.get('identity') as Identity | undefined
    if (!identity) return []
    const { timeline, last, newestAt, closed, missedOffers } = walk(facts, (span) => toInterval(identity, span))
    const open = openSpans(timeline)
    const outputs = [...closed, ...open.map((span) => toInterval(identity, span))]
    const missed = missedOffers + open.filter((span) => span.name === 'MISSED').length
    const config = facts.get(`config/${last?.config}`) as AgentConfig | undefined
    if (last?.snapshot && config && !entity.startsWith('backfill ')) {
      const row = toAgentRow({ ...identity, config }, last.snapshot, timeline, missed, newestAt)
      outputs.push({ topic: topics.rows, key: rowIds.agent(identity.agentId), value: row })
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
    const before = facts.get('anchor') as Anchor | undefined
    let timeline = before?.timeline ?? emptyTimeline
    for (const point of old) timeline = step(timeline, point, () => {})
    const anchor: Anchor = { point: old.at(-1)!, last: old.findLast((p) => p.snapshot) ?? before?.last ?? null, timeline }
    const named = new Set([anchor.last, ...points.slice(cut + 1)].map((p) => `config/${p?.config}`))
    const unnamed = [...facts.keys()].filter((id) => id.startsWith('config/') && !named.has(id))
    return { drop: [...old.map((p) => pointId(p)), ...unnamed], put: [{ id: 'anchor', value: anchor }] }
  },
  dueAt(facts) {
    const seen = facts.get('seen') as number | undefined
    return seen === undefined ? undefined : seen + LOOK_AGAIN_MS
  },
  expire(_entity, facts, now) {
    const identity = facts.get('identity') as Identity | undefined
    const seen = facts.get('seen') as number | undefined
    if (!identity || seen === undefined) return { gone: true }
    const isOld = (row: unknown): boolean => {
      const { end } = row as IntervalRow
      return end !== null && end < now - ROWS_KEPT_MS
    }
    return { gone: seen < now - ROWS_KEPT_MS, oldRows: { topic: topics.rows, prefix: rowIds.intervalsOf(identity.agentId), isOld } }
  },
}

const configNames = new Map<string, string>()
const REMEMBERED_CONFIGS = 2_000

/** A hash of its content, remembered: nearly every event repeats one that was seen before. */
function nameOfConfig(config: AgentConfig): string {
  const text = JSON.stringify(config)
  let name = configNames.get(text)
  if (name === undefined) {
    if (configNames.size >= REMEMBERED_CONFIGS) configNames.clear()
    configNames.set(text, (name = sha256Hex(text).slice(0, 16)))
  }
  return name
}

function pointId(p: Point): string {
  return `point/${String(p.v[0]).padStart(14, '0')}/${p.v[2]}`
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
  identity: Identity & { config: AgentConfig },
  snapshot: NonNullable<Point['snapshot']>,
  timeline: Timeline,
  missedOffers: number,
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
    missedOffers,
    lastEventAt,
  }
}
