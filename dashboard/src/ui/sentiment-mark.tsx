import { formatScore } from '../format.ts'
import type { PublicTurn } from '#contracts/public'

type Sentiment = NonNullable<PublicTurn['sentiment']>
const marks: Readonly<Record<Sentiment, { path: string; word: string }>> = {
  POSITIVE: { path: 'M6 1v10M1 6h10', word: 'positive' },
  NEUTRAL: { path: 'M3 6h6', word: 'neutral' },
  NEGATIVE: { path: 'M1 3.500h10L6 11z', word: 'negative' },
  MIXED: { path: 'M1 7.500q2.500-5 5-1.500t5-1.500', word: 'mixed' },
}

/** Shape and word, so that it reads without colour. */
export function SentimentMark({ sentiment }: { sentiment: Sentiment }) {
  const { path, word } = marks[sentiment]
  return (
    <span className={`tone tone-${sentiment.toLowerCase()}`}>
      <svg viewBox="0 0 12 12" aria-hidden="true">
        <path d={path} />
      </svg>
      {word}
    </span>
  )
}

const arrows = { falling: 'M1 1l10 10M11 4v7H4', rising: 'M1 11L11 1M11 8V1H4', steady: 'M0 6h11M7 2l4 4-4 4' } as const

export function ScoreTrend({ score, direction, muted }: { score: number | null; direction: keyof typeof arrows; muted: boolean }) {
  return (
    <span className={muted ? 'score muted' : 'score'}>
      <span className="score-value">{formatScore(score)}</span>
      <svg className="score-arrow" viewBox="0 0 12 12" aria-hidden="true">
        <path d={arrows[direction]} />
      </svg>
      <span className="score-word">{direction}</span>
    </span>
  )
}
