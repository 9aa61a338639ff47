import { analyse, endAnalysis } from '../analysis.ts'
import type { Channel } from '../centre/plan.ts'
import { languageOf, planTurns, type Course, type Turn } from '../conversation/plan.ts'
import type { Agent, Contact, Holds, Leg, World } from '../model.ts'
import { sendContactEvent } from '../wire/contact-events.ts'
import { canTake, changed } from './agents.ts'
import { settleAudio } from './audio.ts'
import { complete, disconnect, follow, initiate, meet, otherQueue } from './contacts.ts'
import { clearLeg, isQuiet, moveLeg } from './routing.ts'

/** Live analysis costs the reader most of its events; yesterday's words are needed less than today's. */
const ANALYSED_SHARE = { past: 0.15, story: 0.6 }
const talkFactor: Record<Channel, number> = { VOICE: 1, CHAT: 1.6, TASK: 1.5, EMAIL: 2 }
const wrapUpMs: Record<Channel, number> = { VOICE: 24_000, CHAT: 12_000, TASK: 8000, EMAIL: 10_000 }
const MOST_LINKS = 3

interface Span {
  fromMs: number
  toMs: number
}

type Ending = 'hangUp' | 'toQueue' | 'toAgent' | 'outside' | 'conference'

/** The agent and the customer are connected: holds, words, and the end that was planned for it. */
export function converse(world: World, agent: Agent, leg: Leg): void {
  const { contact } = leg
  meet(world, agent, contact)
  leg.connectedAt = contact.connectedAt
  moveLeg(world, agent, leg, 'CONNECTED')
  const { schedule, load } = world
  const now = schedule.now()
  const script = contact.wishes.turns?.(now)
  const talkMs =
    contact.wishes.talkMs ??
    (script ? (script.at(-1)?.endMs ?? 0) + 3000 : load.duration(contact.queue.talkMs * talkFactor[contact.channel]))
  const isFree = !script && contact.wishes.talkMs === undefined && !contact.wishes.plain
  const hold = isFree ? planHold(world, contact, talkMs) : null
  if (hold) {
    schedule.at(now + hold.fromMs, () => interrupt(world, agent, leg))
    schedule.at(now + hold.toMs, () => resume(world, agent, leg))
  }
  const isHeard = world.wants('contact-lens') || world.note !== undefined
  // The story's words must be found the moment they are said.
  if (script) analyse(world, contact, { turns: script, lateShare: 0 })
  else if (isAnalysed(world, contact)) {
    const fails = load.chance(world.centre.shares.failedAnalysis)
    const failAtMs = Math.round(talkMs * load.unit())
    if (isHeard) analyse(world, contact, { turns: chooseTurns(world, contact, talkMs, hold), ...(fails ? { failAtMs } : {}) })
  }
  const ending = isFree ? chooseEnding(world, contact) : 'hangUp'
  // Where the agent's part ends with the talk, it is known now how it will have sounded.
  const endsWithTalk = ending === 'hangUp' || ending === 'toQueue' || ending === 'outside'
  const endAt = endsWithTalk ? settleAudio(world, agent, contact, now + talkMs) : now + talkMs
  schedule.at(endAt, () => finish(world, agent, leg, endAt < now + talkMs ? 'hangUp' : ending))
}

function planHold({ load, centre }: World, contact: Contact, talkMs: number): Span | null {
  if (talkMs < 90_000 || contact.channel === 'CHAT' || contact.channel === 'EMAIL' || !load.chance(centre.shares.hold)) return null
  const fromMs = Math.round(talkMs * (0.3 + 0.2 * load.unit()))
  return { fromMs, toMs: fromMs + Math.min(load.duration(35_000), Math.round(talkMs * 0.35)) }
}

/** Amazon documents that the state's start does not move when the customer is put on hold. A task is paused instead. */
function interrupt(world: World, agent: Agent, leg: Leg): void {
  const { contact } = leg
  const now = world.schedule.now()
  if (contact.channel === 'TASK') {
    contact.pauses = { ...contact.pauses, lastFrom: now }
    moveLeg(world, agent, leg, 'PAUSED')
    sendContactEvent(world, contact, 'PAUSED')
  } else {
    contact.holdFrom = now
    leg.state = 'CONNECTED_ONHOLD'
    leg.stateFrom = now
    changed(world, agent)
  }
}

function resume(world: World, agent: Agent, leg: Leg): void {
  const { contact } = leg
  const now = world.schedule.now()
  if (contact.channel === 'TASK') {
    contact.pauses = { ...add(contact.pauses, now - contact.pauses.lastFrom!), lastFrom: contact.pauses.lastFrom, lastTo: now }
    moveLeg(world, agent, leg, 'CONNECTED')
    sendContactEvent(world, contact, 'RESUMED')
  } else {
    contact.holds = add(contact.holds, now - contact.holdFrom!)
    contact.holdFrom = null
    leg.state = 'CONNECTED'
    leg.stateFrom = now
    changed(world, agent)
  }
}

