import type { PublicQueue } from '#contracts/public'
import { formatDuration, formatPercent, formatShare } from '../format.ts'
import { MINIMUM_SAMPLE, rankOf, worstOf, type Condition, type Level } from './levels.ts'
import { abandonConditions, serviceLevelConditions, waitConditions } from './tiles.ts'

export interface Rate {
  text: string
  level: Level
  /** Too few contacts to mean anything: grey, with n. */
  muted: boolean
  n: number
}

export interface QueueLine {
  id: string
  name: string
  waiting: number
  over: number
  oldestAt: number | null
  waitLevel: Level
  available: number
  onContact: number
  serviceLevel30: Rate
  serviceLevelToday: Rate
  answered: number
  abandoned: Rate
  answerTime: string
  /** What the line as a whole says: the wait, or the last half hour. Figures of the whole day have their own mark only. */
  level: Level
  word: string
}

/** Lines that no turn of the page takes away. */
export function stayingQueues(lines: readonly QueueLine[]): Set<string> {
  return new Set(lines.filter((l) => l.level === 'red' || l.waiting > 0).map((l) => l.id))
}

export type LevelOf = (key: string, conditions: readonly Condition[]) => { level: Level; word: string }

export function queueLine(q: PublicQueue, levelOf: LevelOf, now: number): QueueLine {
  const oldestAt = q.oldestEnqueuedAt === null ? null : Date.parse(q.oldestEnqueuedAt)
  const wait = levelOf(`queue/${q.id}/wait`, [
    { id: 'short', level: 'red', word: 'short of agents', met: q.waitingOverTarget > q.available, forMs: 10_000 },
    ...(oldestAt === null ? [] : waitConditions(oldestAt, q.target.seconds, now)),
  ])
  const recent = levelOf(`queue/${q.id}/sl30`, serviceLevelConditions(q.serviceLevel30, q.offered30, q.target.percent))
  const today = levelOf(`queue/${q.id}/sl`, serviceLevelConditions(q.serviceLevelToday, q.offeredToday, q.target.percent))
  const lost = levelOf(`queue/${q.id}/abandoned`, abandonConditions(q.abandonRateToday, q.offeredToday))
  const level = worstOf([wait.level, recent.level])
  return {
    id: q.id,
    name: q.name,
    waiting: q.waiting,
    over: q.waitingOverTarget,
    oldestAt,
    waitLevel: wait.level,
    available: q.available,
    onContact: q.onContact,
    serviceLevel30: rate(formatPercent(q.serviceLevel30), q.serviceLevel30, q.offered30, recent.level),
    serviceLevelToday: rate(formatPercent(q.serviceLevelToday), q.serviceLevelToday, q.offeredToday, today.level),
    answered: q.handledToday,
    abandoned: rate(formatShare(q.abandonRateToday), q.abandonRateToday, q.offeredToday, lost.level),
    answerTime: formatDuration(q.answerSecondsToday),
    level,
    word: wait.level === level ? wait.word : recent.word,
  }
}

function rate(text: string, value: number | null, n: number, level: Level): Rate {
  const muted = value !== null && n < MINIMUM_SAMPLE
  return { text, level: muted ? 'none' : level, muted, n }
}

/** Worst first: what is happening now before what the last half hour was like; then by name, so that quiet queues stand still. */
export function compareQueues(a: QueueLine, b: QueueLine): number {
  return (
    rankOf(b.waitLevel) - rankOf(a.waitLevel) ||
    rankOf(b.level) - rankOf(a.level) ||
    b.over - a.over ||
    (a.oldestAt ?? Infinity) - (b.oldestAt ?? Infinity) ||
    a.name.localeCompare(b.name)
  )
}
