import { findCardEnd, goesOn } from './detect-cards.ts'
import { findHits, type Detector, type Hit } from './detectors.ts'
import { scan, type Scanned } from './scanned.ts'
import { aboutTopics, mentionsIn, type Topic } from './topics.ts'

/** One piece of what somebody said: an utterance, a turn, a chat message. */
export interface Said {
  speaker: string
  segmentId: string
  /** Utterances name the turn they become; a turn is its own. */
  turnId: string
  isFinal: boolean
  /** Where it stands among what this speaker said: an offset or a time in ms. */
  order: number
  text: string
}

/** What is remembered of one conversation, in memory only: the digits it stopped at and what it was about. */
export interface Conversation {
  /** False where the beginning was not seen: after a restart, or when another process read it. */
  isKnown: boolean
  messages: number
  turnId: string
  /** For how many more turns. */
  topics: Map<Topic, number>
  speakers: Map<string, Piece[]>
}

interface Piece {
  said: Omit<Said, 'text'>
  /** Digits at the end that the speaker may go on with. */
  tail: string
  /** Where they stand, as far as that message is not stored yet. */
  parts: readonly { message: number; index: number; begin: number; end: number }[]
}

/** Longer than any card number. */
const TAIL_DIGITS = 20
const MAX_PIECES = 8
const MAX_SPEAKERS = 8
/** Words that may come between two halves of a number: "hold on a second". */
const WORDS_BETWEEN = 4
const turnsFor: Readonly<Record<Topic, number>> = { card: 8, code: 3, expiry: 3, phone: 3, email: 3, socialSecurity: 3, reference: 3 }

export function createConversation(isKnown: boolean): Conversation {
  return { isKnown, messages: 0, turnId: '', topics: new Map(), speakers: new Map() }
}

export interface ListenOptions {
  languageCode: string | null
  detectors: readonly Detector[]
  /** Other processes may hear parts of it. */
  isShared?: boolean
}

/**
 * Hears one message, which may hold several pieces, and says for each what must be hidden. A card number that ends here hides its
 * beginning in the same message as well; beginnings in earlier messages were hidden on suspicion, or are stored.
 */
export function listen(
  conversation: Conversation,
  pieces: readonly Said[],
  { languageCode, detectors, isShared = false }: ListenOptions,
): Hit[][] {
  const hits: Hit[][] = []
  const message = ++conversation.messages
  for (const [index, said] of pieces.entries()) {
    const { speakers } = conversation
    const known = speakers.get(said.speaker) ?? []
    const before = pieceBefore(known, said)
    const scanned = scan(said.text, {
      languageCode,
      talk: {
        carried: before?.tail ?? '',
        topics: new Set(conversation.topics.keys()),
        isCold: isShared || (!conversation.isKnown && known.length === 0),
      },
    })
    const found = findHits(scanned, detectors)
    hits.push(found)
    if (before && findCardEnd(scanned)) {
      for (const part of before.parts) if (part.message === message) hits[part.index] = withHit(hits[part.index]!, part)
    }
    const piece = { said: placeOf(said), ...endOf(scanned, before, { message, index }) }
    speakers.delete(said.speaker)
    speakers.set(said.speaker, remember(known, piece))
    if (speakers.size > MAX_SPEAKERS) speakers.delete(speakers.keys().next().value!)
    follow(conversation, said, found)
  }
  return hits
}

function placeOf({ speaker, segmentId, turnId, isFinal, order }: Said): Piece['said'] {
  return { speaker, segmentId, turnId, isFinal, order }
}

/** What the speaker said last before this; the utterances of a turn are not before the turn, nor the turn before them. */
function pieceBefore(known: readonly Piece[], said: Said): Piece | undefined {
  let best: Piece | undefined
  for (const piece of known) {
    const other = piece.said
    if (other.segmentId === said.segmentId || other.order > said.order) continue
    if (other.turnId === said.turnId && (said.isFinal || other.isFinal)) continue
    if (!best || other.order >= best.said.order) best = piece
  }
  return best
}

/** A turn takes the place of its utterances, a piece that is sent again that of the one before. */
function remember(known: readonly Piece[], piece: Piece): Piece[] {
  const others = known.filter(
    ({ said }) => said.segmentId !== piece.said.segmentId && !(piece.said.isFinal && said.turnId === piece.said.turnId),
  )
  return [...others, piece].slice(-MAX_PIECES)
}

function endOf(scanned: Scanned, before: Piece | undefined, place: { message: number; index: number }): Pick<Piece, 'tail' | 'parts'> {
  const { runs, otherWords } = scanned
  const last = runs.at(-1)
  if (!last) return otherWords <= WORDS_BETWEEN && before ? { tail: before.tail, parts: before.parts } : { tail: '', parts: [] }
  if (!last.closes) return { tail: '', parts: [] }
  const isNext = before !== undefined && runs.length === 1 && goesOn(scanned)
  return {
    tail: ((isNext ? before.tail : '') + last.digits).slice(-TAIL_DIGITS),
    parts: [...(isNext ? before.parts : []), { ...place, begin: last.begin, end: last.end }].slice(-MAX_PIECES),
  }
}

function withHit(hits: readonly Hit[], { begin, end }: { begin: number; end: number }): Hit[] {
  if (hits.some((hit) => hit.begin <= begin && end <= hit.end)) return [...hits]
  const apart = hits.filter((hit) => hit.end <= begin || end <= hit.begin)
  return [...apart, { begin, end, detector: 'card' }].sort((a, b) => a.begin - b.begin)
}

function follow(conversation: Conversation, said: Said, hits: readonly Hit[]): void {
  const { topics } = conversation
  if (said.turnId !== conversation.turnId) {
    conversation.turnId = said.turnId
    for (const [topic, turns] of topics) {
      if (turns > 1) topics.set(topic, turns - 1)
      else topics.delete(topic)
    }
  }
  const mentions = mentionsIn(said.text)
  for (const topic of aboutTopics) if (mentions.of(topic)) topics.set(topic, turnsFor[topic])
  if (hits.some(({ detector }) => detector === 'card' || detector === 'card_part')) topics.set('card', turnsFor.card)
}
