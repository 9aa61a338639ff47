import type { Queue } from '../centre/build.ts'
import type { Channel } from '../centre/plan.ts'
import type { Agent, Contact, Holds, Method, Wishes, World } from '../model.ts'
import { noteContact } from '../truth/facts.ts'
import { sendContactEvent } from '../wire/contact-events.ts'
import { recordDelayMs, sendContactRecord } from '../wire/contact-records.ts'
import { takeOutOfLine, wait } from './routing.ts'

export interface NewContact {
  queue: Queue
  channel?: Channel
  method?: Method
  /** Time in the flow before the queue. */
  flowMs?: number
  /** The contact this one continues. */
  previous?: Contact
  wishes?: Wishes
  more?: Partial<Contact>
}

const CALLBACK_DELAY_MS = 15_000
const RETRY_DELAY_MS = 5 * 60_000
const MOST_TRIES = 3

const usualMethod: Record<Channel, Method> = { VOICE: 'INBOUND', CHAT: 'API', TASK: 'API', EMAIL: 'INBOUND' }
const noHolds: Holds = { count: 0, totalMs: 0, longestMs: 0 }

/** A contact begins to exist and INITIATED is sent; nothing else happens to it by itself. */
export function initiate(world: World, { queue, channel = 'VOICE', method, previous, wishes = {}, more }: NewContact): Contact {
  const now = world.schedule.now()
  const contact: Contact = {
    id: world.contactIds.uuid(),
    phase: 'arriving',
    channel,
    method: method ?? usualMethod[channel],
    queue,
    initialId: previous ? (previous.initialId ?? previous.id) : null,
    previousId: previous?.id ?? null,
    nextId: null,
    // Ofcom keeps 020 7946 0xxx free for fiction.
    customerNumber: previous?.customerNumber ?? `+4420794600${String(world.load.whole(0, 99)).padStart(2, '0')}`,
    systemNumber: queue.number,
    wishes,
    initiatedAt: now,
    onlineAt: null,
    scheduledFor: null,
    enqueuedAt: null,
    isQueueTold: true,
    waits: [],
    attempts: 0,
    agent: null,
    connectedAt: null,
    holds: noHolds,
    holdFrom: null,
    pauses: { ...noHolds, lastFrom: null, lastTo: null },
    wrapUpFrom: null,
    wrapUpTo: null,
    disconnectedAt: null,
    disconnectReason: null,
    isColdTransfer: false,
    transferredAt: null,
    transferredTo: null,
    outsideMs: null,
    campaign: null,
    answeredBy: null,
    previewedUntil: null,
    attributes: {},
    listens: false,
    isHandedOver: false,
    callbackTries: 0,
    outcome: null,
    leftQueueAt: null,
    lens: null,
    quality: null,
    ...more,
  }
  // A callback or a call that is dialled reaches the system only when the other side answers.
  if (contact.onlineAt === null && contact.method !== 'CALLBACK' && contact.method !== 'OUTBOUND' && contact.method !== 'EXTERNAL_OUTBOUND')
    contact.onlineAt = now
  world.openContacts++
  sendContactEvent(world, contact, 'INITIATED')
  if ((channel === 'CHAT' || channel === 'TASK') && contact.onlineAt !== null) sendContactEvent(world, contact, 'CONNECTED_TO_SYSTEM')
  return contact
}

/** A contact starts; it queues after its time in the flow, unless the flow itself is all it needs. */
export function arrive(world: World, wanted: NewContact): Contact {
  const contact = initiate(world, wanted)
  world.schedule.after(wanted.flowMs ?? world.load.whole(6000, 24_000), () => leaveFlow(world, contact))
  return contact
}

function leaveFlow(world: World, contact: Contact): void {
  const { wishes, channel, method, previousId } = contact
  if (wishes.asksForCallback) return moveToCallback(world, contact)
  const isFirstCall = channel === 'VOICE' && method === 'INBOUND' && previousId === null && !wishes.plain && !contact.isHandedOver
  if (isFirstCall && world.load.chance(world.centre.plan.containment ?? 0))
    return leave(world, contact, world.load.chance(0.7) ? 'CUSTOMER_DISCONNECT' : 'CONTACT_FLOW_DISCONNECT', null)
  if (isFirstCall && world.legacy?.wants(contact) && world.legacy.handOver(contact)) return
  if (isFirstCall && world.load.chance((world.centre.plan.callbacks ?? 0) / 2)) return moveToCallback(world, contact)
  enqueue(world, contact)
}

const patience: Record<Channel, number> = { VOICE: 1, CHAT: 2, TASK: 240, EMAIL: 240 }

