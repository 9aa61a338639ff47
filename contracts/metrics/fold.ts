import type { Row } from '../rows.ts'
import type { Metric, MetricSums } from './catalogue.ts'
import { contributionsOf, MINUTE_MS, type AgentCounts, type Contribution, type MinuteSums } from './contributions.ts'

/** Which agents and contacts count. Several queues count an agent who serves more than one of them once. */
export interface Selection {
  queueIds: readonly string[] | 'all'
  channel?: string | undefined
}

export interface SumsQuestion {
  kind: Metric['kind']
  select: Selection
  now: number
  /** Start of the window, epoch ms, per queue (business days differ by zone); the window ends now. Unused by `now` metrics. */
  windowStart: (queueId: string) => number
  /** Seconds, per queue. Unused by metrics without a threshold. */
  threshold: (queueId: string) => number
}

export interface MetricQuestion extends Omit<SumsQuestion, 'kind'> {
  metric: Metric
}

export interface MetricsFold {
  /** Takes away what the old row counted and adds what the new one counts. */
  apply(before: Row | undefined, after: Row | undefined): void
  /** What every metric of one kind, window and selection is computed from. */
  sums(question: SumsQuestion): MetricSums
  compute(question: MetricQuestion): number | null
  /** Queues with an agent, a waiting contact or a figure in memory. */
  queueIds(): Iterable<string>
  /** Forgets minutes before `time`. */
  dropBefore(time: number): void
}

interface Minute {
  sums: MinuteSums
  /** Contacts that left the queue, by whole seconds waited: exact for "under X seconds" with whole X. */
  waits: Map<number, number>
}

interface QueueState {
  waiting: Map<string, { channel: string; enqueuedAt: number }>
  minutes: Map<string, Map<number, Minute>>
  agents: Set<string>
}

export function createMetricsFold(): MetricsFold {
  const queues = new Map<string, QueueState>()
  const agents = new Map<string, { counts: AgentCounts; queueIds: readonly string[] }>()
  const queueOf = (id: string): QueueState => {
    let state = queues.get(id)
    if (!state) queues.set(id, (state = { waiting: new Map(), minutes: new Map(), agents: new Set() }))
    return state
  }

  const add = (c: Contribution, sign: 1 | -1): void => {
    if (c.type === 'agent') {
      if (sign === 1) agents.set(c.agentId, { counts: c.counts, queueIds: c.queueIds })
      else agents.delete(c.agentId)
      for (const id of c.queueIds) {
        if (sign === 1) queueOf(id).agents.add(c.agentId)
        else queueOf(id).agents.delete(c.agentId)
      }
    } else if (c.type === 'waiting') {
      const { waiting } = queueOf(c.queueId)
      if (sign === 1) waiting.set(c.contactId, { channel: c.channel, enqueuedAt: c.enqueuedAt })
      else waiting.delete(c.contactId)
    } else addMinute(queueOf(c.queueId), c, sign)
  }

  const selected = function* (select: Selection): Generator<[string, QueueState]> {
    for (const id of select.queueIds === 'all' ? queues.keys() : select.queueIds) {
      const state = queues.get(id)
      if (state) yield [id, state]
    }
  }

  const sums = (question: SumsQuestion): MetricSums => {
    const total = emptySums()
    const { select, kind } = question
    if (kind === 'now') addAgents(total, agents, select, selected(select))
    for (const [id, queue] of selected(select)) {
      if (kind === 'now') addWaiting(total, queue, question, id)
      else addMinutes(total, queue, question, id)
    }
    return total
  }

  return {
    apply(before, after) {
      if (before) for (const c of contributionsOf(before)) add(c, -1)
      if (after) for (const c of contributionsOf(after)) add(c, 1)
    },
    sums,
    compute: ({ metric, ...question }) => metric.compute(sums({ ...question, kind: metric.kind }), question.now),
    queueIds: () => queues.keys(),
    dropBefore(time) {
      const first = Math.floor(time / MINUTE_MS)
      for (const { minutes } of queues.values())
        for (const byMinute of minutes.values()) for (const minute of byMinute.keys()) if (minute < first) byMinute.delete(minute)
    },
  }
}

