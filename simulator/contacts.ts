import { becomeFree, canTake } from './agents.ts'
import { endAnalysis } from './analysis.ts'
import { queues, type Queue } from './centre.ts'
import { talk } from './talk.ts'
import type { Agent, Channel, Contact, Leg, Method, Wishes, World } from './model.ts'
import { sendAgentEvent } from './wire/agent-events.ts'
import { sendContactEvent } from './wire/contact-events.ts'
import { sendContactRecord } from './wire/contact-records.ts'

const RING_TIMEOUT_MS = 20_000
const MISS_SHARE = 0.012
const TRANSFER_SHARE = 0.03

export interface NewContact {
  queue: Queue
  channel?: Channel
  method?: Method
  /** Time in the flow before the queue. */
  flowMs?: number
  /** The contact this one continues. */
  previous?: Contact
  wishes?: Wishes
}

/** A contact starts; it queues after its time in the flow. */
export function arrive(world: World, { queue, channel = 'VOICE', method, flowMs, previous, wishes = {} }: NewContact): Contact {
  const contact: Contact = {
    id: world.ids.uuid(),
    phase: 'arriving',
    channel,
    method: method ?? (channel === 'VOICE' ? 'INBOUND' : 'API'),
    queue,
    initialId: previous ? (previous.initialId ?? previous.id) : null,
    previousId: previous?.id ?? null,
    nextId: null,
    // Ofcom keeps 020 7946 0xxx free for fiction.
    customerNumber: previous?.customerNumber ?? `+4420794600${String(world.load.whole(0, 99)).padStart(2, '0')}`,
    wishes,
    initiatedAt: world.schedule.now(),
    enqueuedAt: null,
    attempts: 0,
    agent: null,
    connectedAt: null,
    holds: { count: 0, totalMs: 0, longestMs: 0 },
    wrapUpFrom: null,
    wrapUpTo: null,
    disconnectedAt: null,
    disconnectReason: null,
    isTransferredAway: false,
    lens: null,
  }
  sendContactEvent(world, contact, 'INITIATED')
  if (channel === 'CHAT') sendContactEvent(world, contact, 'CONNECTED_TO_SYSTEM')
  world.schedule.after(flowMs ?? world.load.whole(6000, 24_000), () =>
    wishes.asksForCallback ? moveToCallback(world, contact) : enqueue(world, contact),
  )
  return contact
}

function enqueue(world: World, contact: Contact): void {
  contact.enqueuedAt = world.schedule.now()
  sendContactEvent(world, contact, 'QUEUED')
  const patienceMs = contact.wishes.patienceMs ?? world.load.duration(contact.channel === 'VOICE' ? 120_000 : 240_000)
  wait(world, contact, patienceMs)
}

function wait(world: World, contact: Contact, patienceMs: number): void {
  contact.phase = 'waiting'
  const line = world.waiting[contact.queue.index]!
  const place = line.findIndex((other) => other.enqueuedAt! > contact.enqueuedAt!)
  line.splice(place === -1 ? line.length : place, 0, contact)
  const attempts = contact.attempts
  world.schedule.after(patienceMs, () => {
    if (contact.phase === 'waiting' && contact.attempts === attempts) leaveQueue(world, contact, 'CUSTOMER_DISCONNECT')
  })
  const agent = findAgent(world, contact)
  if (agent) offer(world, agent, contact)
}

/** Who has been idle longest among those who may take it. */
function findAgent(world: World, contact: Contact): Agent | undefined {
  let best: Agent | undefined
  for (const agent of world.agents) {
    if (!agent.person.profile.queues.includes(contact.queue.index) || !canTake(agent, contact.channel)) continue
    if (!best || agent.legs.length < best.legs.length || (agent.legs.length === best.legs.length && agent.idleSince < best.idleSince))
      best = agent
  }
  return best
}

/** Offers an agent whoever waits longest in the agent's queues, as long as there is room for one more. */
export function serve(world: World, agent: Agent): void {
  for (let next = findContact(world, agent); next; next = findContact(world, agent)) offer(world, agent, next)
}

function findContact(world: World, agent: Agent): Contact | undefined {
  const { lead } = world.direction
  if (lead?.phase === 'waiting' && agent.person.profile.queues.includes(lead.queue.index) && canTake(agent, lead.channel)) return lead
  let best: Contact | undefined
  for (const index of agent.person.profile.queues) {
    const first = world.waiting[index]!.find((contact) => canTake(agent, contact.channel))
    if (first && (!best || first.enqueuedAt! < best.enqueuedAt!)) best = first
  }
  return best
}

function takeOutOfQueue(world: World, contact: Contact): void {
  const line = world.waiting[contact.queue.index]!
  line.splice(line.indexOf(contact), 1)
}

