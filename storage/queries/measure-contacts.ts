import type { Amount, Condition, Threshold } from '#kernel/expressions'
import type { AnalyticsStore, CallOptions } from '../port.ts'
import { inScope, type Scope } from './scope.ts'
import { allOf, anyOf, buildSql, epochMs, instant, isOneOf, type Bind, type Sql } from './sql.ts'

/** Figures of a contact that measures are written in, and how each is read from its newest version `r`. */
const figures = {
  initiatedAt: epochMs('r.initiated_at'),
  connectedToSystemAt: epochMs('r.connected_to_system_at'),
  enqueuedAt: epochMs('r.enqueued_at'),
  connectedAt: epochMs('r.connected_at'),
  disconnectedAt: epochMs('r.disconnected_at'),
  endedAt: epochMs('r.ended_at'),
  transferredAt: epochMs('r.transferred_at'),
  queueSeconds: 'r.queue_seconds',
  interactionSeconds: 'r.interaction_seconds',
  holdSeconds: 'r.hold_seconds',
  acwSeconds: 'r.acw_seconds',
  pauseSeconds: 'r.pause_seconds',
  holdCount: 'r.hold_count',
  hasNext: 'r.has_next',
  initiationMethod: 'r.initiation_method',
  disconnectReason: 'r.disconnect_reason',
  outcome: 'r.outcome',
} as const
export type Figure = keyof typeof figures

const times = { disconnectedAt: 'r.disconnected_at', enqueuedAt: 'r.enqueued_at', connectedAt: 'r.connected_at' } as const
export type MeasureTime = keyof typeof times

/** What contacts can be grouped and filtered by, and their columns. */
const dimensions = {
  QUEUE: 'r.queue_id',
  CHANNEL: 'r.channel',
  AGENT: 'r.agent_id',
  INSTANCE: 'r.instance_id',
  INITIATION_METHOD: 'r.initiation_method',
  DISCONNECT_REASON: 'r.disconnect_reason',
} as const
export type ContactDimension = keyof typeof dimensions
export const contactDimensions = Object.keys(dimensions) as readonly ContactDimension[]

export interface AskedMeasure {
  where: Condition<Figure>
  /** Counts contacts when left out. */
  amount?: Amount<Figure> | undefined
  fold: 'sum' | 'max'
  threshold?: Threshold | undefined
}

export interface MeasureRequest {
  scope: Scope
  /** Which time decides the interval. */
  at: MeasureTime
  /** Starts of the intervals, epoch ms, ascending; each ends where the next begins. */
  starts: readonly number[]
  /** End of the last, exclusive. */
  end: number
  filters: readonly { dimension: ContactDimension; values: readonly string[] }[]
  groupings: readonly ContactDimension[]
  measures: readonly AskedMeasure[]
  /** Most rows of the answer; one more is asked for, so that the caller sees when there are too many. */
  limit: number
}

export interface MeasuredGroup {
  /** Values of the groupings, in their order. */
  group: string[]
  start: number
  /** In the order of `measures`; null: a maximum of none. */
  values: (number | null)[]
}

/**
 * Sums, counts and maxima over contacts, by interval and group. Contacts whose time lies in the range in any version are looked at, and
 * of those the newest version counts: a contact that moved out of the range, or into it, is where it is now.
 */