const add = ({ count, totalMs, longestMs }: Holds, ms: number): Holds => ({
  count: count + 1,
  totalMs: totalMs + ms,
  longestMs: Math.max(longestMs, ms),
})

function isAnalysed({ centre, direction, load, schedule }: World, contact: Contact): boolean {
  if (contact.wishes.analysed !== undefined) return contact.wishes.analysed
  if (contact.channel === 'TASK' || contact.channel === 'EMAIL' || contact.listens) return false
  if (contact.channel === 'CHAT') return true
  if (centre.plan.analysed !== undefined) return load.chance(centre.plan.analysed)
  const isStory = direction.storyAt !== null && schedule.now() >= direction.storyAt - 180_000
  return load.chance(isStory ? ANALYSED_SHARE.story : ANALYSED_SHARE.past)
}

function chooseTurns({ talk }: World, { channel, queue, wishes }: Contact, talkMs: number, hold: Span | null): Turn[] {
  const dice = talk.unit()
  const course: Course = wishes.course ?? (dice < 0.55 ? 'calm' : dice < 0.85 ? 'improving' : 'falling')
  const intent = wishes.intent ?? talk.pick(queue.intents)
  const paceMs = channel === 'VOICE' ? 7000 : 18_000
  return planTurns(talk, {
    intent,
    course,
    talkMs,
    hold,
    language: languageOf(queue.language),
    channel: channel === 'CHAT' ? 'CHAT' : 'VOICE',
    paceMs,
  })
}

function chooseEnding({ centre: { shares }, load }: World, contact: Contact): Ending {
  if (contact.channel === 'TASK' || contact.channel === 'EMAIL' || contact.method === 'OUTBOUND') return 'hangUp'
  const dice = load.unit()
  if (dice < shares.toQueue) return 'toQueue'
  if (contact.channel === 'CHAT') return 'hangUp'
  if (dice < shares.toQueue + shares.toAgent) return 'toAgent'
  if (dice < shares.toQueue + shares.toAgent + shares.outside) return 'outside'
  return dice < shares.toQueue + shares.toAgent + 1.5 * shares.outside ? 'conference' : 'hangUp'
}

function finish(world: World, agent: Agent, leg: Leg, ending: Ending): void {
  const { contact } = leg
  if (contact.channel === 'VOICE' && world.direction.transferNext.delete(contact.queue.index)) return passToQueue(world, agent, leg)
  // Chains stay short, and nobody is sent where the story wants quiet.
  const isPlain = isQuiet(world, contact.queue) || linksOf(contact) >= MOST_LINKS
  if (isPlain || ending === 'hangUp') return hangUp(world, agent, leg)
  if (ending === 'toQueue') return passToQueue(world, agent, leg)
  if (ending === 'toAgent') return passToAgent(world, agent, leg)
  if (ending === 'outside') return passOutside(world, agent, leg)
  return confer(world, agent, leg)
}

const linksOf = (contact: Contact): number => (contact.previousId === null ? 0 : contact.initialId === contact.previousId ? 1 : MOST_LINKS)

function hangUp(world: World, agent: Agent, leg: Leg): void {
  const { channel } = leg.contact
  if (channel === 'TASK') return endLeg(world, agent, leg, 'AGENT_COMPLETED')
  if (channel === 'EMAIL') return endLeg(world, agent, leg, 'AGENT_DISCONNECT')
  endLeg(world, agent, leg, world.load.chance(0.6) ? 'CUSTOMER_DISCONNECT' : 'AGENT_DISCONNECT')
}

/** Both are gone: the agent wraps up. */
export function endLeg(world: World, agent: Agent, leg: Leg, reason: string): void {
  disconnect(world, leg.contact, reason)
  wrapUp(world, agent, leg, () => complete(world, leg.contact))
}

function wrapUp(world: World, agent: Agent, leg: Leg, then: () => void): void {
  const { contact } = leg
  contact.phase = 'wrapUp'
  contact.wrapUpFrom = world.schedule.now()
  // Whoever leaves a customer on hold held until the end.
  if (contact.holdFrom !== null) contact.holds = add(contact.holds, contact.wrapUpFrom - contact.holdFrom)
  moveLeg(world, agent, leg, 'ENDED')
  endAnalysis(world, contact)
  settleAudio(world, agent, contact, contact.wrapUpFrom)
  world.schedule.after(world.load.duration(wrapUpMs[contact.channel]), () => {
    contact.wrapUpTo = world.schedule.now()
    then()
    clearLeg(world, agent, leg)
  })
}

