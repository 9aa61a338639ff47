import type { Agent, Contact, World } from '../model.ts'
import type { TruthFact } from '../stream.ts'

/** What a contact really was, told when all is over. Times are epoch ms; `seconds` as the record states them. */
export interface ContactTruth extends TruthFact {
  type: 'contact'
  id: string
  channel: string
  method: string
  queueId: string
  initialId: string | null
  previousId: string | null
  nextId: string | null
  initiatedAt: number
  enqueuedAt: number | null
  /** Whether anything but the record says that it queued. */
  isQueueTold: boolean
  /** When it waited without being offered to anybody. */
  waits: { from: number; to: number }[]
  leftQueueAt: number | null
  outcome: 'answered' | 'abandoned' | 'transferred' | 'callback' | null
  agentId: string | null
  connectedAt: number | null
  wrapUpFrom: number | null
  wrapUpTo: number | null
  disconnectedAt: number
  disconnectReason: string | null
  endedAt: number
  /** When the record reaches its source. */
  recordAt: number
  seconds: { queue: number | null; interaction: number | null; hold: number | null; pause: number | null; acw: number | null }
}

/** What an agent is doing from `at` on. */
export interface AgentTruth extends TruthFact {
  type: 'agent'
  agentId: string
  isSignedIn: boolean
  status: { name: string; type: string; since: number }
  nextStatus: string | null
  queueIds: string[]
  contacts: { id: string; channel: string; method: string; state: string; since: number; queueId: string; connectedAt: number | null }[]
}

const seconds = (ms: number): number => Math.floor(ms / 1000)
const between = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : seconds(to) - seconds(from)

export function noteContact(world: World, contact: Contact, recordAt: number): void {
  if (!world.note) return
  const { connectedAt, wrapUpFrom, wrapUpTo, disconnectedAt, holds, pauses } = contact
  const endedAt = Math.max(disconnectedAt!, wrapUpTo ?? 0)
  const hold = seconds(holds.totalMs)
  const pause = contact.channel === 'TASK' ? seconds(pauses.totalMs) : 0
  const whole = between(connectedAt, wrapUpFrom)
  const fact: ContactTruth = {
    type: 'contact',
    at: endedAt,
    id: contact.id,
    channel: contact.channel,
    method: contact.method,
    queueId: contact.queue.id,
    initialId: contact.initialId,
    previousId: contact.previousId,
    nextId: contact.nextId,
    initiatedAt: contact.initiatedAt,
    enqueuedAt: contact.enqueuedAt,
    isQueueTold: contact.isQueueTold,
    waits: contact.waits.map(({ from, to }) => ({ from, to: to ?? endedAt })),
    leftQueueAt: contact.leftQueueAt,
    outcome: contact.outcome,
    agentId: contact.agent?.person.id ?? null,
    connectedAt,
    wrapUpFrom,
    wrapUpTo,
    disconnectedAt: disconnectedAt!,
    disconnectReason: contact.disconnectReason,
    endedAt,
    recordAt,
    seconds: {
      queue: between(contact.enqueuedAt, contact.leftQueueAt),
      interaction: whole === null ? null : whole - hold - pause,
      hold: whole === null ? null : hold,
      pause: whole === null ? null : pause,
      acw: between(wrapUpFrom, wrapUpTo),
    },
  }
  world.note(fact)
}

export function noteAgent(world: World, agent: Agent): void {
  if (!world.note) return
  const { status, statusSince, nextStatus, legs, person, isSignedIn } = agent
  const fact: AgentTruth = {
    type: 'agent',
    at: world.schedule.now(),
    agentId: person.id,
    isSignedIn,
    status: { name: status.name, type: status.type, since: statusSince },
    nextStatus: nextStatus?.status.name ?? null,
    queueIds: person.desk.queues.map(({ id }) => id),
    contacts: legs.map(({ contact, state, stateFrom, connectedAt }) => ({
      id: contact.id,
      channel: contact.channel,
      method: contact.method,
      state,
      since: stateFrom,
      queueId: contact.queue.id,
      connectedAt,
    })),
  }
  world.note(fact)
}
