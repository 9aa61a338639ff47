import type { OutputType } from '#events/domain'
import { runOf, type ScoredTurn } from '#events/sentiment'
import { assembleTurn } from '#events/turns'
import type { SentimentSums, TurnRow } from '#contracts/rows'
import type { Facts } from '../runner/fold.ts'
import type { TurnFact } from './facts.ts'

/** Rows are at most 32 KB. */
const LONGEST_TURN = 16_000
const built = new WeakMap<object, TurnRow>()

/**
 * The turn rows of a contact, all of its newest edition. Rows are remembered by their fact, so an unchanged turn costs a look-up.
 */
export function turnsOf(contactId: string, facts: Facts): TurnRow[] {
  const rows: TurnRow[] = []
  const edition = newestEdition(facts)
  for (const [id, value] of facts) {
    if (!id.startsWith('turn/')) continue
    const fact = value as TurnFact
    if (editionOfFact(fact) < edition) continue
    let row = built.get(fact)
    if (!row) {
      row = toTurnRow(contactId, id.split('/')[1] as OutputType, fact)
      if (!row) continue
      built.set(fact, row)
    }
    rows.push(row)
  }
  return rows
}

/** Ids of the turn facts that a post-contact file stands in place of. They count no more, in whatever order both came. */
export function supersededTurns(facts: Facts): string[] {
  const edition = newestEdition(facts)
  if (edition === 0) return []
  return [...facts].flatMap(([id, value]) => (id.startsWith('turn/') && editionOfFact(value as TurnFact) < edition ? [id] : []))
}

function newestEdition(facts: Facts): number {
  let newest = 0
  for (const [id, value] of facts) if (id.startsWith('turn/')) newest = Math.max(newest, editionOfFact(value as TurnFact))
  return newest
}

function editionOfFact({ parts }: TurnFact): number {
  return parts.final?.version.edition ?? 0
}

/** Scores by the speaker. Raw and redacted twins of a turn count once. */
export function sentimentOf(turns: readonly TurnRow[]): { customer: SentimentSums | null; agent: SentimentSums | null } {
  const distinct = new Map<string, TurnRow>()
  for (const turn of turns) if (!turn.partial && (turn.outputType === 'raw' || !distinct.has(turn.turnId))) distinct.set(turn.turnId, turn)
  return { customer: sumsOf(distinct, 'CUSTOMER'), agent: sumsOf(distinct, 'AGENT') }
}

function sumsOf(turns: ReadonlyMap<string, TurnRow>, role: string): SentimentSums | null {
  const scored: ScoredTurn[] = []
  let negativeTurns = 0
  for (const turn of turns.values()) {
    if (turn.participantRole !== role || turn.sentiment === null) continue
    scored.push({ sentiment: turn.sentiment, at: turn.beginOffsetMs ?? turn.saidAt ?? 0, id: turn.turnId })
    if (turn.sentiment === 'NEGATIVE') negativeTurns++
  }
  if (scored.length === 0) return null
  const { weightedSum, weightSum } = runOf(scored)
  return { weightedSum, weightSum, score: weightSum === 0 ? 0 : weightedSum / weightSum, turns: scored.length, negativeTurns }
}

function toTurnRow(contactId: string, outputType: OutputType, fact: TurnFact): TurnRow | undefined {
  const turn = assembleTurn(fact.parts)
  if (!turn) return undefined
  const { newest } = turn
  const edition = editionOfFact(fact)
  return {
    kind: 'turn',
    contactId,
    turnId: newest.turnId,
    outputType,
    participantRole: newest.participantRole,
    participantId: newest.participantId,
    text: turn.text.slice(0, LONGEST_TURN),
    partial: !turn.isFinal,
    sentiment: turn.isFinal ? newest.sentiment : null,
    beginOffsetMs: turn.beginOffsetMs,
    endOffsetMs: turn.endOffsetMs,
    saidAt: newest.saidAt,
    ...(edition === 0 ? {} : { edition }),
  }
}
