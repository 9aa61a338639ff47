import type { PublicMetrics, PublicQueue } from '#contracts/public'
import { DASH, formatCount, formatDuration, formatPercent, formatShare } from '../format.ts'
import type { TileGroup } from '../live/sources.ts'
import { MINIMUM_SAMPLE, type Condition, type Level } from './levels.ts'

export type Figure = { type: 'text'; main: string; unit: string } | { type: 'since'; at: number }

export interface TileContent {
  id: TileId
  label: string
  group: TileGroup
  figure: Figure
  /** Rate from too few contacts. */
  muted: boolean
  small: string
  /** Said quietly where an alarm's word will stand. */
  foot: string
}
export type TileId = 'waiting' | 'longest' | 'serviceLevel' | 'abandoned' | 'available' | 'talking'

export interface TileModel extends TileContent {
  level: Level
  word: string
}
export interface TileDraft extends TileContent {
  conditions: readonly Condition[]
}

/** Shows no figure. */
export const isBlank = (tile: TileContent | undefined): boolean => tile?.figure.type === 'text' && tile.figure.main === DASH

type Values = PublicMetrics['values']
const text = (main: string, unit = ''): Figure => ({ type: 'text', main, unit })
const count = (value: number | null): Figure => text(formatCount(value))

/** The six tiles of "Today". `values` are null before the first answer: then every figure is a dash. */
export function draftTiles(values: Values | null, allQueues: readonly PublicQueue[] | null, now: number): TileDraft[] {
  const v = (key: string): number | null => values?.[key] ?? null
  const queues = (allQueues ?? []).filter((q) => !q.hidden)
  return [waiting(v), longest(queues, v, now), serviceLevel(queues, v), abandoned(queues, v), available(v), talking(v)]
}

type Value = (key: string) => number | null

function waiting(v: Value): TileDraft {
  const over = v('CONTACTS_IN_QUEUE_OVER_X')
  const free = v('AGENTS_AVAILABLE')
  return {
    id: 'waiting',
    label: 'Waiting now',
    group: 'contacts',
    figure: count(v('CONTACTS_IN_QUEUE')),
    muted: false,
    small: `${formatCount(over)} over target`,
    foot: 'each queue’s own target',
    conditions: [
      { id: 'red', level: 'red', word: 'short of agents', met: over !== null && free !== null && over > free, forMs: 10_000 },
      { id: 'amber', level: 'amber', word: 'over target', met: (over ?? 0) >= 1 },
    ],
  }
}

/** The page counts from the moment the contact was queued: `OLDEST_CONTACT_AGE` would be one frame a second for nothing. */
function longest(queues: readonly PublicQueue[], v: Value, now: number): TileDraft {
  const oldest = oldestOf(queues)
  const target = oldest?.queue.target.seconds ?? 0
  return {
    id: 'longest',
    label: 'Longest wait',
    group: 'contacts',
    figure: oldest ? { type: 'since', at: oldest.at } : text(formatCount(null)),
    muted: false,
    small: oldest ? oldest.queue.name : v('CONTACTS_IN_QUEUE') === 0 ? 'nobody is waiting' : '',
    foot: oldest ? `target ${formatDuration(target)}` : '',
    conditions: oldest ? waitConditions(oldest.at, target, now) : [],
  }
}

/** Who waits longest, over the queues shown. */
export function oldestOf(queues: readonly PublicQueue[]): { queue: PublicQueue; at: number } | null {
  let found: { queue: PublicQueue; at: number } | null = null
  for (const queue of queues) {
    if (queue.oldestEnqueuedAt === null) continue
    const at = Date.parse(queue.oldestEnqueuedAt)
    if (!found || at < found.at) found = { queue, at }
  }
  return found
}

/** Conditions on a wait, against the queue's own target. */
export function waitConditions(sinceMs: number, targetSeconds: number, now: number): Condition[] {
  const waited = (now - sinceMs) / 1000
  return [
    { id: 'wait3', level: 'red', word: `over ${formatDuration(3 * targetSeconds)}`, met: waited >= 3 * targetSeconds },
    { id: 'wait1', level: 'amber', word: `over ${formatDuration(targetSeconds)}`, met: waited >= targetSeconds },
  ]
}

