import { noteAgent, type Agent, type LegacyQueue, type Platform } from './model.ts'
import { NOBODY } from './queue-log.ts'

const MEAN_BETWEEN_PAUSES_MS = 75 * 60_000

const pauses = [
  { reason: 'Break', weight: 0.6, typicalMs: 11 * 60_000 },
  { reason: 'Lunch', weight: 0.15, typicalMs: 32 * 60_000 },
  { reason: 'Back office', weight: 0.15, typicalMs: 18 * 60_000 },
  // Many phones send no reason.
  { reason: '', weight: 0.1, typicalMs: 4 * 60_000 },
]

export function createAgent(extension: string, queues: readonly LegacyQueue[]): Agent {
  return {
    extension,
    queues,
    state: 'offline',
    pausedFor: undefined,
    pauseMs: 0,
    isLeaving: false,
    places: [],
    device: '',
    member: '',
    logins: 0,
    onGone: () => {},
  }
}

/** Joins all its queues, and leaves them when the shift is over and the last call done. */
export function login(platform: Platform, agent: Agent, shiftMs: number, onGone: () => void): void {
  const { schedule, shifts, log } = platform
  const turn = ++agent.logins
  nameAgent(platform, agent)
  // Whoever adds the member signs the line: a call to a feature code, the database, or a program.
  const source = shifts.chance(0.5) ? log.newChannelId() : shifts.chance(0.5) ? 'REALTIME' : NOBODY
  for (const queue of agent.queues) {
    queue.members++
    log.record(source, queue.name, agent.device, 'ADDMEMBER', '')
  }
  platform.onDuty.add(agent)
  agent.isLeaving = false
  agent.onGone = onGone
  const isHere = (): boolean => agent.logins === turn && agent.state !== 'offline'
  becomeFree(platform, agent)
  planPause(platform, agent, isHere)
  schedule.after(shiftMs, () => isHere() && requestLeave(platform, agent))
}

/** Calls go by the member's name, which is the phone's unless somebody gave it another. */
function nameAgent({ plan, shifts }: Platform, agent: Agent): void {
  agent.device = `${plan.aliases && shifts.chance(0.4) ? 'SIP' : 'PJSIP'}/${agent.extension}`
  agent.member = plan.aliases && shifts.chance(0.5) ? `Agent/${agent.extension}` : agent.device
}

/** Leaves at once unless a call is there: then after it. */
export function requestLeave(platform: Platform, agent: Agent): void {
  agent.isLeaving = true
  if (agent.state === 'free') leave(platform, agent)
}

function leave(platform: Platform, agent: Agent): void {
  takeOutOfFree(agent)
  forget(platform, agent)
  for (const queue of agent.queues) {
    platform.log.record(NOBODY, queue.name, agent.device, 'REMOVEMEMBER', '')
    if (--queue.members === 0) platform.onEmpty(queue)
  }
  noteAgent(platform, agent)
  agent.onGone()
}

/** The platform knows nothing of the agent any more. */
export function forget(platform: Platform, agent: Agent): void {
  agent.state = 'offline'
  agent.pausedFor = undefined
  platform.onDuty.delete(agent)
}

/** After a shift's last call it goes home, in a pause it rests, else it takes the next call. */
export function becomeFree(platform: Platform, agent: Agent): void {
  agent.state = 'free'
  if (agent.isLeaving) return leave(platform, agent)
  noteAgent(platform, agent)
  if (agent.pausedFor !== undefined) return rest(platform, agent)
  agent.places = agent.queues.map((queue) => queue.free.join(agent))
  platform.serve(agent)
}

export function takeOutOfFree(agent: Agent): void {
  for (const [i, place] of agent.places.entries()) agent.queues[i]!.free.leave(place)
  agent.places = []
}

function planPause(platform: Platform, agent: Agent, isHere: () => boolean): void {
  const { schedule, shifts } = platform
  schedule.after(shifts.exponential(MEAN_BETWEEN_PAUSES_MS), () => {
    if (!isHere()) return
    const kind = pickPause(shifts.unit())
    pause(platform, agent, kind.reason, shifts.duration(kind.typicalMs))
    planPause(platform, agent, isHere)
  })
}

function pickPause(share: number): (typeof pauses)[number] {
  let left = share
  return pauses.find(({ weight }) => (left -= weight) < 0) ?? pauses[0]!
}

/** The line comes at once, even in a call; the rest begins after it. */
export function pause(platform: Platform, agent: Agent, reason: string, lengthMs: number): void {
  if (agent.pausedFor !== undefined || agent.isLeaving) return
  agent.pausedFor = reason
  agent.pauseMs = lengthMs
  recordPause(platform, agent, 'PAUSE', reason)
  noteAgent(platform, agent)
  if (agent.state !== 'free') return
  takeOutOfFree(agent)
  rest(platform, agent)
}

function rest(platform: Platform, agent: Agent): void {
  const { logins } = agent
  platform.schedule.after(agent.pauseMs, () => {
    if (agent.logins !== logins || agent.state !== 'free') return
    agent.pausedFor = undefined
    recordPause(platform, agent, 'UNPAUSE', '')
    becomeFree(platform, agent)
  })
}

/** In several queues at once it is announced for all (by the phone, without the reason), then for each. */
function recordPause({ log }: Platform, agent: Agent, event: 'PAUSE' | 'UNPAUSE', reason: string): void {
  if (agent.queues.length > 1) log.record(NOBODY, NOBODY, agent.device, `${event}ALL`, '')
  for (const queue of agent.queues) log.record(NOBODY, queue.name, agent.member, event, reason)
}
