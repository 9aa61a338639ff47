import type { PublicAgent } from '#contracts/public'
import { rankOf, type Condition, type Level } from './levels.ts'
import type { LevelOf } from './queues.ts'

/** What is drawn for an agent: the state we derive, with holds and silence told apart. */
export type AgentFace =
  | 'error'
  | 'missed'
  | 'rejected'
  | 'ringing'
  | 'hold'
  | 'wrapUp'
  | 'talking'
  | 'notReady'
  | 'available'
  | 'stale'
  | 'offline'

export interface AgentLine {
  id: string
  name: string
  face: AgentFace
  word: string
  sinceAt: number
  /** Queue of the contact, or what comes next. */
  detail: string
  contactId: string | null
  level: Level
  levelWord: string
}

export const STALE_AFTER_MS = 300_000
const FALLBACK_HANDLE_SECONDS = 360
const ON_HOLD = 'CONNECTED_ONHOLD'

const words: Readonly<Record<AgentFace, string>> = {
  error: 'Error',
  missed: 'Missed',
  rejected: 'Rejected',
  ringing: 'Ringing',
  hold: 'On hold',
  wrapUp: 'Wrap-up',
  talking: 'On contact',
  notReady: 'Not ready',
  available: 'Available',
  stale: 'Stale',
  offline: 'Offline',
}
const faces = {
  error: 'error',
  missed: 'missed',
  rejected: 'rejected',
  onContact: 'talking',
  afterContactWork: 'wrapUp',
  incoming: 'ringing',
  nonProductive: 'notReady',
  available: 'available',
  offline: 'offline',
} as const satisfies Record<PublicAgent['state'], AgentFace>

export function faceOf(agent: PublicAgent, now: number): AgentFace {
  if (agent.state === 'offline') return 'offline'
  if (now - Date.parse(agent.lastEventAt) > STALE_AFTER_MS) return 'stale'
  if (agent.state === 'onContact' && agent.contacts.some((c) => c.state === ON_HOLD)) return 'hold'
  return faces[agent.state]
}

/** `handleSeconds`: the average of a queue, by id; what a conversation is measured against. */
export function agentLine(agent: PublicAgent, handleSeconds: ReadonlyMap<string, number>, levelOf: LevelOf, now: number): AgentLine {
  const face = faceOf(agent, now)
  const contact = face === 'hold' ? agent.contacts.find((c) => c.state === ON_HOLD) : agent.contacts[0]
  const sinceAt = sinceOf(agent, face, contact?.stateSince)
  const usual = (contact?.queue && handleSeconds.get(contact.queue.id)) ?? FALLBACK_HANDLE_SECONDS
  const judged = levelOf(`agent/${agent.id}/${face}`, conditions(face, (now - sinceAt) / 1000, usual))
  return {
    id: agent.id,
    name: agent.name,
    face,
    word: face === 'notReady' ? agent.status.name : words[face],
    sinceAt,
    detail: contact?.queue?.name ?? (face === 'available' && agent.nextStatus ? `then ${agent.nextStatus.name}` : ''),
    contactId: contact?.contactId ?? null,
    level: judged.level,
    levelWord: judged.word,
  }
}

function sinceOf(agent: PublicAgent, face: AgentFace, contactSince: string | undefined): number {
  if (face === 'stale') return Date.parse(agent.lastEventAt)
  if (face === 'hold' && contactSince) return Date.parse(contactSince)
  return Date.parse(face === 'notReady' ? agent.status.since : agent.stateSince)
}

function conditions(face: AgentFace, seconds: number, usual: number): Condition[] {
  const over = (amber: number, red: number, word: string): Condition[] => [
    { id: 'red', level: 'red', word, met: seconds > red },
    { id: 'amber', level: 'amber', word, met: seconds > amber },
  ]
  switch (face) {
    case 'hold':
      return over(120, 240, 'long hold')
    case 'wrapUp':
      return over(120, 300, 'long wrap-up')
    case 'ringing':
      return over(15, 25, 'unanswered')
    case 'talking':
      return over(1.5 * usual, 2.5 * usual, 'long talk')
    case 'error':
    case 'missed':
    case 'rejected':
      return [{ id: 'trouble', level: 'amber', word: 'needs a look', met: true }]
    default:
      return []
  }
}

const order: readonly AgentFace[] = [
  'error',
  'missed',
  'rejected',
  'stale',
  'ringing',
  'hold',
  'wrapUp',
  'talking',
  'notReady',
  'available',
  'offline',
]

/** Who needs help first; then by state, and who is in it longest. */
export function compareAgents(a: AgentLine, b: AgentLine): number {
  return (
    rankOf(b.level) - rankOf(a.level) ||
    order.indexOf(a.face) - order.indexOf(b.face) ||
    a.sinceAt - b.sinceAt ||
    a.name.localeCompare(b.name)
  )
}

export type FaceCounts = Readonly<Partial<Record<AgentFace, number>>>
export function countFaces(lines: readonly AgentLine[]): FaceCounts {
  const counts: Partial<Record<AgentFace, number>> = {}
  for (const line of lines) counts[line.face] = (counts[line.face] ?? 0) + 1
  return counts
}
export const faceWord = (face: AgentFace): string => words[face]
