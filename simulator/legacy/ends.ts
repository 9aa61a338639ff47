import { becomeFree } from './agents.ts'
import { noteAgent, type Call, type LegacyEnd, type Outcome, type Platform } from './model.ts'

const WRAP_UP_MS = 8000

export function endCall(platform: Platform, call: Call, outcome: Outcome, by: LegacyEnd['by'], transferredTo?: string): void {
  leaveQueue(platform, call, outcome, transferredTo)
  call.phase = 'done'
  platform.openCalls.delete(call)
  releaseAgent(platform, call)
  tellEnd(platform, call, by, transferredTo)
}

function tellEnd({ schedule }: Platform, call: Call, by: LegacyEnd['by'], transferredTo?: string): void {
  call.onEnd({ at: schedule.now(), by, talkedMs: call.talkedMs, ...(transferredTo !== undefined && { transferredTo }) })
}

/** Notes the visit; the call ends, or goes on in another queue. */
export function leaveQueue(platform: Platform, call: Call, outcome: Outcome, transferredTo?: string): void {
  const { queue, connectedAt, place, unserved } = call
  const at = platform.schedule.now()
  if (place) queue.waiting.leave(place)
  if (unserved) queue.unserved.leave(unserved)
  if (connectedAt !== undefined) call.talkedMs += at - connectedAt
  platform.note({
    type: 'legacy-call',
    at,
    callId: call.id,
    visit: call.visit,
    queue: queue.name,
    number: call.number,
    callerNumber: call.callerNumber,
    handedOverFrom: call.handedOverFrom ?? null,
    enteredAt: call.enteredAt,
    connectedAt: connectedAt ?? null,
    agent: connectedAt === undefined ? null : call.agent!.extension,
    endedAt: at,
    outcome,
    transferredTo: transferredTo ?? null,
  })
}

/** Nothing in the log tells of the seconds after a call in which the phone does not ring. */
export function releaseAgent(platform: Platform, call: Call): void {
  const { agent } = call
  if (!agent) return
  call.agent = undefined
  agent.state = 'wrap-up'
  noteAgent(platform, agent)
  const { logins } = agent
  platform.schedule.after(platform.load.duration(WRAP_UP_MS), () => {
    if (agent.logins === logins && agent.state === 'wrap-up') becomeFree(platform, agent)
  })
}

/** The platform dies: whoever is on the line is gone, and no line says so. */
export function loseCalls(platform: Platform): void {
  const lost = [...platform.openCalls]
  platform.openCalls.clear()
  for (const call of lost) {
    leaveQueue(platform, call, 'lost')
    call.phase = 'done'
  }
  for (const call of lost) tellEnd(platform, call, 'queue')
}
