import type { Sentiment } from './domain.ts'

/**
 * Sentiment score of one participant, −5 to +5. Amazon publishes no formula; this one gives every overall and quarter score
 * in the files of the admin guide's "Example Contact Lens output files" and in real analysis files:
 *
 *     value  = +5 positive, −5 negative, 0 neutral or mixed
 *     weight = position in the unbroken run of the same non-neutral sentiment (1, 2, 3 …); 1 for neutral and mixed
 *     score  = Σ value·weight / Σ weight
 *
 * Only that participant's own turns count and break a run, in the order of their begin (offset, or time in chat).
 */
export interface SentimentSums {
  weightedSum: number
  weightSum: number
}

/** Sums with the run they end in, so that the next turn can be added. Plain JSON. */
export interface SentimentRun extends SentimentSums {
  tone: 'POSITIVE' | 'NEGATIVE' | null
  length: number
}

export interface ScoredTurn {
  sentiment: Sentiment | null
  /** Begin offset in ms, or wall time: one of the two for all turns of a contact. */
  at: number
  /** Decides between turns that begin together. */
  id: string
}

export const emptyRun: SentimentRun = { weightedSum: 0, weightSum: 0, tone: null, length: 0 }

/** Adds the next turn in time. A turn that comes late needs {@link runOf} over all of them. */
export function addSentiment(run: SentimentRun, sentiment: Sentiment): SentimentRun {
  if (sentiment !== 'POSITIVE' && sentiment !== 'NEGATIVE') {
    return { weightedSum: run.weightedSum, weightSum: run.weightSum + 1, tone: null, length: 0 }
  }
  const length = run.tone === sentiment ? run.length + 1 : 1
  const value = sentiment === 'POSITIVE' ? 5 : -5
  return { weightedSum: run.weightedSum + value * length, weightSum: run.weightSum + length, tone: sentiment, length }
}

/** The sums over one participant's turns, given in any order. Turns without a sentiment are left out. */
export function runOf(turns: Iterable<ScoredTurn>): SentimentRun {
  let run = emptyRun
  for (const { sentiment } of [...turns].toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : Number(a.id > b.id)))) {
    if (sentiment !== null) run = addSentiment(run, sentiment)
  }
  return run
}

/** Null where no turn was judged; Amazon's files print 0 there. */
export function scoreOf(sums: SentimentSums): number | null {
  return sums.weightSum === 0 ? null : sums.weightedSum / sums.weightSum
}