/** Cold: the agent leaves, the customer waits in another queue. */
function passToQueue(world: World, agent: Agent, leg: Leg): void {
  const { contact } = leg
  const target = otherQueue(world, contact)
  if (!target) return hangUp(world, agent, leg)
  contact.isColdTransfer = true
  follow(world, contact, 'TRANSFER', target)
  endLeg(world, agent, leg, 'AGENT_DISCONNECT')
}

/** Warm: the customer is held while a colleague is asked, who takes the call over, or only gives advice. */
function passToAgent(world: World, agent: Agent, leg: Leg): void {
  const { contact } = leg
  const { load, schedule } = world
  const desk = world.staff[load.whole(0, world.staff.length - 1)]!
  const colleague = desk.length === 0 ? agent : load.pick(desk)
  if (colleague === agent || colleague.legs.length > 0 || !canTake(colleague, 'VOICE')) return hangUp(world, agent, leg)
  interrupt(world, agent, leg)
  const talkMs = load.whole(20_000, 60_000)
  const takesOver = load.chance(0.7)
  const next = follow(world, contact, 'TRANSFER', colleague.person.ownQueue, {
    flowMs: 300,
    more: { wishes: { plain: true, analysed: false, patienceMs: 30_000, talkMs: takesOver ? talkMs + load.duration(90_000) : talkMs } },
  })
  const look = (tries: number): void => {
    if (next.connectedAt !== null) {
      const leftMs = takesOver
        ? Math.max(1, next.connectedAt + talkMs - schedule.now())
        : Math.max(1, next.connectedAt + talkMs + 500 - schedule.now())
      schedule.after(leftMs, () => {
        if (takesOver) return endLeg(world, agent, leg, 'AGENT_DISCONNECT')
        resume(world, agent, leg)
        schedule.after(load.whole(8000, 30_000), () => hangUp(world, agent, leg))
      })
    } else if (next.phase === 'done' || tries === 0) {
      // Nobody there: back to the customer.
      resume(world, agent, leg)
      schedule.after(load.whole(5000, 15_000), () => hangUp(world, agent, leg))
    } else schedule.after(1000, () => look(tries - 1))
  }
  schedule.after(1000, () => look(120))
}

// Ofcom keeps 0808 157 0xxx free for fiction.
const OUTSIDE_NUMBER = '+448081570900'

/** Cold, to a number outside: the agent wraps up while the customer goes on talking to somebody else. */
function passOutside(world: World, agent: Agent, leg: Leg): void {
  const { contact } = leg
  const outside = callOutside(world, contact)
  contact.isColdTransfer = true
  contact.transferredTo = OUTSIDE_NUMBER
  const talkMs = world.load.duration(150_000)
  let isWrappedUp = false
  const completeBoth = (): void => {
    if (isWrappedUp && contact.disconnectedAt !== null) complete(world, contact)
  }
  wrapUp(world, agent, leg, () => {
    isWrappedUp = true
    completeBoth()
  })
  world.schedule.after(talkMs, () => {
    endOutside(world, contact, outside)
    disconnect(world, contact, 'CUSTOMER_DISCONNECT')
    completeBoth()
  })
}

/** Somebody outside joins for a while, then the call goes on. */
function confer(world: World, agent: Agent, leg: Leg): void {
  const { contact } = leg
  const { load, schedule } = world
  const outside = callOutside(world, contact)
  interrupt(world, agent, leg)
  schedule.after(load.whole(8000, 15_000), () => resume(world, agent, leg))
  schedule.after(load.whole(40_000, 120_000), () => {
    endOutside(world, contact, outside)
    schedule.after(load.whole(5000, 20_000), () => hangUp(world, agent, leg))
  })
}

export function callOutside(world: World, contact: Contact, number = OUTSIDE_NUMBER, onAnswer?: () => void): Contact {
  const outside = initiate(world, {
    queue: contact.queue,
    method: 'EXTERNAL_OUTBOUND',
    previous: contact,
    more: { customerNumber: number, isQueueTold: false },
  })
  contact.nextId = outside.id
  world.schedule.after(world.load.whole(2000, 6000), () => {
    outside.onlineAt = world.schedule.now()
    sendContactEvent(world, outside, 'CONNECTED_TO_SYSTEM')
    onAnswer?.()
  })
  return outside
}

export function endOutside(world: World, contact: Contact, outside: Contact): void {
  outside.outsideMs = world.schedule.now() - (outside.onlineAt ?? world.schedule.now())
  contact.outsideMs = outside.outsideMs
  disconnect(world, outside, 'THIRD_PARTY_DISCONNECT')
  complete(world, outside)
}
