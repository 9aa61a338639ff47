import { Agent, request } from 'node:http'
import { agentEvent } from '../helpers/wire.ts'
import type { Victim } from './victim.ts'

/*
 * A backlog as a stream holds it after hours without a reader: so many agents, each with an event every two minutes, a heart beat or a
 * change of status. Which agent, which moment and which status follow from a message's number alone, and so does what must come of it.
 */
const AGENTS = 1_000
const EVENT_EVERY_MS = 120_000
/** Events with one status, the first of which says that it began. */
const EVENTS_PER_STATUS = 4
const STATUSES = ['Available', 'Lunch'] as const
const CONNECTIONS = 6
const MESSAGES_PER_BODY = 200
/** A backlog is older than now, and younger than what counts as backfill. */
const BEGAN_BEFORE_MS = 12 * 3_600_000

export interface Replayed {
  messages: number
  /** Of bodies that were acknowledged. */
  bytes: number
  seconds: number
}

/** Posts the backlog over several connections for so long, as fast as it is taken; each body again and again until it is acknowledged. */
export async function replay(
  victim: Victim,
  { startAt, seconds, killEveryMs }: { startAt: number; seconds: number; killEveryMs: number },
): Promise<Replayed> {
  const bodyOf = createBodies(startAt)
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const began = performance.now()
  const elapsedMs = (): number => performance.now() - began
  let messages = 0
  let bytes = 0
  let restarting: Promise<void> | undefined
  const restart = async (): Promise<void> => {
    await (restarting ??= victim.alive().finally(() => (restarting = undefined)))
  }
  const send = async (): Promise<void> => {
    while (elapsedMs() < seconds * 1000) {
      const body = bodyOf(messages)
      messages += MESSAGES_PER_BODY
      while (!(await isTaken(agent, victim.url, body))) {
        // It is being started again; a source does not wait to be told that it is ready.
        await Promise.race([restart(), new Promise((done) => setTimeout(done, 10))])
      }
      bytes += body.length
    }
  }
  const kill = async (): Promise<void> => {
    for (let at = killEveryMs; at < seconds * 1000; at += killEveryMs) {
      await new Promise((done) => setTimeout(done, Math.max(0, at - elapsedMs())))
      await victim.kill()
      await restart()
    }
  }
  await Promise.all([kill(), ...Array.from({ length: CONNECTIONS }, send)])
  agent.destroy()
  return { messages, bytes, seconds: elapsedMs() / 1000 }
}

/** What each agent's row and its intervals must say after so many messages: `agent|status|since` and `agent|status|start|end`. */
export function expectedOf(messages: number, startAt: number): { agents: string[]; intervals: string[] } {
  const agents: string[] = []
  const intervals: string[] = []
  for (let agent = 0; agent < Math.min(AGENTS, messages); agent++) {
    const events = Math.ceil((messages - agent) / AGENTS)
    const last = Math.floor((events - 1) / EVENTS_PER_STATUS)
    const since = (status: number): number => momentOf(status * EVENTS_PER_STATUS, startAt)
    agents.push(`${nameOf(agent)}|${STATUSES[last % 2]}|${since(last)}`)
    for (let status = 0; status <= last; status++)
      intervals.push(`${nameOf(agent)}|${STATUSES[status % 2]}|${since(status)}|${status === last ? '' : since(status + 1)}`)
  }
  return { agents, intervals }
}

const nameOf = (agent: number): string => `agent-${agent}`
const momentOf = (event: number, startAt: number): number => startAt - BEGAN_BEFORE_MS + event * EVENT_EVERY_MS

/** Makes bodies out of the pieces of one message, so that the sender takes little of the machine. */
function createBodies(startAt: number): (first: number) => Buffer {
  const template = JSON.stringify(
    agentEvent(
      'AGENT-NAME',
      'EVENT-TIME',
      { AgentStatus: { Name: 'STATUS-NAME', Type: 'STATUS-TYPE', StartTimestamp: 'STATUS-TIME' } },
      { id: 'EVENT-ID', type: 'EVENT-TYPE', queues: ['q1', 'q2', 'q3', 'q4', 'q5', 'q6', 'q7', 'q8'] },
    ),
  )
  const pieces = template.split(/(AGENT-NAME|EVENT-TIME|EVENT-TYPE|EVENT-ID|STATUS-NAME|STATUS-TYPE|STATUS-TIME)/)
  return (first) => {
    const lines: string[] = []
    for (let n = first; n < first + MESSAGES_PER_BODY; n++) {
      const event = Math.floor(n / AGENTS)
      const status = Math.floor(event / EVENTS_PER_STATUS)
      const values: Record<string, string> = {
        'AGENT-NAME': nameOf(n % AGENTS),
        'EVENT-TIME': new Date(momentOf(event, startAt)).toISOString(),
        'EVENT-TYPE': event % EVENTS_PER_STATUS === 0 ? 'STATE_CHANGE' : 'HEART_BEAT',
        'EVENT-ID': `replayed-${n}`,
        'STATUS-NAME': STATUSES[status % 2]!,
        'STATUS-TYPE': status % 2 === 0 ? 'ROUTABLE' : 'CUSTOM',
        'STATUS-TIME': new Date(momentOf(status * EVENTS_PER_STATUS, startAt)).toISOString(),
      }
      let line = ''
      for (const piece of pieces) line += values[piece] ?? piece
      lines.push(line)
    }
    return Buffer.from(lines.join('\n'))
  }
}

/** False when the connection ended before the answer. Throws when it is refused. */
function isTaken(agent: Agent, url: string, body: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-ndjson', 'content-length': body.length }
    const sent = request(`${url}/api/v1/events/agent-events`, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.once('end', () => (response.statusCode === 202 ? resolve(true) : reject(new Error(`answered ${response.statusCode}`))))
      response.once('error', () => resolve(false))
    })
    sent.once('error', () => resolve(false))
    sent.end(body)
  })
}
