import { available, pauses, type Status } from './centre.ts'
import type { Agent, Contact, World } from './model.ts'
import { sendAgentEvent } from './wire/agent-events.ts'

/** The stream repeats an agent's state when nothing else was sent for this long. */
const HEART_BEAT_MS = 120_000
const MEAN_BETWEEN_PAUSES_MS = 80 * 60_000

/** Called whenever an agent may take a contact: whoever waits longest in the agent's queues is offered. */
export type Serve = (world: World, agent: Agent) => void

export function canTake(agent: Agent, channel: Contact['channel']): boolean {
  if (agent.isGhost || agent.status.type !== 'ROUTABLE' || agent.nextStatus) return false
  if (channel === 'VOICE') return agent.legs.length === 0
  return (
    agent.legs.length < agent.person.profile.chats &&
    agent.legs.every(({ contact, state }) => contact.channel === 'CHAT' && state !== 'MISSED')
  )
}

/** Signs in (still Offline), sets Available a moment later, then leaves for a pause now and then. */
export function login(world: World, agent: Agent, serve: Serve): void {
  agent.statusSince = world.schedule.now()
  sendAgentEvent(world, agent, 'LOGIN')
  beatHeart(world, agent)
  world.schedule.after(world.load.whole(300, 700), () => setStatus(world, agent, available, serve))
  planPause(world, agent, serve, world.load.unit() * MEAN_BETWEEN_PAUSES_MS)
}

function setStatus(world: World, agent: Agent, status: Status, serve: Serve): void {
  agent.status = status
  agent.statusSince = world.schedule.now()
  agent.nextStatus = null
  agent.idleSince = world.schedule.now()
  sendAgentEvent(world, agent, 'STATE_CHANGE')
  if (status.type === 'ROUTABLE') serve(world, agent)
}

/** Leaves at once when idle, else after the current contacts. */
export function requestPause(world: World, agent: Agent, status: Status, lengthMs: number, serve: Serve): void {
  if (agent.isGhost || agent.status.type !== 'ROUTABLE' || agent.nextStatus) return
  if (agent.legs.length === 0) return takePause(world, agent, status, lengthMs, serve)
  agent.nextStatus = { status, enqueuedAt: world.schedule.now(), lengthMs }
  sendAgentEvent(world, agent, 'STATE_CHANGE')
}

function takePause(world: World, agent: Agent, status: Status, lengthMs: number, serve: Serve): void {
  setStatus(world, agent, status, serve)
  const since = agent.statusSince
  world.schedule.after(lengthMs, () => comeBack(world, agent, since, serve))
}

/** Ends the pause that began at `since`, unless it has been ended already or the story keeps the agent away. */
function comeBack(world: World, agent: Agent, since: number, serve: Serve): void {
  if (agent.statusSince !== since) return
  const heldMs = holdOf(world, agent)
  if (heldMs > 0) world.schedule.after(heldMs, () => comeBack(world, agent, since, serve))
  else setStatus(world, agent, available, serve)
}

/** How long the story keeps this agent away; 0: it does not. */
function holdOf({ direction, load, schedule }: World, agent: Agent): number {
  const leftMs = (direction.heldUntil[agent.person.profile.index] ?? 0) - schedule.now()
  if (leftMs <= 0) return 0
  const returnAt = direction.returnsAt.shift()
  return returnAt === undefined ? leftMs + load.whole(4000, 14_000) : returnAt - schedule.now()
}

/** After the agent's contacts changed for the better: next status, the story's wish, or more work. */
export function becomeFree(world: World, agent: Agent, serve: Serve): void {
  if (agent.legs.length > 0) return serve(world, agent)
  agent.idleSince = world.schedule.now()
  const next = agent.nextStatus
  if (next) return world.schedule.after(20, () => takePause(world, agent, next.status, next.lengthMs, serve))
  const heldMs = world.direction.lead ? 0 : holdOf(world, agent)
  if (heldMs > 0) return requestPause(world, agent, pauses.rest.status, heldMs, serve)
  serve(world, agent)
}

/** A supervisor calls the agent back from a pause. */
export function recall(world: World, agent: Agent, serve: Serve): void {
  if (agent.status.type === 'CUSTOM') setStatus(world, agent, available, serve)
}

function planPause(world: World, agent: Agent, serve: Serve, delayMs: number): void {
  world.schedule.after(Math.round(delayMs), () => {
    const kind = world.load.chance(0.7) ? pauses.rest : world.load.chance(0.5) ? pauses.lunch : pauses.training
    const lengthMs = world.load.duration(kind.typicalMs)
    requestPause(world, agent, kind.status, lengthMs, serve)
    planPause(world, agent, serve, lengthMs + world.load.exponential(MEAN_BETWEEN_PAUSES_MS))
  })
}

function beatHeart(world: World, agent: Agent): void {
  world.schedule.at(agent.lastEventAt + HEART_BEAT_MS, () => {
    if (agent.isGhost) return
    if (world.schedule.now() - agent.lastEventAt >= HEART_BEAT_MS) sendAgentEvent(world, agent, 'HEART_BEAT')
    beatHeart(world, agent)
  })
}

/** The agent's line goes dead for `lengthMs`; a heart beat is the first sign of life. */
export function loseConnection(world: World, agent: Agent, lengthMs: number, serve: Serve): void {
  agent.isGhost = true
  world.schedule.after(lengthMs, () => {
    agent.isGhost = false
    sendAgentEvent(world, agent, 'HEART_BEAT')
    beatHeart(world, agent)
    serve(world, agent)
  })
}