function addMinute(queue: QueueState, c: Extract<Contribution, { type: 'minute' }>, sign: 1 | -1): void {
  let byMinute = queue.minutes.get(c.channel)
  if (!byMinute) queue.minutes.set(c.channel, (byMinute = new Map()))
  let minute = byMinute.get(c.minute)
  if (!minute) {
    minute = { sums: { queued: 0, abandoned: 0, answered: 0, answerMs: 0, handled: 0, handleCount: 0, handleMs: 0 }, waits: new Map() }
    byMinute.set(c.minute, minute)
  }
  for (const key of Object.keys(c.sums) as (keyof MinuteSums)[]) minute.sums[key] += sign * c.sums[key]
  if (c.sums.queued === 0 || c.waitSeconds === null) return
  const second = Math.floor(c.waitSeconds)
  const count = (minute.waits.get(second) ?? 0) + sign
  if (count === 0) minute.waits.delete(second)
  else minute.waits.set(second, count)
}

function addAgents(
  sums: MetricSums,
  agents: Map<string, { counts: AgentCounts }>,
  select: Selection,
  chosen: Iterable<[string, QueueState]>,
): void {
  const ids = select.queueIds === 'all' ? agents.keys() : new Set([...chosen].flatMap(([, q]) => [...q.agents]))
  for (const id of ids) {
    const counts = agents.get(id)?.counts
    if (!counts) continue
    sums.agentsOnline += counts.online
    sums.agentsStaffed += counts.staffed
    sums.agentsAvailable += counts.available
    sums.agentsOnContact += counts.onContact
    sums.agentsNonProductive += counts.nonProductive
    sums.contactsInAcw += counts.contactsInAcw
  }
}

function addWaiting(sums: MetricSums, queue: QueueState, question: SumsQuestion, queueId: string): void {
  const limit = question.now - question.threshold(queueId) * 1000
  for (const { channel, enqueuedAt } of queue.waiting.values()) {
    if (question.select.channel !== undefined && channel !== question.select.channel) continue
    sums.waiting++
    if (enqueuedAt < limit) sums.waitingOverThreshold++
    if (sums.oldestEnqueuedAt === null || enqueuedAt < sums.oldestEnqueuedAt) sums.oldestEnqueuedAt = enqueuedAt
  }
}

function addMinutes(sums: MetricSums, queue: QueueState, question: SumsQuestion, queueId: string): void {
  const first = Math.floor(question.windowStart(queueId) / MINUTE_MS)
  const last = Math.floor(question.now / MINUTE_MS)
  const threshold = question.threshold(queueId)
  for (const [channel, byMinute] of queue.minutes) {
    if (question.select.channel !== undefined && channel !== question.select.channel) continue
    for (const m of minutesBetween(byMinute, first, last)) {
      sums.queued += m.sums.queued
      sums.abandoned += m.sums.abandoned
      sums.answered += m.sums.answered
      sums.answerMs += m.sums.answerMs
      sums.handled += m.sums.handled
      sums.handleCount += m.sums.handleCount
      sums.handleMs += m.sums.handleMs
      for (const [second, count] of m.waits) if (second < threshold) sums.removedInThreshold += count
    }
  }
}

/** Walks whichever is shorter: the minutes of the window, or those kept. */
function* minutesBetween(byMinute: ReadonlyMap<number, Minute>, first: number, last: number): Generator<Minute> {
  if (last - first < byMinute.size) {
    for (let minute = first; minute <= last; minute++) {
      const found = byMinute.get(minute)
      if (found) yield found
    }
  } else for (const [minute, found] of byMinute) if (minute >= first && minute <= last) yield found
}

function emptySums(): MetricSums {
  return {
    agentsOnline: 0,
    agentsStaffed: 0,
    agentsAvailable: 0,
    agentsOnContact: 0,
    agentsNonProductive: 0,
    contactsInAcw: 0,
    waiting: 0,
    waitingOverThreshold: 0,
    oldestEnqueuedAt: null,
    queued: 0,
    removedInThreshold: 0,
    abandoned: 0,
    answered: 0,
    answerMs: 0,
    handled: 0,
    handleCount: 0,
    handleMs: 0,
  }
}