export function enqueue(world: World, contact: Contact): void {
  const { queue, channel, wishes, method } = contact
  contact.enqueuedAt = world.schedule.now()
  if (contact.isQueueTold) sendContactEvent(world, contact, 'QUEUED')
  wait(world, contact, wishes.patienceMs ?? world.load.duration(queue.patienceMs * patience[channel]))
  if (wishes.plain || channel !== 'VOICE' || queue.type !== 'STANDARD') return
  // Some of those who still wait after a while are moved by the flow, or ask to be called back.
  const { load, centre, schedule } = world
  if (method === 'INBOUND' && load.chance((centre.plan.callbacks ?? 0) / 2)) {
    schedule.after(load.whole(15_000, 60_000), () => contact.phase === 'waiting' && moveToCallback(world, contact))
  } else if (contact.previousId === null && load.chance(centre.shares.moved)) {
    schedule.after(load.whole(20_000, 60_000), () => contact.phase === 'waiting' && move(world, contact, otherQueue(world, contact)))
  }
}

/** The flow moves a waiting contact to another queue, as a new contact. */
export function move(world: World, contact: Contact, queue: Queue | undefined): void {
  if (!queue) return
  follow(world, contact, 'QUEUE_TRANSFER', queue)
  leave(world, contact, 'CONTACT_FLOW_DISCONNECT', 'transferred')
}

/** A queue of the same language that somebody else's call may go to. */
export function otherQueue(world: World, contact: Contact): Queue | undefined {
  const { queue } = contact
  const others = world.centre.queues.filter(
    (other) =>
      other !== queue &&
      other.language === queue.language &&
      world.desksOf[other.index]!.length > 0 &&
      world.schedule.now() >= (world.direction.quietUntil[other.index] ?? 0),
  )
  return others.length > 0 ? world.load.pick(others) : undefined
}

/** Goes on as a new contact in another queue. */
export function follow(
  world: World,
  contact: Contact,
  method: Method,
  queue: Queue,
  more: Pick<NewContact, 'flowMs' | 'more'> = {},
): Contact {
  const next = arrive(world, { queue, channel: contact.channel, method, flowMs: 400, previous: contact, wishes: plainOf(contact), ...more })
  contact.nextId = next.id
  return next
}

const plainOf = ({ wishes }: Contact): Wishes => (wishes.plain ? { plain: true } : {})

/** The call ends in the flow or in the queue; the callback queues after a short delay. */
export function moveToCallback(world: World, contact: Contact): void {
  callBack(world, contact, CALLBACK_DELAY_MS, 1)
  leave(world, contact, 'CONTACT_FLOW_DISCONNECT', 'callback')
}

/** The callback's number did not answer: another one is made for later, a few times. */
export function retryCallback(world: World, contact: Contact): void {
  const isRetried = contact.callbackTries < MOST_TRIES && world.schedule.now() < world.endAt
  if (isRetried) callBack(world, contact, RETRY_DELAY_MS, contact.callbackTries + 1)
  leave(world, contact, 'TELECOM_UNANSWERED', isRetried ? 'callback' : 'abandoned')
}

function callBack(world: World, contact: Contact, delayMs: number, callbackTries: number): void {
  follow(world, contact, 'CALLBACK', contact.queue, { flowMs: delayMs, more: { callbackTries } })
}

/** Ends a contact that never met an agent. */
export function leave(world: World, contact: Contact, reason: string, outcome: Contact['outcome']): void {
  if (contact.phase === 'waiting') takeOutOfLine(world, contact)
  contact.phase = 'done'
  disconnect(world, contact, reason)
  if (contact.enqueuedAt !== null) {
    contact.outcome = outcome
    contact.leftQueueAt = contact.disconnectedAt
  }
  complete(world, contact)
}

export function disconnect(world: World, contact: Contact, reason: string | null): void {
  contact.disconnectedAt = world.schedule.now()
  contact.disconnectReason = reason
  sendContactEvent(world, contact, 'DISCONNECTED')
}

/** All is over, wrap-up included: COMPLETED, and the record a good minute later. */
export function complete(world: World, contact: Contact): void {
  contact.phase = 'done'
  sendContactEvent(world, contact, 'COMPLETED')
  const delayMs = recordDelayMs(world)
  sendContactRecord(world, contact, delayMs)
  noteContact(world, contact, world.schedule.now() + delayMs)
  world.openContacts--
  world.react.over()
}

/** Marks that the agent and the customer are connected from now on. */
export function meet(world: World, agent: Agent, contact: Contact): void {
  contact.phase = 'talking'
  contact.agent = agent
  contact.connectedAt = world.schedule.now()
  contact.onlineAt ??= contact.connectedAt
  if (contact.enqueuedAt !== null) {
    contact.outcome = 'answered'
    contact.leftQueueAt = contact.connectedAt
  }
  sendContactEvent(world, contact, 'CONNECTED_TO_AGENT')
}
