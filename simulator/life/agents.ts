import { SHIFT_HOURS, type Pause, type Status } from '../centre/build.ts'
import type { Channel } from '../centre/plan.ts'
import type { Agent, World } from '../model.ts'
import { sendAgentEvent } from '../wire/agent-events.ts'

/** The stream repeats an agent's state when nothing else was sent for this long. */
const HEART_BEAT_MS = 120_000
const MEAN_BETWEEN_PAUSES_MS = 80 * 60_000
const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** States that keep an agent from being offered anything until they are cleared. */
const blocking = new Set(['MISSED', 'REJECTED', 'ERROR'])

/** Room for one more contact of the channel. An agent works in one channel at a time. */
export function canTake(agent: Agent, channel: Channel): boolean {
  if (agent.isGhost || !agent.isSignedIn || agent.status.type !== 'ROUTABLE' || agent.nextStatus) return false
  const { legs } = agent
  if (legs.length >= (agent.person.desk.slots[channel] ?? 0)) return false
  return legs.every((leg) => leg.contact.channel === channel && !blocking.has(leg.state))
}

export const isIdle = (agent: Agent): boolean => agent.legs.length === 0 && canTake(agent, 'VOICE')

/** Tells the stream that something about the agent changed; several changes in one millisecond are one event. */
export function changed(world: World, agent: Agent): void {
  if (agent.isChanged) return
  const now = world.schedule.now()
  if (agent.lastEventAt < now) return sendAgentEvent(world, agent, 'STATE_CHANGE')
  agent.isChanged = true
  world.schedule.at(agent.lastEventAt + 1, () => {
    agent.isChanged = false
    sendAgentEvent(world, agent, 'STATE_CHANGE')
  })
}

/** From now on the agent comes and goes with the shifts; those on shift sign in within `spreadMs`. */
export function employ(world: World, agent: Agent, spreadMs: number): void {
  const delayMs = world.load.whole(0, spreadMs)
  const { shiftFrom } = agent.person
  if (shiftFrom === null) return world.schedule.after(delayMs, () => signIn(world, agent))
  const now = world.schedule.now()
  const sinceStartMs = (now - shiftFrom * HOUR_MS) % DAY_MS
  const isOn = sinceStartMs < SHIFT_HOURS * HOUR_MS
  const start = now - sinceStartMs + (isOn ? 0 : DAY_MS)
  if (isOn) world.schedule.after(delayMs, () => signIn(world, agent))
  else world.schedule.at(start + world.load.whole(0, 180_000), () => startShift(world, agent))
  planEndOfShift(world, agent, start)
}

function startShift(world: World, agent: Agent): void {
  if (world.schedule.now() < world.endAt) signIn(world, agent)
}

function planEndOfShift(world: World, agent: Agent, start: number): void {
  world.schedule.at(start + SHIFT_HOURS * HOUR_MS + world.load.whole(0, 300_000), () => {
    signOut(world, agent)
    const next = start + DAY_MS
    if (next >= world.endAt) return
    world.schedule.at(next + world.load.whole(0, 180_000), () => startShift(world, agent))
    planEndOfShift(world, agent, next)
  })
}

/** Signs in (still Offline), sets Available a moment later, then leaves for a pause now and then. */
function signIn(world: World, agent: Agent): void {
  if (agent.isSignedIn) return
  agent.isSignedIn = true
  agent.status = world.centre.offline
  agent.statusSince = world.schedule.now()
  sendAgentEvent(world, agent, 'LOGIN')
  beatHeart(world, agent)
  world.schedule.after(world.load.whole(300, 700), () => setStatus(world, agent, world.centre.available))
  planPause(world, agent, world.load.unit() * MEAN_BETWEEN_PAUSES_MS)
}

/** Goes home: at once when idle, else after the current contacts. */
export function signOut(world: World, agent: Agent): void {
  if (!agent.isSignedIn || agent.isGhost) return
  if (agent.legs.length === 0) return goOffline(world, agent)
  agent.nextStatus = { status: world.centre.offline, enqueuedAt: world.schedule.now(), lengthMs: 0 }
  changed(world, agent)
}

function goOffline(world: World, agent: Agent): void {
  setStatus(world, agent, world.centre.offline)
  world.schedule.after(world.load.whole(150, 400), () => {
    agent.isSignedIn = false
    sendAgentEvent(world, agent, 'LOGOUT')
  })
}

