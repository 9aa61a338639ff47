import type { PublicAlert, PublicContact, PublicTurn } from '#contracts/public'
import { isOpen } from './alerts.ts'
import { marksOf, type Range } from './marks.ts'
import { rankOf, type Level } from './levels.ts'
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
  /** The newest words, or for a while those of a new alert. Masked by the server. */
  said: { role: string; text: string; partial: boolean; marks: readonly Range[] } | null
  scoreLevel: Level
  /** Of the score and of new alerts. */
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

/** For so long an alert puts its conversation first, and for so long its words stand in the ticker. */
const FIRST_FOR_MS = 120_000
const WORDS_FOR_MS = 15_000

export function rankConversations(contacts: readonly PublicContact[], alerts: readonly PublicAlert[], now: number): LiveConversations {
  const live = contacts.filter((c) => talking.has(c.state))
  const urgency = new Map<string, number>()
  for (const alert of alerts) {
    if (!isOpen(alert) || now - Date.parse(alert.raisedAt) > FIRST_FOR_MS) continue
    urgency.set(alert.entity.id, Math.max(urgency.get(alert.entity.id) ?? 0, alert.severity === 'critical' ? 2 : 1))
  }
  const urgencyOf = (c: PublicContact): number => urgency.get(c.id) ?? 0
  const ordered = live.toSorted(
    (a, b) => urgencyOf(b) - urgencyOf(a) || scoreOf(a) - scoreOf(b) || b.turnCount - a.turnCount || a.id.localeCompare(b.id),
  )
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
  now: number,
): ConversationLine {
  const score = contact.sentiment.customer?.score ?? null
  const newest = orderTurns(turns).at(-1)
  const own = alerts.filter((a) => isOpen(a) && a.entity.id === contact.id).toSorted((a, b) => b.raisedAt.localeCompare(a.raisedAt))
  const latest = own[0]
  const hit = latest && now - Date.parse(latest.raisedAt) < WORDS_FOR_MS ? latest.hits.at(-1) : undefined
  const fresh = own.filter((a) => now - Date.parse(a.raisedAt) <= FIRST_FOR_MS)
  const mood = levelOf(`conversation/${contact.id}`, [
    { id: 'red', level: 'red', word: 'very negative', met: scoreOf(contact) < -2.5, forMs: 30_000 },
    { id: 'amber', level: 'amber', word: 'negative', met: scoreOf(contact) < NEGATIVE_BELOW },
  ])
  // The word is that of what makes the level.
  const gravest = fresh.find((a) => a.severity === 'critical') ?? fresh[0]
  const alertLevel = gravest === undefined ? 'none' : gravest.severity === 'critical' ? 'red' : 'amber'
  const byAlert = rankOf(alertLevel) >= rankOf(mood.level)
  return {
    id: contact.id,
    queue: contact.queue?.name ?? '',
    agent: contact.agent?.name ?? '',
    channel: contact.channel ?? '',
    sinceAt: Date.parse(contact.connectedAt ?? contact.stateSince),
    score,
    muted: !counts(contact),
    direction: directionOf(runningScore(turns, 'CUSTOMER')),
    said: hit
      ? { role: hit.participantRole, text: hit.text, partial: false, marks: [hit.highlight] }
      : newest
        ? { role: newest.participantRole, text: newest.text, partial: newest.partial, marks: marksOf(newest, own) }
        : null,
    scoreLevel: mood.level,
    level: byAlert ? alertLevel : mood.level,
    word: byAlert ? (gravest?.ruleName ?? '') : mood.word,
  }
}
