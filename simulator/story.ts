import type { Queue } from './centre/build.ts'
import type { Turn } from './conversation/plan.ts'
import { speechMs } from './conversation/speech.ts'
import { canTake, loseConnection, recall, requestPause } from './life/agents.ts'
import { arrive, move, moveToCallback } from './life/contacts.ts'
import type { Agent, Contact, World } from './model.ts'

const STORY_MS = 10 * 60_000
/** The stage is set this long before the story begins. */
export const STORY_LEAD_MS = 200_000

const SECOND = 1000
const FIRST_WORD_MS = 900

/** Callers of the burst queue wait: how many there shall be at which second. The first one's wait passes 90 s at second 10. */
const burst: readonly [second: number, waiting: number][] = [
  [-80, 1],
  [-7, 2],
  [8, 3],
  [9.5, 4],
  [11, 5],
  [12.5, 6],
  [14, 7],
]

/** Who plays which part. */
interface Cast {
  burst: Queue
  desk: readonly Agent[]
  deskIndex: number
  calm: readonly Queue[]
  chat: Queue | undefined
}

function castOf({ centre, staff }: World): Cast | null {
  const parts = centre.plan.story
  if (!parts) return null
  const queue = (name: string): Queue => centre.queues.find((q) => q.name === name)!
  const deskIndex = centre.desks.findIndex(({ name }) => name === parts.desk)
  return {
    burst: queue(parts.burst),
    desk: staff[deskIndex]!,
    deskIndex,
    calm: parts.calm.map(queue),
    chat: parts.chat === undefined ? undefined : queue(parts.chat),
  }
}

/** Starts the ten-minute story at `storyAt` and repeats it for ever; a centre without a story goes on as it is. */
export function scheduleStory(world: World, storyAt: number): void {
  const cast = castOf(world)
  if (!cast) return
  const { schedule, direction } = world
  const at = (second: number, task: () => void): void => schedule.at(storyAt + Math.round(second * SECOND), task)
  const [first, second] = [cast.calm[0]!, cast.calm[1] ?? cast.calm[0]!]
  // Begun without notice, everybody needs a moment to sign in, and the desk to take its calls.
  const stageAt = Math.max(storyAt - 86 * SECOND, schedule.now() + 2500)
  at(-STORY_LEAD_MS / SECOND, () => (direction.quietUntil[cast.burst.index] = storyAt + 90 * SECOND))
  schedule.at(stageAt, () => setStage(world, cast, storyAt))
  for (const [when, waiting] of burst)
    schedule.at(Math.max(storyAt + when * SECOND, stageAt + 5000), () => fill(world, cast.burst, waiting))
  at(31, () => callBack(world, cast))
  const { chat } = cast
  if (chat)
    at(90, () => void arrive(world, { queue: chat, channel: 'CHAT', flowMs: 2000, wishes: { turns: () => cardChat(), plain: true } }))
  at(150, () => loseSomebody(world, cast))
  at(200, () => direction.missNext.add(second.index))
  at(201, () => void arrive(world, { queue: second, flowMs: 5000, wishes: { plain: true } }))
  at(260, () => direction.transferNext.add(first.index))
  at(300, () => soon(world, () => moveWaitingCaller(world, cast)))
  const askInFlow = (): void => void arrive(world, { queue: first, flowMs: 8000, wishes: { asksForCallback: true } })
  at(330, () => soon(world, () => askForCallback(world), askInFlow))
  at(399, () => (direction.silence = { kind: 'contact-event', from: storyAt + 400 * SECOND, until: storyAt + 420 * SECOND }))
  at((STORY_MS - STORY_LEAD_MS) / SECOND - 1, () => scheduleStory(world, storyAt + STORY_MS))
}

/** Nobody at the desk is free until second 26: two on a break, the others in calls, one of them with a customer who will leave. */
function setStage(world: World, { burst: queue, desk, deskIndex }: Cast, storyAt: number): void {
  const { direction, load, schedule } = world
  direction.heldUntil[deskIndex] = storyAt + 26 * SECOND
  direction.returnsAt = [storyAt + 26.5 * SECOND, storyAt + 28.5 * SECOND]
  const resting = desk.find((agent) => agent.status.type === 'CUSTOM')
  if (resting && !desk.some((agent) => canTake(agent, 'VOICE'))) recall(world, resting)
  const idle = load.shuffle(desk.filter((agent) => canTake(agent, 'VOICE')))
  for (const agent of idle.splice(0, Math.min(2, idle.length - 1))) {
    requestPause(world, agent, world.centre.pauses.rest.status, direction.returnsAt.shift()! - schedule.now())
  }
  const wishes = { patienceMs: 600 * SECOND, analysed: true, plain: true }
  const turns = (connectedAt: number): Turn[] => cancelTurns(storyAt + 17 * SECOND - connectedAt)
  direction.lead = arrive(world, { queue, flowMs: 300, wishes: { ...wishes, turns } })
  for (let i = 1; i < idle.length; i++) {
    const talkMs = storyAt - schedule.now() + load.whole(18, 34) * SECOND
    arrive(world, { queue, flowMs: 300 + i * 350, wishes: { ...wishes, talkMs } })
  }
}

/** Whoever of the desk still rests is asked to help, one after the other, so that the queue drains. */
function callBack(world: World, { desk }: Cast): void {
  const resting = desk.filter((agent) => agent.status.type === 'CUSTOM')
  for (const [i, agent] of resting.entries()) world.schedule.after((1 + 3 * i) * SECOND, () => recall(world, agent))
}