function setStatus(world: World, agent: Agent, status: Status): void {
  if (!agent.isSignedIn) return
  agent.status = status
  agent.statusSince = world.schedule.now()
  agent.nextStatus = null
  agent.idleSince = world.schedule.now()
  changed(world, agent)
  if (status.type === 'ROUTABLE') world.react.free(agent)
}

/** Leaves at once when idle, else after the current contacts. */
export function requestPause(world: World, agent: Agent, status: Status, lengthMs: number): void {
  if (agent.isGhost || !agent.isSignedIn || agent.status.type !== 'ROUTABLE' || agent.nextStatus) return
  if (agent.legs.length === 0) return takePause(world, agent, status, lengthMs)
  agent.nextStatus = { status, enqueuedAt: world.schedule.now(), lengthMs }
  changed(world, agent)
}

function takePause(world: World, agent: Agent, status: Status, lengthMs: number): void {
  if (status.type === 'OFFLINE') return goOffline(world, agent)
  setStatus(world, agent, status)
  const since = agent.statusSince
  world.schedule.after(lengthMs, () => comeBack(world, agent, since))
}

/** Ends the pause that began at `since`, unless it has been ended already or the story keeps the agent away. */
function comeBack(world: World, agent: Agent, since: number): void {
  if (agent.statusSince !== since) return
  const heldMs = holdOf(world, agent)
  if (heldMs > 0) world.schedule.after(heldMs, () => comeBack(world, agent, since))
  else setStatus(world, agent, world.centre.available)
}

/** How long the story keeps this agent away; 0: it does not. */
function holdOf({ direction, load, schedule }: World, agent: Agent): number {
  const leftMs = (direction.heldUntil[agent.person.desk.index] ?? 0) - schedule.now()
  if (leftMs <= 0) return 0
  const returnAt = direction.returnsAt.shift()
  return returnAt === undefined ? leftMs + load.whole(4000, 14_000) : returnAt - schedule.now()
}

/** After the agent's contacts changed for the better: next status, the story's wish, or more work. */
export function becomeFree(world: World, agent: Agent): void {
  if (agent.legs.length > 0) return world.react.free(agent)
  agent.idleSince = world.schedule.now()
  const next = agent.nextStatus
  if (next) {
    world.schedule.after(20, () => {
      if (agent.nextStatus === next) takePause(world, agent, next.status, next.lengthMs)
    })
    return
  }
  const heldMs = world.direction.lead ? 0 : holdOf(world, agent)
  if (heldMs > 0) return requestPause(world, agent, world.centre.pauses.rest.status, heldMs)
  world.react.free(agent)
}

/** A supervisor calls the agent back from a pause. */
export function recall(world: World, agent: Agent): void {
  if (agent.status.type === 'CUSTOM') setStatus(world, agent, world.centre.available)
}

function planPause(world: World, agent: Agent, delayMs: number): void {
  world.schedule.after(Math.round(delayMs), () => {
    if (!agent.isSignedIn) return
    const { rest, lunch, training } = world.centre.pauses
    const kind: Pause = world.load.chance(0.7) ? rest : world.load.chance(0.5) ? lunch : training
    const lengthMs = world.load.duration(kind.typicalMs)
    requestPause(world, agent, kind.status, lengthMs)
    planPause(world, agent, lengthMs + world.load.exponential(MEAN_BETWEEN_PAUSES_MS))
  })
}

function beatHeart(world: World, agent: Agent): void {
  world.schedule.at(agent.lastEventAt + HEART_BEAT_MS, () => {
    if (agent.isGhost || !agent.isSignedIn) return
    if (world.schedule.now() - agent.lastEventAt >= HEART_BEAT_MS) sendAgentEvent(world, agent, 'HEART_BEAT')
    beatHeart(world, agent)
  })
}

/** The agent's line goes dead for `lengthMs`; a heart beat is the first sign of life. */
export function loseConnection(world: World, agent: Agent, lengthMs: number): void {
  agent.isGhost = true
  world.schedule.after(lengthMs, () => {
    agent.isGhost = false
    sendAgentEvent(world, agent, 'HEART_BEAT')
    beatHeart(world, agent)
    world.react.free(agent)
  })
}
