import { canTake, loseConnection, recall, requestPause } from './agents.ts'
import { BILLING, BILLING_DESK, ORDERS, pauses, queues, SALES, SUPPORT, TECHNICAL } from './centre.ts'
import { arrive, follow, leaveQueue, moveToCallback, serve } from './contacts.ts'
import type { Turn } from './conversation/plan.ts'
import { speechMs } from './conversation/speech.ts'
import type { Agent, World } from './model.ts'

const STORY_MS = 10 * 60_000
/** The stage is set this long before the story begins. */
export const STORY_LEAD_MS = 200_000

const SECOND = 1000
const FIRST_WORD_MS = 900

/** Billing callers wait: how many there shall be at which second. The first one's wait passes 90 s at second 10. */
const burst: readonly [second: number, waiting: number][] = [
  [-80, 1],
  [-7, 2],
  [8, 3],
  [9.5, 4],
  [11, 5],
  [12.5, 6],
  [14, 7],
]

/** Starts the ten-minute story at `storyAt` and repeats it for ever. */
export function scheduleStory(world: World, storyAt: number): void {
  const { schedule, direction } = world
  const at = (second: number, task: () => void): void => schedule.at(storyAt + Math.round(second * SECOND), task)
  // Begun without notice, everybody needs a moment to sign in, and the desk to take its calls.
  const stageAt = Math.max(storyAt - 86 * SECOND, schedule.now() + 2500)
  at(-STORY_LEAD_MS / SECOND, () => (direction.quietUntil[BILLING] = storyAt + 90 * SECOND))
  schedule.at(stageAt, () => setStage(world, storyAt))
  for (const [second, waiting] of burst) schedule.at(Math.max(storyAt + second * SECOND, stageAt + 5000), () => fillBilling(world, waiting))
  at(31, () => callBack(world))
  at(90, () => void arrive(world, { queue: queues[ORDERS]!, channel: 'CHAT', flowMs: 2000, wishes: { turns: () => cardChat() } }))
  at(150, () => loseSomebody(world))
  at(200, () => direction.missNext.add(SUPPORT))
  at(201, () => void arrive(world, { queue: queues[SUPPORT]!, flowMs: 5000 }))
  at(260, () => direction.transferNext.add(SALES))
  at(300, () => soon(world, () => moveWaitingCaller(world)))
  const askInFlow = (): void => void arrive(world, { queue: queues[SALES]!, flowMs: 8000, wishes: { asksForCallback: true } })
  at(330, () => soon(world, () => askForCallback(world), askInFlow))
  at(400, () => (direction.silence = { kind: 'contact-event', from: schedule.now(), until: schedule.now() + 20 * SECOND }))
  at((STORY_MS - STORY_LEAD_MS) / SECOND - 1, () => scheduleStory(world, storyAt + STORY_MS))
}

/** Nobody at the billing desk is free until second 26: two on a break, the others in calls, one of them with a customer who will leave. */
function setStage(world: World, storyAt: number): void {
  const { direction, load, schedule } = world
  direction.heldUntil[BILLING_DESK] = storyAt + 26 * SECOND
  direction.returnsAt = [storyAt + 26.5 * SECOND, storyAt + 28.5 * SECOND]
  const desk = deskOf(world)
  const resting = desk.find((agent) => agent.status.type === 'CUSTOM')
  if (resting && !desk.some((agent) => canTake(agent, 'VOICE'))) recall(world, resting, serve)
  const idle = load.shuffle(desk.filter((agent) => canTake(agent, 'VOICE')))
  for (const agent of idle.splice(0, Math.min(2, idle.length - 1))) {
    requestPause(world, agent, pauses.rest.status, direction.returnsAt.shift()! - schedule.now(), serve)
  }
  const billing = queues[BILLING]!
  const wishes = { patienceMs: 600 * SECOND, analysed: true }
  const turns = (connectedAt: number): Turn[] => cancelTurns(storyAt + 17 * SECOND - connectedAt)
  direction.lead = arrive(world, { queue: billing, flowMs: 300, wishes: { ...wishes, turns } })
  for (let i = 1; i < idle.length; i++) {
    const talkMs = storyAt - schedule.now() + load.whole(18, 34) * SECOND
    arrive(world, { queue: billing, flowMs: 300 + i * 350, wishes: { ...wishes, talkMs } })
  }
}

/** Whoever of the billing desk still rests is asked to help, one after the other, so that the queue drains. */
function callBack(world: World): void {
  const resting = deskOf(world).filter((agent) => agent.status.type === 'CUSTOM')
  for (const [i, agent] of resting.entries()) world.schedule.after((1 + 3 * i) * SECOND, () => recall(world, agent, serve))
}

const deskOf = (world: World): Agent[] => world.agents.filter((agent) => agent.person.profile.index === BILLING_DESK)

function fillBilling(world: World, target: number): void {
  for (let missing = target - world.waiting[BILLING]!.length; missing > 0; missing--) {
    arrive(world, { queue: queues[BILLING]!, flowMs: 250, wishes: { patienceMs: 300 * SECOND, analysed: true } })
  }
}

/** One who is idle, away from the billing desk, drops off for six minutes. */
function loseSomebody(world: World): void {
  const idle = world.agents.filter((agent: Agent) => agent.person.profile.index !== BILLING_DESK && canTake(agent, 'VOICE'))
  const agent = idle.at(-1)
  if (agent) loseConnection(world, agent, 370 * SECOND, serve)
}

/** Tries every second for a while, since calm queues are empty at times. */
function soon(world: World, act: () => boolean, otherwise: () => void = () => {}, tries = 60): void {
  if (act()) return
  if (tries === 0) otherwise()
  else world.schedule.after(SECOND, () => soon(world, act, otherwise, tries - 1))
}

/** The flow moves a waiting caller to another queue. */
function moveWaitingCaller(world: World): boolean {
  const contact = world.waiting
    .flat()
    .find(({ channel, queue }) => channel === 'VOICE' && queue.index !== BILLING && queue.language === 'en-GB')
  if (!contact) return false
  follow(world, contact, 'QUEUE_TRANSFER', queues[contact.queue.index === SUPPORT ? TECHNICAL : SUPPORT]!)
  leaveQueue(world, contact, 'CONTACT_FLOW_DISCONNECT')
  return true
}

/** A waiting caller takes the offer to be called back. */
function askForCallback(world: World): boolean {
  const contact = world.waiting.flat().find(({ channel, method }) => channel === 'VOICE' && method === 'INBOUND')
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
