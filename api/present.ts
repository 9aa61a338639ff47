import type { PublicAgent, PublicAlert, PublicContact, PublicTurn } from '#contracts/public'
import type { AgentRow, AlertRow, ContactRow, SentimentSums, TurnRow } from '#contracts/rows'
import type { QueueRef } from '#events/domain'

/** Names of what rows refer to by id. */
export interface NameSource {
  /** Display name from settings, else the newest name seen, else null. */
  queueName(queueId: string): string | null
  agentName(agentId: string): string | null
}

/** Field rights: words people said go only to those who may read transcripts. */
export interface Rights {
  words: boolean
}

export function agentName(row: Pick<AgentRow, 'firstName' | 'lastName' | 'username' | 'id'>): string {
  const full = [row.firstName, row.lastName].filter((part) => part !== null && part !== '').join(' ')
  return full || row.username || row.id
}

export function toPublicAgent(row: AgentRow, names: NameSource): PublicAgent {
  return {
    id: row.id,
    arn: row.arn,
    instanceId: row.instanceId,
    name: names.agentName(row.id) ?? agentName(row),
    username: row.username,
    state: row.state,
    stateSince: iso(row.stateSince),
    monitoring: row.monitoring,
    status: { name: row.status.name, type: row.status.type, since: iso(row.status.since) },
    nextStatus: row.nextStatus && { name: row.nextStatus.name, since: isoOrNull(row.nextStatus.since) },
    contacts: row.contacts.map((c) => ({
      contactId: c.contactId,
      channel: c.channel,
      state: c.state,
      stateSince: iso(c.stateSince),
      connectedAt: isoOrNull(c.connectedAt),
      queue: toQueueRef(c.queue, names),
    })),
    routingProfile: row.routingProfile && { id: row.routingProfile.id, name: row.routingProfile.name },
    queues: row.queues.map((q) => ({ id: q.id, name: names.queueName(q.id) ?? q.name })),
    hierarchy: row.hierarchy.map(({ level, id, name }) => ({ level, id, name })),
    missedOffers: row.missedOffers,
    lastEventAt: iso(row.lastEventAt),
  }
}

export function toPublicContact(row: ContactRow, names: NameSource, rights: Rights): PublicContact {
  return {
    id: row.id,
    instanceId: row.instanceId,
    channel: row.channel,
    initiationMethod: row.initiationMethod,
    initialContactId: row.initialContactId,
    previousContactId: row.previousContactId,
    nextContactIds: [...row.nextContactIds],
    queue: toQueueRef(row.queue, names),
    agent: toAgentRef(row.agentId, names),
    offeredTo: toAgentRef(row.offeredTo, names),
    state: row.state,
    stateSince: iso(row.stateSince),
    initiatedAt: isoOrNull(row.initiatedAt),
    enqueuedAt: isoOrNull(row.enqueuedAt),
    connectedAt: isoOrNull(row.connectedAt),
    leftQueueAt: isoOrNull(row.leftQueueAt),
    outcome: row.outcome,
    disconnectedAt: isoOrNull(row.disconnectedAt),
    disconnectReason: row.disconnectReason,
    endedAt: isoOrNull(row.endedAt),
    queueSeconds: row.queueSeconds,
    interactionSeconds: row.interactionSeconds,
    holdSeconds: row.holdSeconds,
    acwSeconds: row.acwSeconds,
    handleSeconds: row.handleSeconds,
    basis: row.basis,
    audioStartedAt: isoOrNull(row.audioStartedAt),
    audioStartEstimated: row.audioStartEstimated,
    sentiment: { customer: toSentiment(row.sentiment.customer), agent: toSentiment(row.sentiment.agent) },
    categories: [...row.categories],
    turnCount: row.turnCount,
    analysis: row.analysis,
    summary: rights.words ? row.summary : null,
  }
}

/** `audio`: wall time of offset 0 of the contact's transcript, from its row. */
export function toPublicTurn(row: TurnRow, audio: { startedAt: number | null; estimated: boolean }): PublicTurn {
  const derived = audio.startedAt !== null && row.beginOffsetMs !== null ? audio.startedAt + row.beginOffsetMs : null
  return {
    contactId: row.contactId,
    segmentId: row.turnId,
    outputType: row.outputType,
    participantRole: row.participantRole,
    text: row.text,
    partial: row.partial,
    sentiment: row.sentiment,
    offsetMs: row.beginOffsetMs,
    endOffsetMs: row.endOffsetMs,
    time: isoOrNull(row.saidAt ?? derived),
    timeEstimated: row.saidAt === null && derived !== null && audio.estimated,
  }
}

export function toPublicAlert(row: AlertRow, names: NameSource, rights: Rights): PublicAlert {
  return {
    id: row.id,
    ruleId: row.ruleId,
    ruleName: row.ruleName,
    ruleVersion: row.ruleVersion,
    severity: row.severity,
    entity: row.entity,
    state: row.state,
    since: iso(row.since),
    raisedAt: iso(row.raisedAt),
    queue: toQueueRef(row.queue, names),
    agent: toAgentRef(row.agentId, names),
    hits: rights.words
      ? row.hits.map((h) => ({
          segmentId: h.turnId,
          participantRole: h.participantRole,
          text: h.text,
          highlight: [h.begin, h.end] as [number, number],
          offsetMs: h.beginOffsetMs,
          confirmed: h.confirmed,
        }))
      : [],
    history: row.history.map((h) => ({ state: h.state, at: iso(h.at), by: h.by })),
  }
}

/** ISO-8601 UTC text; a time no calendar has (a fault at the source) becomes the epoch rather than a failed answer. */
export function iso(ms: number): string {
  return new Date(Number.isFinite(ms) && Math.abs(ms) <= MAX_DATE_MS ? ms : 0).toISOString()
}

// Year 9999: later years get a sign and six digits, which the schema of times does not take.
const MAX_DATE_MS = 253_402_300_799_999

function isoOrNull(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : iso(ms)
}

export function toQueueRef(queue: QueueRef | null, names: NameSource): { id: string; name: string | null } | null {
  return queue && { id: queue.id, name: names.queueName(queue.id) ?? queue.name }
}

function toAgentRef(agentId: string | null, names: NameSource): { id: string; name: string | null } | null {
  return agentId === null ? null : { id: agentId, name: names.agentName(agentId) }
}

function toSentiment(sums: SentimentSums | null): PublicContact['sentiment']['customer'] {
  if (!sums) return null
  return { score: Math.min(5, Math.max(-5, sums.score)), turns: sums.turns, negativeTurns: sums.negativeTurns }
}
