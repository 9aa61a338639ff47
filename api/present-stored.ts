import type { PublicContact, PublicTurn } from '#contracts/public'
import { alertStates, contactOutcomes, contactStates, type AlertRow, type TurnRow } from '#contracts/rows'
import type { StoredAlert } from '#storage/queries/alerts'
import type { StoredContact } from '#storage/queries/contacts'
import type { StoredTurn } from '#storage/queries/turns'
import { iso, toPublicTurn, type NameSource } from './present.ts'

const time = (ms: number | null): string | null => (ms === null ? null : iso(ms))
const score = (value: number | null) =>
  value === null ? null : { score: Math.min(5, Math.max(-5, value)), turns: null, negativeTurns: null }

/** A contact of the history. What the store does not keep is null or empty: follow-ups, who is ringing, numbers of turns, summary. */
export function toPublicStoredContact(stored: StoredContact, names: NameSource): PublicContact {
  return {
    id: stored.contactId,
    instanceId: stored.instanceId,
    channel: stored.channel,
    initiationMethod: stored.initiationMethod,
    initialContactId: stored.initialContactId,
    previousContactId: stored.previousContactId,
    nextContactIds: [],
    queue: stored.queueId === null ? null : { id: stored.queueId, name: names.queueName(stored.queueId) ?? stored.queueName },
    agent: stored.agentId === null ? null : { id: stored.agentId, name: names.agentName(stored.agentId) },
    offeredTo: null,
    state: contactStates.find((s) => s === stored.state) ?? 'ended',
    stateSince: iso(stored.endedAt ?? stored.lastEventAt),
    initiatedAt: time(stored.initiatedAt),
    enqueuedAt: time(stored.enqueuedAt),
    connectedAt: time(stored.connectedAt),
    leftQueueAt: time(stored.leftQueueAt),
    outcome: contactOutcomes.find((o) => o === stored.outcome) ?? null,
    disconnectedAt: time(stored.disconnectedAt),
    disconnectReason: stored.disconnectReason,
    endedAt: time(stored.endedAt),
    queueSeconds: stored.queueSeconds,
    interactionSeconds: stored.interactionSeconds,
    holdSeconds: stored.holdSeconds,
    acwSeconds: stored.acwSeconds,
    handleSeconds: stored.handleSeconds,
    basis: stored.basis === 'final' ? 'final' : 'live',
    audioStartedAt: time(stored.audioStartedAt),
    audioStartEstimated: isEstimated(stored),
    sentiment: { customer: score(stored.customerScore), agent: score(stored.agentScore) },
    categories: stored.categories,
    turnCount: stored.turnCount,
    analysis: stored.turnCount > 0 ? 'completed' : 'none',
    summary: null,
  }
}

export function toPublicStoredTurn(turn: StoredTurn, contact: StoredContact | undefined): PublicTurn {
  const row: TurnRow = {
    kind: 'turn',
    contactId: turn.contactId,
    turnId: turn.turnId,
    outputType: turn.outputType === 'redacted' ? 'redacted' : 'raw',
    participantRole: turn.participantRole,
    participantId: turn.participantId,
    text: turn.text,
    partial: false,
    sentiment: sentiments.find((s) => s === turn.sentiment) ?? null,
    beginOffsetMs: turn.beginOffsetMs,
    endOffsetMs: turn.endOffsetMs,
    saidAt: turn.saidAt,
  }
  return toPublicTurn(row, { startedAt: contact?.audioStartedAt ?? null, estimated: contact ? isEstimated(contact) : false })
}

const sentiments = ['POSITIVE', 'NEUTRAL', 'NEGATIVE', 'MIXED'] as const

/** The store keeps no flag: without a known agent connection the start of the audio can only have been estimated. */
function isEstimated(contact: StoredContact): boolean {
  return contact.audioStartedAt !== null && contact.connectedAt === null
}

/** An alert of the history as the row it was. The store keeps only the queue's id. */
export function toAlertRow(stored: StoredAlert): AlertRow {
  return {
    kind: 'alert',
    id: stored.alertId,
    ruleId: stored.ruleId,
    ruleName: stored.ruleName,
    ruleVersion: stored.ruleVersion,
    severity: stored.severity === 'critical' ? 'critical' : 'warning',
    entity: { type: 'contact', id: stored.entityId },
    state: alertStates.find((s) => s === stored.state) ?? 'raised',
    since: stored.since,
    raisedAt: stored.raisedAt,
    queue: stored.queueId === null ? null : { id: stored.queueId, arn: '', name: null },
    agentId: stored.agentId,
    // Written by our own history lane from a row of the same shape.
    hits: JSON.parse(stored.hits) as AlertRow['hits'],
    hitsOverflow: 0,
    history: JSON.parse(stored.history) as AlertRow['history'],
  }
}
