import type { JsonObject } from '#kernel/json'
import { categoriesIn } from './conversation/categories.ts'
import type { Turn } from './conversation/plan.ts'
import { toPieces, type Piece } from './conversation/speech.ts'
import type { Random } from './random.ts'
import type { Schedule } from './schedule.ts'
import type { ConversationTruth, TurnTruth } from './truth/alerts.ts'
import {
  chatCategories,
  chatIssue,
  chatTranscript,
  lensMark,
  lensSegments,
  participantLeft,
  utterance,
  voiceCategories,
  voiceTranscript,
  type Analysed,
  type ChatParticipant,
  type Owner,
} from './wire/contact-lens.ts'

/** From the end of the words to the piece, and to the whole turn with its tone. */
const PIECE_DELAY_MS = 250
const TURN_DELAY_MS = 550
/** Longer than any other delay: nothing follows the last mark. */
const END_DELAY_MS = 1200
const LATE_MS = { least: 2000, most: 9000 }

interface AnalysisWorld {
  centre: Owner
  schedule: Pick<Schedule, 'now' | 'at'>
  talk: Random
  ids: Random
  send(kind: 'contact-lens', payload: JsonObject, delayMs?: number): void
  /** Takes down what is true, for whoever checks the reader. */
  note: ((fact: ConversationTruth) => void) | undefined
}

interface AnalysedContact extends Analysed {
  agent: { person: { firstName: string } } | null
  lens: Analysis | null
}

/** One contact under live analysis, as far as it has come. */
export interface Analysis {
  startedAt: number
  /** Turns that are being spoken; two when one talks into the other. */
  open: OpenTurn[]
  /** Found, but not yet told. */
  late: LateCategories[]
  /** A category is reported once per contact. */
  matched: Set<string>
  chatters: { AGENT: ChatParticipant; CUSTOMER: ChatParticipant } | null
  isOver: boolean
}

interface OpenTurn {
  id: string
  turn: Turn
  pieces: readonly Piece[]
  said: number
  /** Only while somebody takes notes. */
  truth: { text: string; endAt: number; sentAt: number }[] | null
}

interface LateCategories {
  names: readonly string[]
  turnId: string
  turn: Turn
}

export interface AnalysisPlan {
  turns: readonly Turn[]
  /** Milliseconds from now after which the analysis breaks off; left out: it does not. */
  failAtMs?: number
  /** How many categories come seconds after their turn, in a message of their own; a quarter if left out. */
  lateShare?: number
}

/** Analyses a contact from this moment, the zero of the turns' times: each message goes out when its words have been said. */
export function analyse(world: AnalysisWorld, contact: AnalysedContact, { turns, failAtMs, lateShare = 0.25 }: AnalysisPlan): void {
  const startedAt = world.schedule.now()
  const chatters = contact.channel === 'CHAT' ? toChatters(world, contact) : null
  const analysis: Analysis = { startedAt, open: [], late: [], matched: new Set(), chatters, isOver: false }
  contact.lens = analysis
  world.send('contact-lens', lensMark(world.centre, contact, 'STARTED'))
  if (failAtMs !== undefined) world.schedule.at(startedAt + failAtMs, () => end(world, contact, analysis, 'FAILED'))
  const follow = chatters ? chat : speak
  follow({ world, contact, analysis, turns, lateShare }, 0)
}

/** The contact is over: whoever is speaking is cut off, what was found is told, then COMPLETED. Does nothing without an analysis. */
export function endAnalysis(world: AnalysisWorld, contact: AnalysedContact): void {
  if (contact.lens) end(world, contact, contact.lens, 'COMPLETED')
}

interface Running {
  world: AnalysisWorld
  contact: AnalysedContact
  analysis: Analysis
  turns: readonly Turn[]
  lateShare: number
}

