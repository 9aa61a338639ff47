import type { PublicAlert, PublicContact, PublicTurn } from '#contracts/public'
import { isOpen } from './alerts.ts'
import type { Level } from './levels.ts'
import type { LevelOf } from './queues.ts'
import { directionOf, orderTurns, runningScore } from './sentiment.ts'

export interface ConversationLine {
  id: string
  queue: string
  agent: string
  channel: string
  sinceAt: number
  score: number | null
  muted: boolean
  direction: 'falling' | 'rising' | 'steady'
  /** The newest words, masked by the server. */
  said: { role: string; text: string; partial: boolean } | null
  ruleName: string | null
  level: Level
  word: string
}

export interface LiveConversations {
  count: number
  negative: number
  /** Contact ids, those in most need of an ear first. */
  order: readonly string[]
  contacts: ReadonlyMap<string, PublicContact>
}

const talking = new Set<PublicContact['state']>(['connected', 'onHold', 'paused'])
export const NEGATIVE_BELOW = -1
/** One angry word is not a conversation gone wrong: below so many turns of the customer a score is grey and has no level. */
export const MINIMUM_TURNS = 3
const counts = (c: PublicContact): boolean => (c.sentiment.customer?.turns ?? 0) >= MINIMUM_TURNS
const scoreOf = (c: PublicContact): number => (counts(c) ? (c.sentiment.customer?.score ?? 0) : 0)

export function rankConversations(contacts: readonly PublicContact[]): LiveConversations {
  const live = contacts.filter((c) => talking.has(c.state))
  const ordered = live.toSorted((a, b) => scoreOf(a) - scoreOf(b) || b.turnCount - a.turnCount || a.id.localeCompare(b.id))
  return {
    count: live.length,
    negative: live.filter((c) => scoreOf(c) < NEGATIVE_BELOW).length,
    order: ordered.map((c) => c.id),
    contacts: new Map(live.map((c) => [c.id, c])),
  }
}

export function conversationLine(
  contact: PublicContact,
  turns: readonly PublicTurn[],
  alerts: readonly PublicAlert[],
  levelOf: LevelOf,
): ConversationLine {
  const score = contact.sentiment.customer?.score ?? null
  const newest = orderTurns(turns).at(-1)
  const judged = levelOf(`conversation/${contact.id}`, [
    { id: 'red', level: 'red', word: 'very negative', met: scoreOf(contact) < -2.5, forMs: 30_000 },
    { id: 'amber', level: 'amber', word: 'negative', met: scoreOf(contact) < NEGATIVE_BELOW },
  ])
  return {
    id: contact.id,
    queue: contact.queue?.name ?? '',
    agent: contact.agent?.name ?? '',
    channel: contact.channel ?? '',
    sinceAt: Date.parse(contact.connectedAt ?? contact.stateSince),
    score,
    muted: !counts(contact),
    direction: directionOf(runningScore(turns, 'CUSTOMER')),
    said: newest ? { role: newest.participantRole, text: newest.text, partial: newest.partial } : null,
    ruleName: alerts.find((a) => isOpen(a) && a.entity.id === contact.id)?.ruleName ?? null,
    level: judged.level,
    word: judged.word,
  }
}