export async function measureContacts(store: AnalyticsStore, request: MeasureRequest, options?: CallOptions): Promise<MeasuredGroup[]> {
  const { starts, end, groupings, measures, limit } = request
  const at = times[request.at]
  const built = buildSql((bind) => {
    const inRange: Sql = () => `${at} >= ${instant(bind, starts[0]!)} AND ${at} < ${instant(bind, end)}`
    const conditions = allOf([
      inRange,
      inScope(request.scope, 'r'),
      ...request.filters.map(({ dimension, values }) => isOneOf(dimensions[dimension], values)),
    ])
    const groups = groupings.map((dimension, i) => `${dimensions[dimension]} AS g${i}`)
    const keys = [...groupings.map((_, i) => `g${i}`), 'bucket']
    // The last argument of roundDown is a list in order: it finds the greatest that is not above.
    const bucket = `roundDown(toUnixTimestamp64Milli(assumeNotNull(${at})), ${bind('Array(Int64)', starts)})`
    return `SELECT ${[...groups, `${bucket} AS bucket`, ...measures.map((m, i) => `${measureSql(m, bind)} AS m${i}`)].join(', ')}
      FROM contacts AS r FINAL
      PREWHERE r.contact_id IN (SELECT r.contact_id FROM contacts AS r WHERE ${inRange(bind)})
      WHERE ${conditions(bind)}
      GROUP BY ${keys.join(', ')} ORDER BY ${keys.join(', ')} LIMIT ${bind('UInt32', limit + 1)}`
  })
  const rows = await store.query<Record<string, string | number | null>>({ name: 'measureContacts', ...built }, options)
  return rows.map((row) => ({
    group: groupings.map((_, i) => String(row[`g${i}`] ?? '')),
    start: Number(row['bucket']),
    values: measures.map((_, i) => (row[`m${i}`] === null ? null : Number(row[`m${i}`]))),
  }))
}

function measureSql({ where, amount, fold, threshold }: AskedMeasure, bind: Bind): string {
  const condition = conditionSql(where, threshold)(bind)
  if (amount === undefined) return `toFloat64(countIf(${condition}))`
  const value = amountSql(amount, bind)
  return fold === 'max' ? `maxOrNullIf(${value}, ${condition})` : `sumIf(ifNull(${value}, 0), ${condition})`
}

/** A nullable Float64. */
function amountSql(amount: Amount<Figure>, bind: Bind): string {
  if ('field' in amount) return figures[amount.field]
  if ('constant' in amount) return bind('Float64', amount.constant)
  if ('sum' in amount) return `(${amount.sum.map((part) => `ifNull(${amountSql(part, bind)}, 0)`).join(' + ')})`
  if ('first' in amount) return `coalesce(${amount.first.map((part) => amountSql(part, bind)).join(', ')})`
  if ('greatest' in amount) {
    const parts = amount.greatest.map((part) => amountSql(part, bind))
    return `arrayReduce('maxOrNull', [${parts.join(', ')}])`
  }
  const seconds = `((${amountSql(amount.to, bind)}) - (${amountSql(amount.from, bind)})) / 1000`
  return `if(${seconds} < 0, 0., ${seconds})`
}

/** 0 or 1; what is not known is not so. */
function conditionSql(condition: Condition<Figure>, threshold: Threshold | undefined): Sql {
  if ('known' in condition) {
    const figure = figures[condition.known]
    return () => (isText(condition.known) ? `${figure} != ''` : `isNotNull(${figure})`)
  }
  if ('text' in condition) return isOneOf(figures[condition.text], condition.in)!
  if ('flag' in condition) return () => `${figures[condition.flag]} = 1`
  if ('all' in condition) return allOf(condition.all.map((part) => conditionSql(part, threshold)))
  if ('any' in condition) return anyOf(condition.any.map((part) => conditionSql(part, threshold)))
  if ('not' in condition) return (bind) => `NOT (${conditionSql(condition.not, threshold)(bind)})`
  if ('above' in condition) return (bind) => `ifNull(${amountSql(condition.amount, bind)} > ${bind('Float64', condition.above)}, 0)`
  if (!threshold) throw new RangeError('a threshold is needed')
  const sign = threshold.comparison === 'LT' ? '<' : '<='
  return (bind) => `ifNull(${amountSql(condition.amount, bind)} ${sign} ${bind('Float64', threshold.seconds)}, 0)`
}

const isText = (figure: Figure): boolean => figure === 'initiationMethod' || figure === 'disconnectReason' || figure === 'outcome'
