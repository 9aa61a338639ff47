import { endCall, leaveQueue, releaseAgent } from './ends.ts'
import type { Call, LegacyQueue, Platform } from './model.ts'

const TRANSFERS = { toQueue: 0.03, toExtension: 0.04 }
const BLIND_SHARE = 0.65

/** Lets a caller join another queue. */
type Enter = (platform: Platform, call: Call, queue: LegacyQueue, number: string) => void

/** The talk is over: mostly somebody hangs up, sometimes the agent passes the caller on. */
export function finishTalk(platform: Platform, call: Call, enter: Enter): void {
  const { load, plan } = platform
  const share = load.unit()
  const { toQueue, toExtension } = plan.transfers ?? TRANSFERS
  const out = plan.transferOut?.share ?? 0
  if (share < out) return transferOut(platform, call)
  if (share < out + toExtension) return passOn(platform, call, String(load.whole(6100, 6199)), 'internal', load.chance(BLIND_SHARE))
  const target = share < out + toExtension + toQueue ? pickQueue(platform, call) : undefined
  if (target) return transferToQueue(platform, call, target, enter)
  hangUp(platform, call)
}

function hangUp(platform: Platform, call: Call): void {
  const by = platform.load.chance(0.45) ? 'agent' : 'caller'
  recordTalk(platform, call, by === 'agent' ? 'COMPLETEAGENT' : 'COMPLETECALLER')
  endCall(platform, call, by === 'agent' ? 'completed-agent' : 'completed-caller', by)
}

/** Every line that ends a talk closes with hold time, talk time and the position the call came in at. */
function recordTalk({ log, schedule }: Platform, call: Call, event: string, ...parameters: string[]): void {
  const connected = log.secondsAt(call.connectedAt!)
  const [held, talked] = [connected - log.secondsAt(call.enteredAt), log.secondsAt(schedule.now()) - connected]
  log.record(call.id, call.queue.name, call.agent!.member, event, ...parameters, held, talked, call.position)
}

/** By a number that belongs to this one call for a while, so that both sides can be put together again. */
function transferOut(platform: Platform, call: Call): void {
  const { schedule, load, numbersOut } = platform
  const at = schedule.now()
  const number = numbersOut.take(at)
  if (number === undefined) {
    platform.note({ type: 'pool-exhausted', at, from: 'legacy', callId: call.id })
    return hangUp(platform, call)
  }
  const isBlind = load.chance(BLIND_SHARE)
  const { id: callId, callerNumber } = call
  platform.transferOut({ at, number, callerNumber, callId, agent: call.agent!.extension, isAttended: !isBlind })
  passOn(platform, call, number, 'outbound', isBlind)
}

function passOn(platform: Platform, call: Call, target: string, context: string, isBlind: boolean): void {
  const { schedule, load, epoch } = platform
  const done = (event: string, ...parameters: string[]): void => {
    recordTalk(platform, call, event, ...parameters)
    endCall(platform, call, isBlind ? 'blind-transfer' : 'attended-transfer', 'agent', target)
  }
  if (isBlind) return done('BLINDTRANSFER', target, context)
  // The line names the bridge into which both calls were merged, and not whom the agent had dialled.
  const bridge = load.uuid()
  schedule.after(load.whole(8000, 40_000), () => platform.epoch === epoch && done('ATTENDEDTRANSFER', 'BRIDGE', bridge))
}

/** A caller who went through two queues is not sent on to a third. */
function pickQueue({ load, queues }: Platform, call: Call): LegacyQueue | undefined {
  const others = queues.filter((other) => other !== call.queue && other.numbers.length > 0)
  return call.visit < 2 && others.length > 0 ? load.pick(others) : undefined
}

/** The caller's channel goes on, so the other queue sees the same call id. */
function transferToQueue(platform: Platform, call: Call, queue: LegacyQueue, enter: Enter): void {
  const number = queue.numbers[0]!
  recordTalk(platform, call, 'BLINDTRANSFER', number, 'queues')
  leaveQueue(platform, call, 'blind-transfer', number)
  releaseAgent(platform, call)
  enter(platform, call, queue, number)
}