function toChatters({ ids }: AnalysisWorld, { agent }: AnalysedContact): Analysis['chatters'] {
  return {
    AGENT: { id: ids.uuid(), role: 'AGENT', name: agent?.person.firstName ?? 'Agent' },
    CUSTOMER: { id: ids.uuid(), role: 'CUSTOMER', name: 'Customer' },
  }
}

/** One turn at a time, so that a contact that ends early leaves little behind. */
function speak(running: Running, index: number): void {
  const { world, analysis, turns } = running
  const turn = turns[index]
  if (!turn) return
  world.schedule.at(analysis.startedAt + turn.beginMs, () => {
    if (analysis.isOver) return
    const pieces = toPieces(turn, world.talk.whole(4, 6))
    const open: OpenTurn = { id: world.ids.uuid(), turn, pieces, said: 0, truth: world.note ? [] : null }
    analysis.open.push(open)
    sayPiece(running, open)
    speak(running, index + 1)
  })
}

function sayPiece(running: Running, open: OpenTurn): void {
  const { world, contact, analysis } = running
  const piece = open.pieces[open.said]!
  const endAt = analysis.startedAt + piece.endMs
  world.schedule.at(endAt, () => {
    if (analysis.isOver) return
    sendSegments(world, contact, [utterance(world.ids.uuid(), open.id, open.turn.role, piece)], PIECE_DELAY_MS)
    open.truth?.push({ text: piece.text, endAt, sentAt: endAt + PIECE_DELAY_MS })
    if (++open.said < open.pieces.length) return sayPiece(running, open)
    analysis.open.splice(analysis.open.indexOf(open), 1)
    closeTurn(world, contact, analysis, open, open.turn, running.lateShare)
  })
}

function closeTurn(
  world: AnalysisWorld,
  contact: AnalysedContact,
  analysis: Analysis,
  open: OpenTurn,
  turn: Turn,
  lateShare: number,
): void {
  const segments = [voiceTranscript(open.id, turn)]
  tellCategories(world, contact, analysis, { segments, turnId: open.id, turn, lateShare })
  sendSegments(world, contact, segments, TURN_DELAY_MS)
  noteTurn(world, contact, analysis, open.id, turn, open.truth ?? [], world.schedule.now() + TURN_DELAY_MS)
}

function chat(running: Running, index: number): void {
  const { world, contact, analysis, turns, lateShare } = running
  const turn = turns[index]
  if (!turn) return
  const sentAt = analysis.startedAt + turn.endMs
  world.schedule.at(sentAt, () => {
    if (analysis.isOver) return
    const turnId = world.ids.uuid()
    const segments = [chatTranscript(turnId, analysis.chatters![turn.role], turn, sentAt)]
    if (turn.issue) segments.push(chatIssue(turnId, turn.text, turn.issue))
    tellCategories(world, contact, analysis, { segments, turnId, turn, lateShare })
    sendSegments(world, contact, segments, TURN_DELAY_MS)
    noteTurn(world, contact, analysis, turnId, turn, [], sentAt + TURN_DELAY_MS)
    chat(running, index + 1)
  })
}

/** Adds what the turn makes match to its own message, or keeps it for one that comes seconds later. */
function tellCategories(
  world: AnalysisWorld,
  contact: AnalysedContact,
  analysis: Analysis,
  { segments, turnId, turn, lateShare }: { segments: JsonObject[]; turnId: string; turn: Turn; lateShare: number },
): void {
  const found = categoriesIn(turn.text)
  if (found.length === 0) return
  const names = found.filter((name) => !analysis.matched.has(name))
  if (names.length === 0) return
  for (const name of names) analysis.matched.add(name)
  const categories: LateCategories = { names, turnId, turn }
  if (!world.talk.chance(lateShare)) {
    segments.push(categoriesSegment(contact, categories))
    noteCategories(world, contact, categories, TURN_DELAY_MS)
    return
  }
  analysis.late.push(categories)
  world.schedule.at(world.schedule.now() + TURN_DELAY_MS + world.talk.whole(LATE_MS.least, LATE_MS.most), () => {
    const place = analysis.late.indexOf(categories)
    if (place === -1) return
    analysis.late.splice(place, 1)
    sendCategories(world, contact, categories, 0)
  })
}

