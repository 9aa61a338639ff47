/** How long each topic keeps what: the settings, as the log takes them. Rows, facts, timers and alerts leave by the rules of their folds. */
import { topics } from '#events/topics'
import { durationMs, type Config } from './config.ts'

/** A mark outlives its dead letter, so that none is taken in a second time. */
const MARK_OUTLIVES_MS = 24 * 3_600_000

export function logRetention(config: Pick<Config, 'LOG_RETENTION' | 'DEAD_LETTER_RETENTION' | 'CHECKPOINT_RETENTION'>): {
  retentionMs: number
  retentionByTopic: Record<string, number>
} {
  const retentionMs = durationMs(config.LOG_RETENTION)
  const deadLettersMs = durationMs(config.DEAD_LETTER_RETENTION ?? config.LOG_RETENTION)
  return {
    retentionMs,
    retentionByTopic: {
      [topics.deadLetters]: deadLettersMs,
      [topics.redrives]: deadLettersMs + MARK_OUTLIVES_MS,
      [topics.checkpoints]: durationMs(config.CHECKPOINT_RETENTION),
    },
  }
}
