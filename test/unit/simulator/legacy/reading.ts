/** A reader of queue_log that shares nothing with its writer. */
export interface Line {
  second: number
  callId: string
  queue: string
  agent: string
  event: string
  parameters: string[]
}

const patterns: Record<string, RegExp> = {
  QUEUESTART: /^$/,
  CONFIGRELOAD: /^$/,
  DID: /^\+\d+$/,
  ENTERQUEUE: /^\|\+\d+\|[1-9]\d*$/,
  CONNECT: /^\d+\|\d+\.\d+\|\d+$/,
  COMPLETEAGENT: /^\d+\|\d+\|[1-9]\d*$/,
  COMPLETECALLER: /^\d+\|\d+\|[1-9]\d*$/,
  ABANDON: /^[1-9]\d*\|[1-9]\d*\|\d+$/,
  EXITWITHTIMEOUT: /^[1-9]\d*\|[1-9]\d*\|\d+$/,
  EXITEMPTY: /^[1-9]\d*\|[1-9]\d*\|\d+$/,
  EXITWITHKEY: /^\d\|[1-9]\d*\|[1-9]\d*\|\d+$/,
  BLINDTRANSFER: /^\+?\d+\|[a-z]+\|\d+\|\d+\|[1-9]\d*$/,
  ATTENDEDTRANSFER: /^BRIDGE\|[0-9a-f-]{36}\|\d+\|\d+\|[1-9]\d*$/,
  RINGNOANSWER: /^\d+$/,
  RINGCANCELED: /^\d+$/,
  ADDMEMBER: /^$/,
  REMOVEMEMBER: /^$/,
  PAUSE: /^[A-Za-z -]*$/,
  UNPAUSE: /^$/,
  PAUSEALL: /^$/,
  UNPAUSEALL: /^$/,
}

export const knownEvents: ReadonlySet<string> = new Set(Object.keys(patterns))

/** Throws on a line that Asterisk would not write. */
export function readLine(text: string): Line {
  const [second, callId, queue, agent, event, ...parameters] = text.split('|')
  if (!/^\d{10}$/.test(second ?? '') || !/^(\d{10}\.\d+|NONE|REALTIME)$/.test(callId ?? '')) throw new Error(`bad start: ${text}`)
  if (!/^(NONE|(SIP|PJSIP|Agent)\/\d+)$/.test(agent ?? '')) throw new Error(`bad agent: ${text}`)
  if (!patterns[event!]?.test(parameters.join('|'))) throw new Error(`bad event: ${text}`)
  return { second: Number(second), callId: callId!, queue: queue!, agent: agent!, event: event!, parameters }
}

export const isCall = ({ callId, event }: Line): boolean => /\./.test(callId) && event !== 'ADDMEMBER'

const answered = new Set(['COMPLETEAGENT', 'COMPLETECALLER', 'BLINDTRANSFER', 'ATTENDEDTRANSFER'])
export const unanswered: ReadonlySet<string> = new Set(['ABANDON', 'EXITWITHTIMEOUT', 'EXITEMPTY', 'EXITWITHKEY'])
const rings = new Set(['RINGNOANSWER', 'RINGCANCELED'])

export interface Visit {
  callId: string
  queue: string
  agent: string | undefined
  entered: Line
  connected: Line | undefined
  /** Undefined: the platform was restarted. */
  ended: Line | undefined
}

/** A call's way through its queues; throws when its lines come in an impossible order. */
export function readVisits(lines: readonly Line[]): Visit[] {
  const visits: Visit[] = []
  const open = new Map<string, Visit>()
  const seen = new Set<string>()
  for (const line of lines) {
    const { callId, event, queue, agent } = line
    if (event === 'QUEUESTART') open.clear()
    if (!isCall(line)) continue
    const visit = open.get(callId)
    const fail = (): never => {
      throw new Error(`${event} of ${callId} cannot come here`)
    }
    if (event === 'DID') {
      if (seen.has(callId)) fail()
      seen.add(callId)
    } else if (event === 'ENTERQUEUE') {
      if (visit || !seen.has(callId)) fail()
      const entered: Visit = { callId, queue, agent: undefined, entered: line, connected: undefined, ended: undefined }
      visits.push(entered)
      open.set(callId, entered)
    } else if (!visit || visit.queue !== queue) {
      fail()
    } else if (event === 'CONNECT') {
      if (visit.connected) fail()
      visit.connected = line
      visit.agent = agent
    } else if (rings.has(event)) {
      if (visit.connected || agent === 'NONE') fail()
    } else {
      if (visit.connected ? !answered.has(event) || agent !== visit.agent : !unanswered.has(event) || agent !== 'NONE') fail()
      visit.ended = line
      open.delete(callId)
    }
  }
  return visits
}

export function groupBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of list) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}
