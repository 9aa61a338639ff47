import { becomeFree, pause, takeOutOfFree } from './agents.ts'
import { endCall } from './ends.ts'
import { noteAgent, type Agent, type Call, type LegacyCall, type LegacyEnd, type LegacyQueue, type Platform } from './model.ts'
import { NOBODY } from './queue-log.ts'
import { finishTalk } from './talk-ends.ts'

const RING_TIMEOUT_MS = 15_000
const NO_ANSWER_SHARE = 0.04
/** How often a phone that rang in vain is paused by the platform. */
const AUTO_PAUSE_SHARE = 0.3
const KEY_SHARE = 0.03
/** Callers wait at most this many times the usual patience, then the queue lets them go. */
const TIMEOUT_PATIENCES = 1.8
/** How soon a queue without members lets a caller go. */
const EMPTY_CHECK_MS = 1000

export function takeCall(platform: Platform, given: LegacyCall, onEnd: (end: LegacyEnd) => void): string {
  const queue = platform.byNumber.get(given.number)
  if (!queue) throw new RangeError(`no queue has the number ${given.number}`)
  const call: Call = {
    id: platform.log.newChannelId(),
    phase: 'waiting',
    number: given.number,
    callerNumber: given.callerNumber,
    handedOverFrom: given.handedOverFrom,
    queue,
    visit: 0,
    enteredAt: platform.schedule.now(),
    place: undefined,
    position: 0,
    unserved: undefined,
    rings: 0,
    agent: undefined,
    ringingSince: 0,
    connectedAt: undefined,
    talkedMs: 0,
    onEnd,
  }
  platform.openCalls.add(call)
  platform.log.record(call.id, queue.name, NOBODY, 'DID', given.number)
  enterQueue(platform, call, queue, given.number)
  return call.id
}

function enterQueue(platform: Platform, call: Call, queue: LegacyQueue, number: string): void {
  call.phase = 'waiting'
  call.queue = queue
  call.number = number
  call.visit++
  call.enteredAt = platform.schedule.now()
  call.connectedAt = undefined
  call.place = queue.waiting.join(call)
  call.unserved = queue.unserved.join(call)
  call.position = queue.waiting.length
  platform.log.record(call.id, queue.name, NOBODY, 'ENTERQUEUE', '', call.callerNumber, call.position)
  planEndOfWait(platform, call)
  if (queue.members === 0) letGoWhenEmpty(platform, call)
  const agent = queue.free.first()
  if (agent) ring(platform, call, agent)
}

/** Draws when and how the call would leave unanswered. */
function planEndOfWait(platform: Platform, call: Call): void {
  const { load, schedule } = platform
  const { visit } = call
  const patienceMs = load.duration(call.queue.patienceMs)
  const timeoutMs = Math.round(call.queue.patienceMs * TIMEOUT_PATIENCES)
  const isKey = load.chance(KEY_SHARE)
  const leaveAfterMs = isKey ? load.whole(1500, Math.max(1500, patienceMs)) : patienceMs
  const outcome = leaveAfterMs >= timeoutMs ? 'exit-timeout' : isKey ? 'exit-key' : 'abandoned'
  schedule.after(Math.min(leaveAfterMs, timeoutMs), () => {
    if (call.visit === visit && (call.phase === 'waiting' || call.phase === 'ringing')) leaveUnanswered(platform, call, outcome)
  })
}

/** The queue looks a second later whether there is still nobody to ring. */
export function letGoWhenEmpty(platform: Platform, call: Call): void {
  const { visit } = call
  platform.schedule.after(EMPTY_CHECK_MS, () => {
    if (call.visit === visit && call.phase === 'waiting' && call.queue.members === 0) leaveUnanswered(platform, call, 'exit-empty')
  })
}

const events = { abandoned: 'ABANDON', 'exit-timeout': 'EXITWITHTIMEOUT', 'exit-empty': 'EXITEMPTY', 'exit-key': 'EXITWITHKEY' } as const

