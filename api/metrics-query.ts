import { z } from 'zod'
import { metricById, windows, type Metric, type MetricSums, type MetricWindow } from '#contracts/metrics/catalogue'
import type { FieldError } from './http/problems.ts'
import type { ReadSums } from './metrics-sums.ts'
import type { QueueFacts } from './queue-facts.ts'

/** Body of `POST /metrics/current`, and a live metrics query. Thresholds in seconds. */
export const currentMetricsSchema = z.strictObject({
  filters: z
    .array(z.strictObject({ key: z.string(), values: z.array(z.string().max(256)).min(1).max(100) }))
    .max(10)
    .default([]),
  groupings: z.array(z.string()).max(2).default([]),
  metrics: z
    .array(
      z.strictObject({
        name: z.string().max(128),
        threshold: z.number().positive().max(604_800).optional(),
        window: z.enum(windows).optional(),
      }),
    )
    .min(1)
    .max(32),
})
export type CurrentMetricsBody = z.infer<typeof currentMetricsSchema>

export const groupingKeys = ['QUEUE', 'CHANNEL'] as const
export type GroupingKey = (typeof groupingKeys)[number]
const isGroupingKey = (key: string): key is GroupingKey => groupingKeys.some((k) => k === key)

export interface AskedMetric {
  metric: Metric
  window: MetricWindow
  threshold: number | undefined
  /** `NAME`, `NAME@window`, `NAME@window<threshold`: as asked, so that the asker finds it again. */
  key: string
}

/** A question that makes sense: known metrics, keys that can be filtered and grouped by. */
export interface MetricsQuery {
  queueIds: readonly string[] | 'all'
  channels: readonly string[] | 'all'
  groupings: readonly GroupingKey[]
  metrics: readonly AskedMetric[]
}

/** Checks what the schema cannot: names against the catalogue, windows and thresholds against the metric. */
export function toMetricsQuery(body: CurrentMetricsBody): { query: MetricsQuery } | { errors: FieldError[] } {
  const errors: FieldError[] = []
  const metrics = body.metrics.flatMap((asked, i) => {
    const metric = metricById(asked.name)
    const window = asked.window ?? (metric?.kind === 'window' ? 'businessDay' : 'now')
    if (!metric)
      errors.push({ path: `metrics.${i}.name`, message: `"${asked.name}" is not in the catalogue (GET /api/v1/metrics/catalogue)` })
    else if (metric.kind === 'now' && window !== 'now')
      errors.push({ path: `metrics.${i}.window`, message: `${metric.id} is a figure of this moment: its only window is "now"` })
    else if (metric.kind === 'window' && window === 'now')
      errors.push({ path: `metrics.${i}.window`, message: `${metric.id} needs a window: PT15M, PT30M, PT1H or businessDay` })
    else if (asked.threshold !== undefined && !metric.threshold)
      errors.push({ path: `metrics.${i}.threshold`, message: `${metric.id} takes no threshold` })
    return metric ? [{ metric, window, threshold: asked.threshold, key: metricKey(asked) }] : []
  })
  const valuesOf = (key: GroupingKey): readonly string[] | 'all' => {
    const sets = body.filters.filter((f) => f.key === key).map((f) => f.values)
    // Filters are AND: a second one on the same key narrows the first.
    const [first, ...others] = sets
    return first ? [...new Set(first)].filter((value) => others.every((set) => set.includes(value))) : 'all'
  }
  body.filters.forEach(({ key }, i) => {
    if (!isGroupingKey(key)) errors.push({ path: `filters.${i}.key`, message: `"${key}" is none of ${groupingKeys.join(', ')}` })
  })
  body.groupings.forEach((key, i) => {
    if (!isGroupingKey(key)) errors.push({ path: `groupings.${i}`, message: `"${key}" is none of ${groupingKeys.join(', ')}` })
    else if (body.groupings.indexOf(key) !== i) errors.push({ path: `groupings.${i}`, message: `"${key}" is there twice` })
  })
  if (errors.length > 0) return { errors }
  return { query: { queueIds: valuesOf('QUEUE'), channels: valuesOf('CHANNEL'), groupings: body.groupings.filter(isGroupingKey), metrics } }
}

export function metricKey(asked: { name: string; window?: string | undefined; threshold?: number | undefined }): string {
  return `${asked.name}${asked.window === undefined ? '' : `@${asked.window}`}${asked.threshold === undefined ? '' : `<${asked.threshold}`}`
}

export interface MetricsGroup {
  /** Id of the group among the groups of its query: `QUEUE=…&CHANNEL=…`, or `all`. */
  id: string
  dimensions: Record<string, string>
  queueIds: readonly string[] | 'all'
  channel: string | undefined
}

/** The groups of a query, empty ones included: a quiet queue is shown, not missing. */
export function groupsOf(query: MetricsQuery, facts: QueueFacts, channels: Iterable<string>): MetricsGroup[] {
  const known = facts.ids()
  const queueIds = query.queueIds === 'all' ? known : query.queueIds.filter((id) => facts.has(id))
  const channelIds = query.channels === 'all' ? [...channels].sort() : query.channels
  let groups: MetricsGroup[] = [{ id: '', dimensions: {}, queueIds: query.queueIds === 'all' ? 'all' : queueIds, channel: undefined }]
  for (const key of query.groupings) {
    groups = groups.flatMap((group) =>
      (key === 'QUEUE' ? queueIds : channelIds).map((value) => ({
        id: `${group.id === '' ? '' : `${group.id}&`}${key}=${value}`,
        dimensions: { ...group.dimensions, [key]: value },
        queueIds: key === 'QUEUE' ? [value] : group.queueIds,
        channel: key === 'CHANNEL' ? value : group.channel,
      })),
    )
  }
  return groups.map((group) => (group.id === '' ? { ...group, id: 'all' } : group))
}

/** Value of each asked metric for one group, by metric key. */
export function computeGroup(group: MetricsGroup, query: MetricsQuery, now: number, readSums: ReadSums): Record<string, number | null> {
  const channels = group.channel === undefined ? query.channels : [group.channel]
  // Metrics that differ in their formula only share one walk over the aggregates.
  const known = new Map<string, MetricSums>()
  const values: Record<string, number | null> = {}
  for (const { metric, window, threshold, key } of query.metrics) {
    const id = `${metric.kind}|${window}|${metric.threshold ? threshold : ''}`
    const sums = known.get(id) ?? readSums({ kind: metric.kind, window, threshold, queueIds: group.queueIds, channels, now })
    known.set(id, sums)
    values[key] = metric.compute(sums, now)
  }
  return values
}