/** Conditions on a service level: below the target, and ten points below it. */
export function serviceLevelConditions(value: number | null, n: number, percent: number): Condition[] {
  const counts = value !== null && n >= MINIMUM_SAMPLE
  return [
    { id: 'sl-red', level: 'red', word: `under ${percent - 10} %`, met: counts && value < percent - 10 },
    { id: 'sl-amber', level: 'amber', word: `under ${percent} %`, met: counts && value < percent },
  ]
}

export function abandonConditions(value: number | null, n: number): Condition[] {
  const counts = value !== null && n >= MINIMUM_SAMPLE
  return [
    { id: 'ab-red', level: 'red', word: 'over 8 %', met: counts && value > 8 },
    { id: 'ab-amber', level: 'amber', word: 'over 5 %', met: counts && value > 5 },
  ]
}

function serviceLevel(queues: readonly PublicQueue[], v: Value): TileDraft {
  const today = v('SERVICE_LEVEL@businessDay')
  const recent = v('SERVICE_LEVEL@PT30M')
  const n = sum(queues, (q) => q.offeredToday)
  const recentN = sum(queues, (q) => q.offered30)
  const target = commonTarget(queues)
  const few = today !== null && queues.length > 0 && n < MINIMUM_SAMPLE
  return {
    id: 'serviceLevel',
    label: 'Service level today',
    group: 'contacts',
    figure: text(formatPercent(today), today === null ? '' : '%'),
    muted: few,
    small: `last 30 min ${formatPercent(recent)}${recent === null ? '' : ' %'}${recentN < MINIMUM_SAMPLE ? '' : arrow(today, recent)}`,
    foot: few ? `only n = ${n}` : target ? `target ${target.percent} % in ${target.seconds} s` : 'each queue’s own target',
    conditions: serviceLevelConditions(today, n, target?.percent ?? 80),
  }
}

/** Where the last half hour points, compared with the day. */
export function arrow(today: number | null, recent: number | null): string {
  if (today === null || recent === null) return ''
  if (recent > today + 2) return ' ↑'
  return recent < today - 2 ? ' ↓' : ' →'
}

function commonTarget(queues: readonly PublicQueue[]): PublicQueue['target'] | null {
  const first = queues[0]?.target
  return first && queues.every((q) => q.target.percent === first.percent && q.target.seconds === first.seconds) ? first : null
}

function abandoned(queues: readonly PublicQueue[], v: Value): TileDraft {
  const rate = v('ABANDONMENT_RATE@businessDay')
  const lost = v('CONTACTS_ABANDONED@businessDay')
  const n = sum(queues, (q) => q.offeredToday)
  const few = rate !== null && queues.length > 0 && n < MINIMUM_SAMPLE
  return {
    id: 'abandoned',
    label: 'Abandoned today',
    group: 'contacts',
    figure: text(formatShare(rate), rate === null ? '' : '%'),
    muted: few,
    small: lost === null ? '' : `${formatCount(lost)} ${lost === 1 ? 'contact' : 'contacts'}`,
    foot: few ? `only n = ${n}` : queues.length > 0 ? `of ${formatCount(n)} offered` : '',
    conditions: abandonConditions(rate, n),
  }
}

function available(v: Value): TileDraft {
  const free = v('AGENTS_AVAILABLE')
  const waitingNow = v('CONTACTS_IN_QUEUE') ?? 0
  return {
    id: 'available',
    label: 'Available',
    group: 'agents',
    figure: count(free),
    muted: false,
    small: `of ${formatCount(v('AGENTS_STAFFED'))} staffed`,
    foot: '',
    conditions: [
      { id: 'red', level: 'red', word: 'nobody free', met: free === 0 && waitingNow > 0, forMs: 20_000 },
      { id: 'amber', level: 'amber', word: 'nobody free', met: free === 0 },
    ],
  }
}

function talking(v: Value): TileDraft {
  return {
    id: 'talking',
    label: 'On contact',
    group: 'agents',
    figure: count(v('AGENTS_ON_CONTACT')),
    muted: false,
    small: `${formatCount(v('AGENTS_AFTER_CONTACT_WORK'))} in wrap-up`,
    foot: `${formatCount(v('AGENTS_NON_PRODUCTIVE'))} not ready`,
    conditions: [],
  }
}

function sum(queues: readonly PublicQueue[], of: (q: PublicQueue) => number): number {
  return queues.reduce((total, q) => total + of(q), 0)
}
