import { z } from 'zod'
import { historicalMetricById, measuresOf, valueOf, type HistoricalMetric } from '#contracts/metrics/historical'
import { intervalStarts, periods } from '#contracts/metrics/intervals'
import { measures, type MeasureName } from '#contracts/metrics/measures'
import type { Condition, Threshold } from '#kernel/expressions'
import type { AnalyticsStore } from '#storage/port'
import {
  contactDimensions,
  measureContacts,
  type AskedMeasure,
  type ContactDimension,
  type Figure,
  type MeasureTime,
} from '#storage/queries/measure-contacts'
import type { FieldError } from './http/problems.ts'

const DAY_MS = 86_400_000
const MOST_INTERVALS = 2_000
const MOST_ROWS = 20_000
/** As Amazon: finer intervals need a shorter span. */
const longestMs = {
  FIFTEEN_MIN: 14 * DAY_MS,
  THIRTY_MIN: 28 * DAY_MS,
  HOUR: 56 * DAY_MS,
  DAY: 800 * DAY_MS,
  WEEK: 800 * DAY_MS,
  TOTAL: 800 * DAY_MS,
}

const time = z.union([z.iso.datetime({ offset: true }), z.number().int()]).describe('ISO 8601, or epoch seconds as Amazon takes them')
const filterSchema = z.strictObject({ key: z.string().max(128), values: z.array(z.string().max(256)).min(1).max(100) })

/** Body of `POST /metrics/query`: the words of Amazon's GetMetricDataV2. */
export const historicalQuerySchema = z.strictObject({
  startTime: time.describe('Included'),
  endTime: time.describe('Excluded'),
  interval: z
    .strictObject({ period: z.enum(periods).default('TOTAL'), timeZone: z.string().max(64).default('UTC') })
    .default({ period: 'TOTAL', timeZone: 'UTC' }),
  filters: z.array(filterSchema).max(10).default([]),
  groupings: z.array(z.string().max(128)).max(4).default([]),
  metrics: z
    .array(
      z.strictObject({
        name: z.string().max(128),
        threshold: z
          .array(z.strictObject({ comparison: z.enum(['LT', 'LTE']), value: z.number().positive().max(604_800) }))
          .length(1)
          .optional(),
        filters: z
          .array(
            z.strictObject({ key: z.enum(['INITIATION_METHOD', 'DISCONNECT_REASON']), values: z.array(z.string().max(64)).min(1).max(20) }),
          )
          .max(2)
          .default([]),
      }),
    )
    .min(1)
    .max(20),
})
export type HistoricalQueryBody = z.infer<typeof historicalQuerySchema>
type AskedMetric = HistoricalQueryBody['metrics'][number]

interface Asked {
  metric: HistoricalMetric
  asked: AskedMetric
  threshold: Threshold | undefined
}

/** A question that makes sense. */
export interface HistoricalQuery {
  start: number
  end: number
  starts: readonly number[]
  filters: readonly { dimension: ContactDimension; values: readonly string[] }[]
  groupings: readonly ContactDimension[]
  metrics: readonly Asked[]
}

export interface HistoricalResult {
  dimensions: Record<string, string>
  interval: { start: number; end: number }
  collections: { asked: AskedMetric; value: number | null }[]
}

/** Checks what the schema cannot: times, zone, names against the catalogue, thresholds against the metric. */
export function toHistoricalQuery(body: HistoricalQueryBody): { query: HistoricalQuery } | { errors: FieldError[] } {
  const errors: FieldError[] = []
  const isDimension = (key: string): key is ContactDimension => contactDimensions.some((known) => known === key)
  const checkKey = (path: string, key: string): void => {
    if (!isDimension(key)) errors.push({ path, message: `"${key}" is none of ${contactDimensions.join(', ')}` })
  }
  const metrics = body.metrics.flatMap((asked, i): Asked[] => {
    const metric = historicalMetricById(asked.name)
    const [threshold] = asked.threshold ?? []
    if (!metric)
      errors.push({ path: `metrics.${i}.name`, message: `"${asked.name}" is no historical metric (GET /api/v1/metrics/catalogue)` })
    else if (metric.threshold && !threshold)
      errors.push({ path: `metrics.${i}.threshold`, message: `${metric.id} needs one: [{"comparison":"LT","value":20}]` })
    else if (!metric.threshold && threshold) errors.push({ path: `metrics.${i}.threshold`, message: `${metric.id} takes none` })
    return metric ? [{ metric, asked, threshold: threshold && { comparison: threshold.comparison, seconds: threshold.value } }] : []
  })
  body.filters.forEach(({ key }, i) => checkKey(`filters.${i}.key`, key))
  body.groupings.forEach((key, i) => {
    checkKey(`groupings.${i}`, key)
    if (body.groupings.indexOf(key) !== i) errors.push({ path: `groupings.${i}`, message: `"${key}" is there twice` })
  })

  const [start, end] = [toMs(body.startTime), toMs(body.endTime)]
  const { period, timeZone } = body.interval
  if (!isTimeZone(timeZone)) errors.push({ path: 'interval.timeZone', message: `"${timeZone}" is no IANA time zone` })
  if (end <= start) errors.push({ path: 'endTime', message: 'must be after startTime' })
  else if (end - start > longestMs[period])
    errors.push({ path: 'endTime', message: `with ${period} at most ${longestMs[period] / DAY_MS} days after startTime` })
  if (errors.length > 0) return { errors }
  return {
    query: {
      start,
      end,
      starts: intervalStarts(start, end, period, timeZone, MOST_INTERVALS),
      filters: body.filters.map(({ key, values }) => ({ dimension: key as ContactDimension, values })),
      groupings: body.groupings as ContactDimension[],
      metrics,
    },
  }
}

