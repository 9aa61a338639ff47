import type { PublicAgent, PublicAlert, PublicContact, PublicQueue, PublicTurn } from '#contracts/public'

/** Ten in the morning of some day; all samples are relative to it. */
export const T0 = Date.parse('2026-03-02T10:00:00.000Z')
export const iso = (ms: number): string => new Date(ms).toISOString()

export function queue(changes: Partial<PublicQueue> = {}): PublicQueue {
  return {
    id: 'billing',
    name: 'Billing',
    target: { seconds: 20, percent: 80 },
    hidden: false,
    waiting: 0,
    waitingOverTarget: 0,
    oldestEnqueuedAt: null,
    staffed: 10,
    available: 3,
    onContact: 5,
    offered30: 40,
    serviceLevel30: 90,
    offeredToday: 200,
    serviceLevelToday: 85,
    handledToday: 190,
    abandonedToday: 6,
    abandonRateToday: 3,
    answerSecondsToday: 12,
    handleSecondsToday: 240,
    ...changes,
  }
}

export function agent(changes: Partial<PublicAgent> = {}): PublicAgent {
  return {
    id: 'ana',
    arn: 'arn:ana',
    instanceId: 'i',
    name: 'Ana Costa',
    username: 'ana',
    state: 'available',
    stateSince: iso(T0),
    monitoring: false,
    status: { name: 'Available', type: 'ROUTABLE', since: iso(T0) },
    nextStatus: null,
    contacts: [],
    routingProfile: null,
    queues: [],
    hierarchy: [],
    missedOffers: 0,
    lastEventAt: iso(T0),
    ...changes,
  }
}

export function agentContact(changes: Partial<PublicAgent['contacts'][number]> = {}): PublicAgent['contacts'][number] {
  return {
    contactId: 'c1',
    channel: 'VOICE',
    state: 'CONNECTED',
    stateSince: iso(T0),
    connectedAt: iso(T0),
    queue: { id: 'billing', name: 'Billing' },
    ...changes,
  }
}

export function contact(changes: Partial<PublicContact> = {}): PublicContact {
  return {
    id: 'c1',
    instanceId: 'i',
    channel: 'VOICE',
    initiationMethod: 'INBOUND',
    initialContactId: null,
    previousContactId: null,
    nextContactIds: [],
    queue: { id: 'billing', name: 'Billing' },
    agent: { id: 'ana', name: 'Ana Costa' },
    offeredTo: null,
    state: 'connected',
    stateSince: iso(T0),
    initiatedAt: iso(T0),
    enqueuedAt: iso(T0),
    connectedAt: iso(T0),
    leftQueueAt: iso(T0),
    outcome: 'answered',
    disconnectedAt: null,
    disconnectReason: null,
    endedAt: null,
    queueSeconds: null,
    interactionSeconds: null,
    holdSeconds: null,
    acwSeconds: null,
    handleSeconds: null,
    basis: 'live',
    audioStartedAt: iso(T0),
    audioStartEstimated: false,
    sentiment: { customer: null, agent: null },
    categories: [],
    turnCount: 0,
    analysis: 'live',
    summary: null,
    ...changes,
  }
}

export function turn(changes: Partial<PublicTurn> = {}): PublicTurn {
  return {
    contactId: 'c1',
    segmentId: 's1',
    outputType: 'raw',
    participantRole: 'CUSTOMER',
    text: 'I want to cancel everything today',
    partial: false,
    sentiment: 'NEUTRAL',
    offsetMs: 0,
    endOffsetMs: 1000,
    time: iso(T0),
    timeEstimated: false,
    ...changes,
  }
}

/** Turns of one side with these sentiments, a second apart. */
export function turnsWith(sentiments: readonly PublicTurn['sentiment'][], changes: Partial<PublicTurn> = {}): PublicTurn[] {
  return sentiments.map((sentiment, i) =>
    turn({
      segmentId: `${changes.participantRole ?? 'CUSTOMER'}-${i}`,
      sentiment,
      offsetMs: i * 1000,
      endOffsetMs: i * 1000 + 900,
      ...changes,
    }),
  )
}

export function alert(changes: Partial<PublicAlert> = {}): PublicAlert {
  return {
    id: 'a1',
    ruleId: 'r1',
    ruleName: 'Wants to cancel',
    ruleVersion: 1,
    severity: 'critical',
    entity: { type: 'contact', id: 'c1' },
    state: 'raised',
    since: iso(T0),
    raisedAt: iso(T0),
    queue: { id: 'billing', name: 'Billing' },
    agent: { id: 'ana', name: 'Ana Costa' },
    hits: [
      {
        segmentId: 's1',
        participantRole: 'CUSTOMER',
        text: 'want to cancel everything',
        highlight: [8, 25],
        offsetMs: 4200,
        confirmed: false,
      },
    ],
    history: [{ state: 'raised', at: iso(T0), by: null }],
    ...changes,
  }
}
