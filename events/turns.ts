import type { LensEvent, LensTurn } from './domain.ts'

/** Decides between two copies of one utterance or turn: edition, then event time, then arrival at the source, then event id. */
export interface TurnVersion {
  /** Absent: live. */
  edition?: number
  eventTime: number
  arrivalTime: number
  id: string
}

/**
 * A post-contact file is a new edition of the whole conversation, made afresh from the recording: its turns may have other ids and
 * other cuts than the live ones, so it stands in place of all of them, not of those with its ids. A redacted file stands above a
 * raw one, a later file above an earlier one. Undefined: live.
 */
export function editionOf({ origin, outputType }: LensEvent, arrivalTime: number): number | undefined {
  return origin === 'postContact' ? (outputType === 'redacted' ? REDACTED_EDITIONS : 0) + arrivalTime : undefined
}

/** Above every time in epoch milliseconds. */
const REDACTED_EDITIONS = 1e14

export interface TurnPart {
  piece: LensTurn
  version: TurnVersion
}

/**
 * What is known of one turn. Plain JSON. Once the final transcript is there the utterances are dropped and no more are taken:
 * the admin guide's segment stream sample gives an utterance the TranscriptId of the transcript that later replaces it.
 */
export interface TurnParts {
  final: TurnPart | null
  /** One for each utterance id, in the order they are spoken. */
  utterances: readonly TurnPart[]
}

export interface AssembledTurn {
  text: string
  isFinal: boolean
  /** The final transcript, or the utterance that began last: for participant, role and sentiment. */
  newest: LensTurn
  beginOffsetMs: number | null
  endOffsetMs: number | null
}

export const emptyTurn: TurnParts = { final: null, utterances: [] }

/** Adds one part; the same parts give the same result in any order and any number of times. */
export function addTurnPart(parts: TurnParts, part: TurnPart): TurnParts {
  if (part.piece.type === 'turn') return { final: parts.final === null ? part : newer(parts.final, part), utterances: [] }
  if (parts.final !== null) return parts
  const same = parts.utterances.find((other) => other.piece.segmentId === part.piece.segmentId)
  const others = parts.utterances.filter((other) => other !== same)
  return { final: null, utterances: [...others, same === undefined ? part : newer(same, part)].toSorted(bySpeech) }
}

/** The turn as it reads now: the final transcript, else the utterances so far joined by a space. Null: nothing said yet. */
export function assembleTurn(parts: TurnParts): AssembledTurn | null {
  if (parts.final !== null) {
    const { text, beginOffsetMs, endOffsetMs } = parts.final.piece
    return { text, isFinal: true, newest: parts.final.piece, beginOffsetMs, endOffsetMs }
  }
  const pieces = parts.utterances.map((part) => part.piece)
  const newest = pieces.at(-1)
  if (newest === undefined) return null
  return {
    text: pieces.map((piece) => piece.text).join(' '),
    isFinal: false,
    newest,
    beginOffsetMs: pieces[0]?.beginOffsetMs ?? null,
    endOffsetMs: pieces.reduce<number | null>((end, piece) => Math.max(end ?? 0, piece.endOffsetMs ?? 0), null),
  }
}

function newer(a: TurnPart, b: TurnPart): TurnPart {
  return compareParts(a, b) >= 0 ? a : b
}

function compareParts(a: TurnPart, b: TurnPart): number {
  return (
    (a.version.edition ?? 0) - (b.version.edition ?? 0) ||
    a.version.eventTime - b.version.eventTime ||
    a.version.arrivalTime - b.version.arrivalTime ||
    compareTexts(a.version.id, b.version.id) ||
    // One message may hold an id twice: the one that reaches further, then any fixed choice.
    (a.piece.endOffsetMs ?? 0) - (b.piece.endOffsetMs ?? 0) ||
    compareTexts(a.piece.text, b.piece.text) ||
    compareTexts(JSON.stringify(a.piece), JSON.stringify(b.piece))
  )
}

function bySpeech(a: TurnPart, b: TurnPart): number {
  return (a.piece.beginOffsetMs ?? 0) - (b.piece.beginOffsetMs ?? 0) || compareTexts(a.piece.segmentId, b.piece.segmentId)
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