function fill(world: World, queue: Queue, target: number): void {
  for (let missing = target - world.lines[queue.index]!.length; missing > 0; missing--) {
    arrive(world, { queue, flowMs: 250, wishes: { patienceMs: 300 * SECOND, analysed: true, plain: true } })
  }
}

/** One who is idle, away from the desk, drops off for six minutes. */
function loseSomebody(world: World, { deskIndex }: Cast): void {
  const idle = world.agents.filter((agent) => agent.person.desk.index !== deskIndex && canTake(agent, 'VOICE'))
  const agent = idle.at(-1)
  if (agent) loseConnection(world, agent, 370 * SECOND)
}

/** Tries every second for a while, since calm queues are empty at times. */
function soon(world: World, act: () => boolean, otherwise: () => void = () => {}, tries = 60): void {
  if (act()) return
  if (tries === 0) otherwise()
  else world.schedule.after(SECOND, () => soon(world, act, otherwise, tries - 1))
}

const waitingCallers = ({ lines, centre }: World): Contact[] =>
  lines
    .slice(0, centre.queues.length)
    .flat()
    .filter(({ channel }) => channel === 'VOICE')

/** The flow moves a waiting caller to another queue. */
function moveWaitingCaller(world: World, { burst: busy, calm }: Cast): boolean {
  const contact = waitingCallers(world).find(({ queue }) => queue !== busy && queue.language === 'en-GB')
  if (!contact) return false
  move(
    world,
    contact,
    calm.find((queue) => queue !== contact.queue),
  )
  return true
}

/** A waiting caller takes the offer to be called back. */
function askForCallback(world: World): boolean {
  const contact = waitingCallers(world).find(({ method }) => method === 'INBOUND')
  if (contact) moveToCallback(world, contact)
  return contact !== undefined
}

type Said = readonly [role: Turn['role'], text: string, tone: Turn['tone']]

const beforeTheWords: readonly Said[] = [
  ['AGENT', 'Thank you for calling billing, how can I help you today?', 'NEUTRAL'],
  ['CUSTOMER', 'Hello, I am looking at my invoice and it went up again.', 'NEUTRAL'],
  ['AGENT', 'Let me open your account, this takes a moment.', 'NEUTRAL'],
  ['CUSTOMER', 'Thank you, you were very friendly about it last time.', 'POSITIVE'],
  ['AGENT', 'I can see two extra lines on your invoice this month.', 'NEUTRAL'],
  ['CUSTOMER', 'I never ordered those, and I said so in spring.', 'NEUTRAL'],
  ['AGENT', 'They belong to the old plan, I am afraid they are not refundable.', 'NEUTRAL'],
  ['CUSTOMER', 'So I keep paying for mistakes that are not mine.', 'NEGATIVE'],
  ['AGENT', 'I understand, and I will look into it straight away.', 'NEUTRAL'],
]
const theWords: Said = ['CUSTOMER', 'Honestly, I want to cancel everything today.', 'NEGATIVE']
const afterTheWords: readonly Said[] = [
  ['AGENT', 'I am sorry to hear that, may I look at what I can do?', 'NEUTRAL'],
  ['CUSTOMER', 'You can try, but I am tired of asking for the same thing.', 'NEGATIVE'],
  ['AGENT', 'I can take both lines off and credit that amount right now.', 'POSITIVE'],
  ['CUSTOMER', 'All right, then I will think about it.', 'NEUTRAL'],
]

/** The words begin `wordsAtMs` after the agent joined, or at once; what came before is spread over that time, the earliest left out when it is short. */
function cancelTurns(wordsAtMs: number): Turn[] {
  const wordsAt = Math.max(wordsAtMs, FIRST_WORD_MS)
  const room = wordsAt - FIRST_WORD_MS
  const before = [...beforeTheWords]
  while (before.some(([, text]) => speechMs(text) + 600 > room / before.length)) before.shift()
  const slotMs = room / before.length
  const turns = before.map(([role, text, tone], i): Turn => {
    const beginMs = Math.round(FIRST_WORD_MS + i * slotMs)
    return { role, text, tone, beginMs, endMs: beginMs + speechMs(text) }
  })
  return [...turns, ...layOut([theWords, ...afterTheWords], wordsAt, 1100)]
}

function layOut(said: readonly Said[], fromMs: number, gapMs: number): Turn[] {
  let at = fromMs
  return said.map(([role, text, tone]) => {
    const beginMs = at
    const endMs = beginMs + speechMs(text)
    at = endMs + gapMs
    return { role, text, tone, beginMs, endMs }
  })
}

/** A chat in which a card number is typed: the well-known test number, there to be masked. */
const cardChat = (): Turn[] =>
  layOut(
    [
      ['AGENT', 'Hello and welcome to the order chat, how can I help?', 'NEUTRAL'],
      ['CUSTOMER', 'Hi, I would like to pay for order 7 again, the card was declined.', 'NEUTRAL'],
      ['AGENT', 'Of course. I will send you a payment link in a moment.', 'NEUTRAL'],
      ['CUSTOMER', 'My card is 4111 1111 1111 1111, please use that one.', 'NEUTRAL'],
      ['AGENT', 'Please never type card numbers here. The link is safe to use.', 'NEUTRAL'],
      ['CUSTOMER', 'Oh, sorry. The link works, it went through.', 'POSITIVE'],
      ['AGENT', 'Wonderful, your order leaves today.', 'POSITIVE'],
      ['CUSTOMER', 'Thank you so much for your help.', 'POSITIVE'],
    ],
    2500,
    9000,
  )