/** Answers, by group and interval, those with data only; 'too-many' when the answer would be too long. */
export async function readHistorical(store: AnalyticsStore, query: HistoricalQuery): Promise<HistoricalResult[] | 'too-many'> {
  const wanted = distinctMeasures(query.metrics)
  const found = new Map<string, { group: string[]; start: number; values: Map<string, number | null> }>()
  // Contacts are counted in the interval of one of their times: one question for each of these.
  for (const at of ['disconnectedAt', 'enqueuedAt', 'connectedAt'] as const satisfies MeasureTime[]) {
    const asked = [...wanted].filter(([, { name }]) => measures[name].at === at)
    if (asked.length === 0) continue
    const { starts, end, filters, groupings } = query
    const rows = await measureContacts(store, {
      scope: 'all',
      at,
      starts,
      end,
      filters,
      groupings,
      measures: asked.map(([, measure]) => measure.sql),
      limit: MOST_ROWS,
    })
    if (rows.length > MOST_ROWS) return 'too-many'
    for (const { group, start, values } of rows) {
      const id = JSON.stringify([group, start])
      const row = found.get(id) ?? { group, start, values: new Map<string, number | null>() }
      found.set(id, row)
      asked.forEach(([key], i) => row.values.set(key, values[i] ?? null))
    }
  }
  return [...found.values()]
    .toSorted((a, b) => compareGroups(a.group, b.group) || a.start - b.start)
    .map(({ group, start, values }) => ({
      dimensions: Object.fromEntries(query.groupings.map((key, i) => [key, group[i] ?? ''])),
      interval: { start, end: query.starts[query.starts.indexOf(start) + 1] ?? query.end },
      collections: query.metrics.map((asked) => ({
        asked: asked.asked,
        // Nothing of the kind in this interval: a count of none, a maximum of none.
        value: valueOf(asked.metric.value, (name) => values.get(keyOf(name, asked)) ?? (measures[name].fold === 'max' ? null : 0)),
      })),
    }))
}

type Wanted = Map<string, { name: MeasureName; sql: AskedMeasure }>

/** Metrics that need the same measure ask for it once. */
function distinctMeasures(metrics: readonly Asked[]): Wanted {
  const wanted: Wanted = new Map()
  for (const asked of metrics) {
    for (const name of measuresOf(asked.metric.value)) {
      const measure = measures[name]
      const filters = asked.asked.filters.map(({ key, values }): Condition<Figure> => ({ text: filterFields[key], in: values }))
      wanted.set(keyOf(name, asked), {
        name,
        sql: {
          where: filters.length === 0 ? measure.where : { all: [measure.where, ...filters] },
          amount: 'amount' in measure ? measure.amount : undefined,
          fold: measure.fold,
          threshold: measure.threshold ? asked.threshold : undefined,
        },
      })
    }
  }
  return wanted
}

const filterFields = { INITIATION_METHOD: 'initiationMethod', DISCONNECT_REASON: 'disconnectReason' } as const

function keyOf(name: MeasureName, { asked, threshold }: Asked): string {
  return JSON.stringify([name, measures[name].threshold ? threshold : null, asked.filters])
}

function compareGroups(a: readonly string[], b: readonly string[]): number {
  for (const [i, value] of a.entries()) if (value !== b[i]) return value < (b[i] ?? '') ? -1 : 1
  return 0
}

function toMs(at: string | number): number {
  return typeof at === 'number' ? at * 1000 : Date.parse(at)
}

function isTimeZone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone }).format(0)
    return true
  } catch {
    return false
  }
}
