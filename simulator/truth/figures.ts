/**
 * The oracle: what every metric must be, worked out from what really happened, in the plainest way there is. It shares no code with
 * what it judges. Definitions: AWS guide, "Metric definitions"; where AWS leaves a choice, the catalogue's (docs/metrics.md).
 */
import type { TruthFact } from '../stream.ts'
import type { AgentTruth, ContactTruth } from './facts.ts'

export interface Truth {
  contacts: readonly ContactTruth[]
  /** By agent, each in order of time. */
  agents: ReadonlyMap<string, readonly AgentTruth[]>
}

export interface Question {
  /** Epoch ms. */
  at: number
  /** Left out: all queues, agents' own included. */
  queueId?: string
  channel?: string
  /** Seconds. */
  threshold: number
  /** Whether the record of a contact is known at that moment: it tells whole seconds, and what nothing else tells. */
  isFinal(contactId: string): boolean
}

export type Figures = Record<string, number | null>

export function toTruth(facts: Iterable<TruthFact>): Truth {
  const contacts: ContactTruth[] = []
  const agents = new Map<string, AgentTruth[]>()
  for (const fact of facts) {
    if (fact.type === 'contact') contacts.push(fact as ContactTruth)
    else if (fact.type === 'agent') {
      const agent = fact as AgentTruth
      const own = agents.get(agent.agentId)
      if (own) own.push(agent)
      else agents.set(agent.agentId, [agent])
    }
  }
  return { contacts, agents }
}

const active = new Set(['CONNECTED', 'CONNECTED_ONHOLD', 'PAUSED', 'ENDED'])
const dials = new Set(['OUTBOUND', 'EXTERNAL_OUTBOUND', 'CALLBACK'])

/** Every metric that is a sample at one moment. */
export function figuresAt(
  truth: Truth,
  { at, queueId, channel, threshold, asOf = at }: Omit<Question, 'isFinal'> & { asOf?: number },
): Figures {
  const waiting = truth.contacts.filter(
    (c) =>
      (queueId === undefined || c.queueId === queueId) &&
      (channel === undefined || c.channel === channel) &&
      c.waits.some(({ from, to }) => from <= at && at < to),
  )
  const oldest = waiting.reduce((min, c) => Math.min(min, c.enqueuedAt!), Number.POSITIVE_INFINITY)
  const figures = {
    CONTACTS_IN_QUEUE: waiting.length,
    CONTACTS_IN_QUEUE_OVER_X: waiting.filter((c) => asOf - c.enqueuedAt! > threshold * 1000).length,
    OLDEST_CONTACT_AGE: waiting.length === 0 ? null : (asOf - oldest) / 1000,
    AGENTS_ONLINE: 0,
    AGENTS_STAFFED: 0,
    AGENTS_AVAILABLE: 0,
    AGENTS_ON_CONTACT: 0,
    AGENTS_AFTER_CONTACT_WORK: 0,
    AGENTS_NON_PRODUCTIVE: 0,
  }
  for (const changes of truth.agents.values()) {
    const now = stateAt(changes, at)
    if (!now || (queueId !== undefined && !now.queueIds.includes(queueId))) continue
    const isIn = now.isSignedIn
    figures.AGENTS_ONLINE += Number(isIn && now.status.type !== 'OFFLINE')
    figures.AGENTS_STAFFED += Number(isIn && now.status.type === 'ROUTABLE')
    figures.AGENTS_NON_PRODUCTIVE += Number(isIn && now.status.type === 'CUSTOM')
    figures.AGENTS_AVAILABLE += Number(isIn && now.status.type === 'ROUTABLE' && now.contacts.length === 0)
    figures.AGENTS_ON_CONTACT += Number(now.contacts.some((c) => active.has(c.state) || (c.state === 'CONNECTING' && dials.has(c.method))))
    figures.AGENTS_AFTER_CONTACT_WORK += now.contacts.filter((c) => c.state === 'ENDED').length
  }
  return figures
}

/** The last change at or before `at`. */
export function stateAt(changes: readonly AgentTruth[], at: number): AgentTruth | undefined {
  let [low, high] = [0, changes.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (changes[middle]!.at <= at) low = middle + 1
    else high = middle
  }
  return changes[low - 1]
}

/** Every metric over the time from `from` to `at`. */
export function figuresBetween(truth: Truth, { from, at, queueId, channel, threshold, isFinal }: Question & { from: number }): Figures {
  let [queued, abandoned, inTime, answered, answeredSeconds, handled, handlings, handledSeconds] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (const c of truth.contacts) {
    if ((queueId !== undefined && c.queueId !== queueId) || (channel !== undefined && c.channel !== channel)) continue
    const isIn = (time: number | null): boolean => time !== null && time >= from && time <= at
    const final = isFinal(c.id)
    if (isIn(c.leftQueueAt) && (c.isQueueTold || final)) {
      const seconds = final ? c.seconds.queue! : (c.leftQueueAt! - c.enqueuedAt!) / 1000
      queued++
      abandoned += Number(c.outcome === 'abandoned')
      inTime += Number(seconds < threshold)
      if (c.outcome === 'answered') {
        answered++
        answeredSeconds += seconds
      }
    }
    handled += Number(isIn(c.connectedAt))
    if (isIn(c.wrapUpTo)) {
      const { interaction, hold, acw, pause } = c.seconds
      handlings++
      handledSeconds += final ? interaction! + hold! + acw! + (pause ?? 0) : (c.wrapUpTo! - c.connectedAt!) / 1000
    }
  }
  const ratio = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole)
  return {
    CONTACTS_QUEUED: queued,
    CONTACTS_HANDLED: handled,
    CONTACTS_ABANDONED: abandoned,
    ABANDONMENT_RATE: ratio(100 * abandoned, queued),
    SERVICE_LEVEL: ratio(100 * inTime, queued),
    AVG_QUEUE_ANSWER_TIME: ratio(answeredSeconds, answered),
    AVG_HANDLE_TIME: ratio(handledSeconds, handlings),
  }
}
