// The preview world in the shapes of contracts/public.ts. Development only.
const iso = (ms) => (ms === null || ms === undefined ? null : new Date(ms).toISOString())
const ref = (q) => (q ? { id: q.id, name: q.name } : null)
const person = (a) => (a ? { id: a.id, name: a.name } : null)

function score(tones) {
  let run = 0
  let before = null
  let sum = 0
  let weights = 0
  for (const tone of tones) {
    run = tone === before ? run + 1 : 1
    before = tone
    const value = tone === 'POSITIVE' ? 5 : tone === 'NEGATIVE' ? -5 : 0
    const weight = value === 0 ? 1 : run
    sum += value * weight
    weights += weight
  }
  return tones.length === 0
    ? null
    : { score: weights ? sum / weights : 0, turns: tones.length, negativeTurns: tones.filter((t) => t === 'NEGATIVE').length }
}

export function contactRow(c) {
  return {
    id: c.id,
    instanceId: 'preview',
    channel: c.channel,
    initiationMethod: 'INBOUND',
    initialContactId: null,
    previousContactId: null,
    nextContactIds: [],
    queue: ref(c.queue),
    agent: person(c.agent),
    offeredTo: c.state === 'offered' ? person(c.offeredTo) : null,
    state: c.state,
    stateSince: iso(c.since),
    initiatedAt: iso(c.enqueuedAt),
    enqueuedAt: iso(c.enqueuedAt),
    connectedAt: iso(c.connectedAt),
    leftQueueAt: iso(c.connectedAt),
    outcome: c.outcome ?? null,
    disconnectedAt: iso(c.disconnectedAt),
    disconnectReason: null,
    endedAt: iso(c.endedAt),
    queueSeconds: null,
    interactionSeconds: null,
    holdSeconds: null,
    acwSeconds: null,
    handleSeconds: null,
    basis: 'live',
    audioStartedAt: iso(c.connectedAt),
    audioStartEstimated: false,
    sentiment: { customer: score(c.sums.CUSTOMER), agent: score(c.sums.AGENT) },
    categories: c.categories,
    turnCount: c.sums.CUSTOMER.length + c.sums.AGENT.length,
    analysis: 'live',
    summary: c.state === 'ended' ? 'The customer asked about a refund; the agent arranged it.' : null,
  }
}
export function turnRow(c, t) {
  return {
    contactId: c.id,
    segmentId: t.segmentId,
    outputType: 'redacted',
    participantRole: t.role,
    text: t.text,
    partial: t.partial,
    sentiment: t.sentiment,
    offsetMs: t.begin,
    endOffsetMs: t.end,
    time: iso(t.at),
    timeEstimated: false,
  }
}
export function alertRow(a) {
  return {
    id: a.id,
    ruleId: a.rule.name,
    ruleName: a.rule.name,
    ruleVersion: 1,
    severity: a.rule.severity,
    entity: { type: 'contact', id: a.contact.id },
    state: a.history.at(-1).state,
    since: iso(a.at),
    raisedAt: iso(a.at),
    queue: ref(a.contact.queue),
    agent: person(a.contact.agent),
    hits: [
      {
        segmentId: a.turn.segmentId,
        participantRole: a.turn.role,
        text: a.turn.full,
        highlight: a.highlight,
        offsetMs: a.turn.begin,
        confirmed: a.history.length > 1,
      },
    ],
    history: a.history,
  }
}
export function agentRow(a) {
  const connectState = { onHold: 'CONNECTED_ONHOLD', connected: 'CONNECTED', offered: 'CONNECTING', ended: 'ENDED' }
  return {
    id: a.id,
    arn: `arn:preview/${a.id}`,
    instanceId: 'preview',
    name: a.name,
    username: a.id,
    state: a.state,
    stateSince: iso(a.since),
    monitoring: false,
    status: { name: a.status, type: a.status === 'Available' ? 'ROUTABLE' : 'CUSTOM', since: iso(a.since) },
    nextStatus: null,
    contacts: a.contact
      ? [
          {
            contactId: a.contact.id,
            channel: a.contact.channel,
            state: connectState[a.contact.state],
            stateSince: iso(a.contact.since),
            connectedAt: iso(a.contact.connectedAt),
            queue: ref(a.contact.queue),
          },
        ]
      : [],
    routingProfile: null,
    queues: a.queues.map(ref),
    hierarchy: [],
    missedOffers: 0,
    lastEventAt: iso(a.lastEventAt),
  }
}
export function queueRow(world, q, now) {
  const waiting = [...world.contacts.values()].filter((c) => c.queue === q && (c.state === 'queued' || c.state === 'offered'))
  const serving = world.agents.filter((a) => a.queues.includes(q))
  return {
    id: q.id,
    name: q.name,
    target: q.target,
    hidden: false,
    waiting: waiting.length,
    waitingOverTarget: waiting.filter((c) => now - c.enqueuedAt >= q.target.seconds * 1000).length,
    oldestEnqueuedAt: waiting.length ? iso(Math.min(...waiting.map((c) => c.enqueuedAt))) : null,
    staffed: serving.length,
    available: serving.filter((a) => a.state === 'available' && !a.stale).length,
    onContact: world.agents.filter((a) => a.state === 'onContact' && a.contact.queue === q).length,
    offered30: q.offered30,
    serviceLevel30: q.sl30,
    offeredToday: q.offered,
    serviceLevelToday: (100 * q.within) / q.offered,
    handledToday: q.offered - q.abandoned,
    abandonedToday: q.abandoned,
    abandonRateToday: (100 * q.abandoned) / q.offered,
    answerSecondsToday: q.answerSeconds,
    handleSecondsToday: 270,
  }
}
export function metricValues(world, now) {
  const rows = world.queues.map((q) => queueRow(world, q, now))
  const total = (of) => rows.reduce((sum, row) => sum + of(row), 0)
  const inState = (state) => world.agents.filter((a) => a.state === state).length
  const offered = total((r) => r.offeredToday)
  return {
    CONTACTS_IN_QUEUE: total((r) => r.waiting),
    CONTACTS_IN_QUEUE_OVER_X: total((r) => r.waitingOverTarget),
    'SERVICE_LEVEL@businessDay': total((r) => (r.serviceLevelToday * r.offeredToday) / offered),
    'SERVICE_LEVEL@PT30M': total((r) => r.serviceLevel30 * r.offered30) / total((r) => r.offered30),
    'CONTACTS_ABANDONED@businessDay': total((r) => r.abandonedToday),
    'ABANDONMENT_RATE@businessDay': (100 * total((r) => r.abandonedToday)) / offered,
    AGENTS_AVAILABLE: inState('available'),
    AGENTS_STAFFED: world.agents.length,
    AGENTS_ON_CONTACT: inState('onContact'),
    AGENTS_AFTER_CONTACT_WORK: inState('afterContactWork'),
    AGENTS_NON_PRODUCTIVE: inState('nonProductive'),
  }
}