function sendCategories(world: AnalysisWorld, contact: AnalysedContact, categories: LateCategories, delayMs: number): void {
  sendSegments(world, contact, [categoriesSegment(contact, categories)], delayMs)
  noteCategories(world, contact, categories, delayMs)
}

function end(world: AnalysisWorld, contact: AnalysedContact, analysis: Analysis, mark: 'COMPLETED' | 'FAILED'): void {
  if (analysis.isOver) return
  analysis.isOver = true
  const now = world.schedule.now()
  for (const open of analysis.open) {
    const turn = cutOff(open)
    if (!turn) continue
    if (mark === 'COMPLETED') closeTurn(world, contact, analysis, open, turn, 0)
    else noteTurn(world, contact, analysis, open.id, turn, open.truth ?? [], null)
  }
  if (mark === 'COMPLETED') {
    for (const categories of analysis.late) sendCategories(world, contact, categories, TURN_DELAY_MS + 100)
    if (analysis.chatters) {
      sendSegments(world, contact, [participantLeft(world.ids.uuid(), analysis.chatters.CUSTOMER, now)], TURN_DELAY_MS)
    }
  }
  analysis.open = []
  analysis.late = []
  world.send('contact-lens', lensMark(world.centre, contact, mark), END_DELAY_MS)
  world.note?.({
    type: 'analysis',
    at: now + END_DELAY_MS,
    contactId: contact.id,
    startedAt: analysis.startedAt,
    end: mark === 'COMPLETED' ? 'completed' : 'failed',
    endedAt: now + END_DELAY_MS,
  })
}

/** What has been said of a turn; null: not even a piece. */
function cutOff({ turn, pieces, said }: OpenTurn): Turn | null {
  const last = pieces[said - 1]
  if (!last) return null
  let end = -1
  for (const { text } of pieces.slice(0, said)) end += text.length + 1
  const { issue } = turn
  return {
    ...turn,
    text: turn.text.slice(0, end),
    endMs: last.endMs,
    issue: issue && issue.begin < end ? { begin: issue.begin, end: Math.min(issue.end, end) } : null,
    pii: (turn.pii ?? []).filter(({ begin }) => begin < end).map((span) => ({ ...span, end: Math.min(span.end, end) })),
  }
}

function sendSegments(world: AnalysisWorld, contact: AnalysedContact, segments: JsonObject[], delayMs: number): void {
  world.send('contact-lens', lensSegments(world.centre, contact, segments), delayMs)
}

function categoriesSegment({ channel }: AnalysedContact, { names, turnId, turn }: LateCategories): JsonObject {
  return channel === 'VOICE' ? voiceCategories(names, turn) : chatCategories(names, turnId, turn.text)
}

function noteCategories(world: AnalysisWorld, { id }: AnalysedContact, { names, turnId }: LateCategories, delayMs: number): void {
  if (!world.note) return
  const sentAt = world.schedule.now() + delayMs
  for (const name of names) world.note({ type: 'category', at: sentAt, contactId: id, name, turnId, sentAt })
}

function noteTurn(
  world: AnalysisWorld,
  { id: contactId }: AnalysedContact,
  { startedAt }: Analysis,
  turnId: string,
  { role, text, tone, beginMs, endMs, pii = [] }: Turn,
  pieces: TurnTruth['pieces'],
  finalSentAt: number | null,
): void {
  const [beginAt, endAt] = [startedAt + beginMs, startedAt + endMs]
  world.note?.({ type: 'turn', at: endAt, contactId, turnId, role, text, tone, beginAt, endAt, pieces, finalSentAt, pii })
}
