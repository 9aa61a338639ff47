import type { PiiSpan } from '../conversation/template.ts'

/** All times are epoch ms. `sentAt` is when Contact Lens hands a message over; the source has it a transport delay later. */
export interface TurnTruth {
  type: 'turn'
  at: number
  contactId: string
  turnId: string
  role: 'AGENT' | 'CUSTOMER'
  text: string
  tone: 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE'
  beginAt: number
  endAt: number
  /** What came before the whole turn, in the order spoken; none in chat. */
  pieces: readonly { text: string; endAt: number; sentAt: number }[]
  /** Null: the analysis failed before the whole turn came. `text` is then what the pieces told. */
  finalSentAt: number | null
  pii: readonly PiiSpan[]
}

export interface CategoryTruth {
  type: 'category'
  at: number
  contactId: string
  name: string
  turnId: string
  sentAt: number
}

export interface AnalysisTruth {
  type: 'analysis'
  at: number
  contactId: string
  startedAt: number
  end: 'completed' | 'failed'
  endedAt: number
}

export type ConversationTruth = TurnTruth | CategoryTruth | AnalysisTruth

/** The part of an alert rule that decides; contracts/settings.ts has the whole. */
export interface PhraseRule {
  id: string
  rule: {
    enabled: boolean
    condition: { type: 'phrase'; phrases: readonly string[]; speaker: 'customer' | 'agent' | 'any' }
    /** Queue ids; empty: all. */
    queues: readonly string[]
  }
}

export interface AlertTruth {
  contactId: string
  ruleId: string
  /** The turn that raises it. */
  turnId: string
  /** End of the first words that complete the phrase. No alert can be right before this. */
  spokenAt: number
  /** When the message with these words was sent. No alert can be raised before it arrives. */
  sentAt: number
  /** When the first whole turn with the phrase was sent; null: none was. */
  confirmedAt: number | null
  /** Where the alert stands in the end. Withdrawn: every turn that held the phrase came out without it. */
  state: 'raised' | 'confirmed' | 'withdrawn'
  /** All turns in which the phrase was heard, in the order sent. */
  turnIds: string[]
}

interface Hit {
  turn: TurnTruth
  spokenAt: number
  sentAt: number
  verdict: 'open' | 'confirmed' | 'withdrawn'
}

/**
 * Which alerts must be raised, one for each contact and rule. On purpose another way to the same answer than `processors/alerts`:
 * no code is shared, so that a mistake in one is seen by the other.
 */
export function alertsOf(
  turns: readonly TurnTruth[],
  rules: readonly PhraseRule[],
  contacts: ReadonlyMap<string, { queueId: string | null }>,
): AlertTruth[] {
  const alerts: AlertTruth[] = []
  for (const { id: ruleId, rule } of rules) {
    if (!rule.enabled) continue
    const phrases = rule.condition.phrases.map(toPlainWords).filter((phrase) => phrase !== '  ')
    const byContact = new Map<string, Hit[]>()
    for (const turn of turns) {
      if (rule.condition.speaker !== 'any' && rule.condition.speaker.toUpperCase() !== turn.role) continue
      if (rule.queues.length > 0 && !rule.queues.includes(contacts.get(turn.contactId)?.queueId ?? '')) continue
      const hit = findHit(turn, phrases)
      if (!hit) continue
      const hits = byContact.get(turn.contactId) ?? []
      byContact.set(turn.contactId, hits)
      hits.push(hit)
    }
    for (const [contactId, hits] of byContact) alerts.push(toAlert(contactId, ruleId, hits))
  }
  return alerts
}

function findHit(turn: TurnTruth, phrases: readonly string[]): Hit | null {
  const isInTurn = turn.finalSentAt !== null && holds(turn.text, phrases)
  let heard = ''
  for (const piece of turn.pieces) {
    heard += ` ${piece.text}`
    if (!holds(heard, phrases)) continue
    const verdict = turn.finalSentAt === null ? 'open' : isInTurn ? 'confirmed' : 'withdrawn'
    return { turn, spokenAt: piece.endAt, sentAt: piece.sentAt, verdict }
  }
  return isInTurn ? { turn, spokenAt: turn.endAt, sentAt: turn.finalSentAt!, verdict: 'confirmed' } : null
}

function toAlert(contactId: string, ruleId: string, unordered: readonly Hit[]): AlertTruth {
  const hits = unordered.toSorted((a, b) => a.sentAt - b.sentAt)
  const first = hits[0]!
  const confirmations = hits.filter(({ verdict }) => verdict === 'confirmed').map(({ turn }) => turn.finalSentAt!)
  const isOpen = hits.some(({ verdict }) => verdict === 'open')
  return {
    contactId,
    ruleId,
    turnId: first.turn.turnId,
    spokenAt: first.spokenAt,
    sentAt: first.sentAt,
    confirmedAt: confirmations.length > 0 ? Math.min(...confirmations) : null,
    state: confirmations.length > 0 ? 'confirmed' : isOpen ? 'raised' : 'withdrawn',
    turnIds: hits.map(({ turn }) => turn.turnId),
  }
}

const holds = (text: string, phrases: readonly string[]): boolean => {
  const said = toPlainWords(text)
  return phrases.some((phrase) => said.includes(phrase))
}

/** Lower case, only letters, digits and apostrophes inside words, one space between and around words. */
function toPlainWords(text: string): string {
  const plain = text
    .normalize('NFC')
    .toLowerCase()
    .replaceAll('’', "'")
    .replaceAll(/(?<![\p{L}\p{N}])'|'(?![\p{L}\p{N}])/gu, ' ')
    .replaceAll(/[^\p{L}\p{N}']+/gu, ' ')
  return ` ${plain.trim()} `
}
