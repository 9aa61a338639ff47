import type { Agent, Contact, Leg, World } from '../model.ts'
import type { Queue } from '../centre/build.ts'
import { becomeFree, canTake, changed } from './agents.ts'

const RING_TIMEOUT_MS = 20_000

/** Stands in its queue's line, at the place its first enqueue gives it, until the customer gives up. */
export function wait(world: World, contact: Contact, patienceMs: number): void {
  const now = world.schedule.now()
  contact.phase = 'waiting'
  contact.waits.push({ from: now, to: null })
  const line = world.lines[contact.queue.index]!
  let place = line.length
  while (place > 0 && line[place - 1]!.enqueuedAt! > contact.enqueuedAt!) place--
  line.splice(place, 0, contact)
  const attempts = contact.attempts
  world.schedule.after(patienceMs, () => {
    if (contact.phase === 'waiting' && contact.attempts === attempts) world.react.left(contact, 'CUSTOMER_DISCONNECT')
  })
  const agent = findAgent(world, contact)
  if (agent) offer(world, agent, contact)
}

export function takeOutOfLine(world: World, contact: Contact): void {
  const line = world.lines[contact.queue.index]!
  line.splice(line.indexOf(contact), 1)
  contact.waits.at(-1)!.to = world.schedule.now()
}

/** Who has been idle longest among those who may take it; of an own queue only its owner. */
function findAgent(world: World, contact: Contact): Agent | undefined {
  const { queue, channel } = contact
  if (queue.type === 'AGENT') {
    const owner = world.agents[queue.index - world.centre.queues.length]!
    return canTake(owner, channel) ? owner : undefined
  }
  let best: Agent | undefined
  for (const desk of world.desksOf[queue.index]!) {
    for (const agent of world.staff[desk]!) {
      if (!canTake(agent, channel)) continue
      if (!best || agent.legs.length < best.legs.length || (agent.legs.length === best.legs.length && agent.idleSince < best.idleSince))
        best = agent
    }
  }
  return best
}

/** Offers an agent whoever waits longest in the agent's queues, as long as there is room for one more. */
export function serve(world: World, agent: Agent): void {
  for (let next = findContact(world, agent); next; next = findContact(world, agent)) offer(world, agent, next)
}

function findContact(world: World, agent: Agent): Contact | undefined {
  const { desk, ownQueue } = agent.person
  const { lead } = world.direction
  if (lead?.phase === 'waiting' && desk.queues.includes(lead.queue) && canTake(agent, lead.channel)) return lead
  const own = firstOf(world, ownQueue, agent)
  if (own) return own
  let best: Contact | undefined
  for (const queue of desk.queues) {
    const first = firstOf(world, queue, agent)
    if (first && desk.byPriority) return first
    if (first && (!best || first.enqueuedAt! < best.enqueuedAt!)) best = first
  }
  return best
}

const firstOf = (world: World, queue: Queue, agent: Agent): Contact | undefined =>
  world.lines[queue.index]!.find((contact) => canTake(agent, contact.channel))

function offer(world: World, agent: Agent, contact: Contact): void {
  takeOutOfLine(world, contact)
  if (world.direction.lead === contact) world.direction.lead = null
  contact.phase = 'offered'
  contact.attempts++
  const leg = addLeg(world, agent, contact, contact.method === 'CALLBACK' ? 'INCOMING' : 'CONNECTING')
  const { load, schedule, centre } = world
  const { shares } = centre
  if (isMissed(world, contact)) return schedule.after(RING_TIMEOUT_MS, () => miss(world, agent, leg, 'MISSED'))
  if (isByChance(world, contact)) {
    if (contact.method !== 'CALLBACK' && load.chance(shares.goneWhileRinging))
      return schedule.after(load.whole(1000, 9000), () => loseCaller(world, agent, leg))
    if (contact.channel !== 'VOICE' && load.chance(shares.rejected))
      return schedule.after(load.whole(1500, 6000), () => miss(world, agent, leg, 'REJECTED'))
  }
  if (leg.state === 'CONNECTING') return schedule.after(load.whole(1800, 5200), () => world.react.joined(agent, leg))
  // An accepted callback dials the customer, who then answers, or does not.
  schedule.after(load.whole(2000, 5000), () => {
    moveLeg(world, agent, leg, 'CONNECTING')
    if (isByChance(world, contact) && load.chance(shares.callbackFails)) schedule.after(25_000, () => failCallback(world, agent, leg))
    else schedule.after(load.whole(5000, 12_000), () => world.react.joined(agent, leg))
  })
}

export function addLeg(world: World, agent: Agent, contact: Contact, state: Leg['state']): Leg {
  const leg: Leg = { contact, state, since: world.schedule.now(), stateFrom: world.schedule.now(), connectedAt: null }
  agent.legs.push(leg)
  changed(world, agent)
  return leg
}

export function moveLeg(world: World, agent: Agent, leg: Leg, state: Leg['state']): void {
  leg.state = state
  leg.since = leg.stateFrom = world.schedule.now()
  changed(world, agent)
}

export function clearLeg(world: World, agent: Agent, leg: Leg): void {
  agent.legs.splice(agent.legs.indexOf(leg), 1)
  changed(world, agent)
  becomeFree(world, agent)
}

function isMissed(world: World, contact: Contact): boolean {
  if (world.direction.missNext.delete(contact.queue.index)) return true
  return isByChance(world, contact) && contact.attempts === 1 && world.load.chance(world.centre.shares.missed)
}

export const isQuiet = ({ direction, schedule }: World, queue: Queue): boolean => schedule.now() < (direction.quietUntil[queue.index] ?? 0)

const isByChance = (world: World, contact: Contact): boolean => !contact.wishes.plain && !isQuiet(world, contact.queue)

/** Nobody took it: the contact gets its old place again, the agent is blocked until the contact is cleared. */
function miss(world: World, agent: Agent, leg: Leg, state: 'MISSED' | 'REJECTED'): void {
  moveLeg(world, agent, leg, state)
  world.schedule.after(world.load.whole(6000, 30_000), () => clearLeg(world, agent, leg))
  if (leg.contact.phase === 'offered') wait(world, leg.contact, world.load.whole(30_000, 90_000))
}

function loseCaller(world: World, agent: Agent, leg: Leg): void {
  const { contact } = leg
  world.react.left(contact, 'CUSTOMER_DISCONNECT')
  moveLeg(world, agent, leg, contact.channel === 'VOICE' ? 'MISSED' : 'REJECTED')
  world.schedule.after(world.load.whole(2000, 8000), () => clearLeg(world, agent, leg))
}

function failCallback(world: World, agent: Agent, leg: Leg): void {
  world.react.unanswered(leg.contact)
  moveLeg(world, agent, leg, 'ERROR')
  world.schedule.after(world.load.whole(2000, 6000), () => clearLeg(world, agent, leg))
}
