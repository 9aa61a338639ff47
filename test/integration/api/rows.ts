import type { AgentRow, AlertRow, ContactRow, TurnRow } from '#contracts/rows'

/** Tuesday 24 November 2026, 10:00:30 UTC. */
export const T0 = Date.UTC(2026, 10, 24, 10, 0, 30)

export const queue = (id: string, name: string | null = id) => ({ id, arn: `arn:aws:connect:eu-west-2:1:instance/i1/queue/${id}`, name })

export function agent(id: string, given: Partial<AgentRow> = {}): AgentRow {
  return {
    kind: 'agent',
    id,
    arn: `arn:aws:connect:eu-west-2:1:instance/i1/agent/${id}`,
    instanceId: 'i1',
    username: `${id}.user`,
    firstName: 'Ana',
    lastName: id,
    state: 'available',
    stateSince: T0,
    monitoring: false,
    status: { name: 'Available', type: 'ROUTABLE', since: T0 },
    nextStatus: null,
    contacts: [],
    contactsOverflow: 0,
    routingProfile: { id: 'rp', name: 'Basic' },
    queues: [queue('billing', 'Billing')],
    hierarchy: [],
    slots: [],
    missedOffers: 0,
    lastEventAt: T0,
    ...given,
  }
}

export function contact(id: string, given: Partial<ContactRow> = {}): ContactRow {
  return {
    kind: 'contact',
    id,
    instanceId: 'i1',
    channel: 'VOICE',
    initiationMethod: 'INBOUND',
    initialContactId: null,
    previousContactId: null,
    nextContactIds: [],
    queue: queue('billing', null),
    agentId: null,
    offeredTo: null,
    state: 'queued',
    stateSince: T0,
    connectedToSystemAt: null,
    initiatedAt: T0 - 5000,
    enqueuedAt: T0,
    connectedAt: null,
    leftQueueAt: null,
    outcome: null,
    transferredAt: null,
    disconnectedAt: null,
    disconnectReason: null,
    endedAt: null,
    handledAt: null,
    queueSeconds: null,
    interactionSeconds: null,
    holdSeconds: null,
    pauseSeconds: null,
    holdCount: null,
    acwSeconds: null,
    handleSeconds: null,
    basis: 'live',
    recordUpdatedAt: null,
    audioStartedAt: null,
    audioStartEstimated: false,
    sentiment: { customer: null, agent: null },
    categories: [],
    categoriesOverflow: 0,
    turnCount: 0,
    analysis: 'none',
    summary: null,
    firstEventAt: T0 - 5000,
    lastEventAt: T0,
    backfill: false,
    ...given,
  }
}

export function turn(contactId: string, turnId: string, given: Partial<TurnRow> = {}): TurnRow {
  return {
    kind: 'turn',
    contactId,
    turnId,
    outputType: 'raw',
    participantRole: 'CUSTOMER',
    participantId: 'p1',
    text: 'I want to cancel',
    partial: false,
    sentiment: 'NEGATIVE',
    beginOffsetMs: 1000,
    endOffsetMs: 2000,
    saidAt: null,
    ...given,
  }
}

export function alert(id: string, given: Partial<AlertRow> = {}): AlertRow {
  return {
    kind: 'alert',
    id,
    ruleId: 'r1',
    ruleName: 'Cancel',
    ruleVersion: 1,
    severity: 'warning',
    entity: { type: 'contact', id: 'c1' },
    state: 'raised',
    since: T0,
    raisedAt: T0,
    queue: queue('billing', null),
    agentId: null,
    hits: [
      {
        turnId: 't1',
        participantRole: 'CUSTOMER',
        text: 'I want to cancel',
        begin: 10,
        end: 16,
        beginOffsetMs: 1000,
        saidAt: null,
        confirmed: false,
      },
    ],
    hitsOverflow: 0,
    history: [{ state: 'raised', at: T0, by: null }],
    ...given,
  }
}