function offer(world: World, agent: Agent, contact: Contact): void {
  takeOutOfQueue(world, contact)
  if (world.direction.lead === contact) world.direction.lead = null
  contact.phase = 'offered'
  contact.attempts++
  const leg: Leg = {
    contact,
    state: contact.method === 'CALLBACK' ? 'INCOMING' : 'CONNECTING',
    since: world.schedule.now(),
    connectedAt: null,
  }
  agent.legs.push(leg)
  sendAgentEvent(world, agent, 'STATE_CHANGE')
  if (isMissed(world, contact)) return world.schedule.after(RING_TIMEOUT_MS, () => miss(world, agent, leg))
  if (leg.state === 'CONNECTING') return world.schedule.after(world.load.whole(1800, 5200), () => connect(world, agent, leg))
  // An accepted callback dials the customer, who then answers.
  world.schedule.after(world.load.whole(2000, 5000), () => {
    moveLeg(world, agent, leg, 'CONNECTING')
    world.schedule.after(world.load.whole(5000, 12_000), () => connect(world, agent, leg))
  })
}

function isMissed(world: World, contact: Contact): boolean {
  if (world.direction.missNext.delete(contact.queue.index)) return true
  return !isQuiet(world, contact.queue) && contact.attempts === 1 && world.load.chance(MISS_SHARE)
}

export const isQuiet = ({ direction, schedule }: World, queue: Queue): boolean => schedule.now() < (direction.quietUntil[queue.index] ?? 0)

function moveLeg(world: World, agent: Agent, leg: Leg, state: Leg['state']): void {
  leg.state = state
  leg.since = world.schedule.now()
  sendAgentEvent(world, agent, 'STATE_CHANGE')
}

/** Nobody answered: the contact takes its old place again, the agent is blocked until the missed contact is cleared. */
function miss(world: World, agent: Agent, leg: Leg): void {
  moveLeg(world, agent, leg, 'MISSED')
  wait(world, leg.contact, world.load.whole(30_000, 90_000))
  world.schedule.after(world.load.whole(6000, 30_000), () => clearLeg(world, agent, leg))
}

function clearLeg(world: World, agent: Agent, leg: Leg): void {
  agent.legs.splice(agent.legs.indexOf(leg), 1)
  sendAgentEvent(world, agent, 'STATE_CHANGE')
  becomeFree(world, agent, serve)
}

function connect(world: World, agent: Agent, leg: Leg): void {
  const { contact } = leg
  const now = world.schedule.now()
  contact.phase = 'talking'
  contact.agent = agent
  contact.connectedAt = now
  leg.connectedAt = now
  moveLeg(world, agent, leg, 'CONNECTED')
  sendContactEvent(world, contact, 'CONNECTED_TO_AGENT')
  talk(world, agent, leg, () => hangUp(world, agent, leg))
}

function hangUp(world: World, agent: Agent, leg: Leg): void {
  const { contact } = leg
  contact.phase = 'wrapUp'
  contact.disconnectedAt = world.schedule.now()
  contact.wrapUpFrom = contact.disconnectedAt
  contact.disconnectReason = world.load.chance(0.6) ? 'CUSTOMER_DISCONNECT' : 'AGENT_DISCONNECT'
  if (shouldTransfer(world, contact)) {
    contact.isTransferredAway = true
    contact.disconnectReason = 'AGENT_DISCONNECT'
    follow(world, contact, 'TRANSFER', transferTarget(world, contact.queue))
  }
  moveLeg(world, agent, leg, 'ENDED')
  sendContactEvent(world, contact, 'DISCONNECTED')
  endAnalysis(world, contact)
  world.schedule.after(world.load.duration(contact.channel === 'VOICE' ? 24_000 : 12_000), () => {
    contact.phase = 'done'
    contact.wrapUpTo = world.schedule.now()
    sendContactEvent(world, contact, 'COMPLETED')
    sendContactRecord(world, contact)
    clearLeg(world, agent, leg)
  })
}

/** Only first contacts are transferred: chains stay short. */
function shouldTransfer({ direction, load }: World, contact: Contact): boolean {
  if (contact.channel !== 'VOICE' || contact.previousId !== null || contact.wishes.turns) return false
  return direction.transferNext.delete(contact.queue.index) || load.chance(TRANSFER_SHARE)
}

function transferTarget(world: World, from: Queue): Queue {
  const others = queues.filter((queue) => queue !== from && queue.language === 'en-GB' && !isQuiet(world, queue))
  return world.load.pick(others)
}

/** Goes on as a new contact in another queue. */
export function follow(world: World, contact: Contact, method: Method, queue: Queue, flowMs = 400): void {
  contact.nextId = arrive(world, { queue, channel: contact.channel, method, flowMs, previous: contact }).id
}

/** The call ends in the flow or in the queue; the callback queues after a short delay. */
export function moveToCallback(world: World, contact: Contact): void {
  follow(world, contact, 'CALLBACK', contact.queue, 15_000)
  leaveQueue(world, contact, 'CONTACT_FLOW_DISCONNECT')
}

/** Ends a contact that never met an agent. */
export function leaveQueue(world: World, contact: Contact, reason: string): void {
  if (contact.phase === 'waiting') takeOutOfQueue(world, contact)
  contact.phase = 'done'
  contact.disconnectedAt = world.schedule.now()
  contact.disconnectReason = reason
  sendContactEvent(world, contact, 'DISCONNECTED')
  sendContactEvent(world, contact, 'COMPLETED')
  sendContactRecord(world, contact)
}