function leaveUnanswered(platform: Platform, call: Call, outcome: keyof typeof events): void {
  const { log, schedule, load } = platform
  // Asterisk: a caller who goes away cancels the ring; one whose time is up leaves a phone that did not answer.
  const agent = call.agent && stopRinging(platform, call, outcome === 'exit-timeout' ? 'RINGNOANSWER' : 'RINGCANCELED')
  const waited = log.secondsAt(schedule.now()) - log.secondsAt(call.enteredAt)
  const parameters = [call.queue.waiting.positionOf(call.place!), call.position, waited]
  if (outcome === 'exit-key') parameters.unshift(load.pick([1, 9]))
  log.record(call.id, call.queue.name, NOBODY, events[outcome], ...parameters)
  endCall(platform, call, outcome, outcome === 'abandoned' || outcome === 'exit-key' ? 'caller' : 'queue')
  if (agent) becomeFree(platform, agent)
}

/** The caller keeps the place in the queue while a phone rings. */
function ring(platform: Platform, call: Call, agent: Agent): void {
  const { schedule, load } = platform
  takeOutOfFree(agent)
  if (call.unserved) call.queue.unserved.leave(call.unserved)
  call.unserved = undefined
  call.phase = 'ringing'
  call.agent = agent
  call.ringingSince = schedule.now()
  agent.state = 'ringing'
  noteAgent(platform, agent, { callId: call.id })
  const turn = ++call.rings
  const isSame = (): boolean => call.phase === 'ringing' && call.rings === turn
  if (load.chance(NO_ANSWER_SHARE)) schedule.after(RING_TIMEOUT_MS, () => isSame() && missRing(platform, call))
  else schedule.after(load.whole(1200, 6500), () => isSame() && connect(platform, call))
}

/** The call takes its old turn again, and another phone rings before the same one may. */
function missRing(platform: Platform, call: Call): void {
  const { load } = platform
  const agent = stopRinging(platform, call, 'RINGNOANSWER')
  call.phase = 'waiting'
  call.unserved = call.queue.unserved.joinBefore(call, (other) => other.enteredAt > call.enteredAt)
  if (load.chance(AUTO_PAUSE_SHARE)) pause(platform, agent, 'Auto-Pause', load.whole(60_000, 240_000))
  const other = call.queue.free.first()
  if (other) ring(platform, call, other)
  becomeFree(platform, agent)
}

/** Takes the agent away from the call; the caller of this sets the agent free. */
function stopRinging({ log, schedule }: Platform, call: Call, event: 'RINGNOANSWER' | 'RINGCANCELED'): Agent {
  const agent = call.agent!
  log.record(call.id, call.queue.name, agent.member, event, schedule.now() - call.ringingSince)
  call.agent = undefined
  return agent
}

/** Gives the agent whoever waits longest in any of the agent's queues. */
export function serve(platform: Platform, agent: Agent): void {
  let oldest: Call | undefined
  for (const queue of agent.queues) {
    const first = queue.unserved.first()
    if (first && (!oldest || first.enteredAt < oldest.enteredAt)) oldest = first
  }
  if (oldest) ring(platform, oldest, agent)
}

function connect(platform: Platform, call: Call): void {
  const { log, schedule, load, epoch } = platform
  const now = schedule.now()
  const agent = call.agent!
  call.phase = 'talking'
  call.connectedAt = now
  call.queue.waiting.leave(call.place!)
  agent.state = 'talking'
  const holdSeconds = log.secondsAt(now) - log.secondsAt(call.enteredAt)
  const ringSeconds = Math.floor((now - call.ringingSince) / 1000)
  log.record(call.id, call.queue.name, agent.member, 'CONNECT', holdSeconds, log.newChannelId(), ringSeconds)
  noteAgent(platform, agent, { callId: call.id })
  schedule.after(load.duration(call.queue.talkMs), () => platform.epoch === epoch && finishTalk(platform, call, enterQueue))
}
