import { z } from 'zod'
import { catalogue, metricById, windows, type Metric } from '#contracts/metrics/catalogue'
import { historicalMetricById, historicalMetrics, type HistoricalMetric } from '#contracts/metrics/historical'
import { answers, requireReady, type RouteContext, type ZodApp } from '../context.ts'
import { invalid } from '../http/problems.ts'
import { computeGroup, currentMetricsSchema, groupsOf, toMetricsQuery } from '../metrics-query.ts'
import { historicalQuerySchema, readHistorical, toHistoricalQuery } from '../historical-query.ts'
import { iso } from '../present.ts'

const resultsSchema = z.object({
  asOf: z.iso.datetime(),
  results: z.array(
    z.object({
      dimensions: z.record(z.string(), z.string()),
      collections: z.array(
        z.object({
          metric: z.string(),
          window: z.enum(windows),
          threshold: z.number().nullable().describe("As asked, seconds; null: each queue's own target, or none"),
          value: z.number().nullable(),
          basis: z.enum(['live', 'final']),
        }),
      ),
    }),
  ),
})

const historicalSchema = z.object({
  formula: z.string(),
  attribution: z.enum(['disconnect', 'enqueue', 'connect']).describe('Which time of a contact decides its interval'),
  threshold: z.boolean(),
  nullRule: z.string(),
  differs: z.string().nullable(),
})

const intervalResultsSchema = z.object({
  asOf: z.iso.datetime().describe('What the store had taken in by then; a late or corrected record changes closed intervals'),
  results: z.array(
    z.object({
      dimensions: z.record(z.string(), z.string()),
      interval: z.object({ start: z.iso.datetime(), end: z.iso.datetime() }),
      collections: z.array(
        z.object({
          metric: z.object({
            name: z.string(),
            threshold: z.array(z.object({ comparison: z.enum(['LT', 'LTE']), value: z.number() })).optional(),
            filters: z.array(z.object({ key: z.string(), values: z.array(z.string()) })).optional(),
          }),
          value: z.number().nullable(),
        }),
      ),
    }),
  ),
})

const catalogueSchema = z.object({
  metrics: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      unit: z.enum(['count', 'percent', 'seconds']),
      kind: z.enum(['now', 'window', 'history']).describe('history: over closed intervals only'),
      threshold: z.boolean(),
      formula: z.string(),
      sources: z.array(z.string()),
      nullRule: z.string(),
      explanation: z.string(),
      differs: z.string().nullable(),
      historical: historicalSchema.nullable().describe('How POST /metrics/query computes it'),
    }),
  ),
})

export function addMetricsRoutes(app: ZodApp, { rows, facts, readSums, clock, store }: RouteContext): void {
  app.post(
    '/metrics/current',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Metrics of this moment',
        tags: ['metrics'],
        body: currentMetricsSchema,
        response: answers({ 200: resultsSchema }),
      },
    },
    async ({ body }) => {
      const checked = toMetricsQuery(body)
      if ('errors' in checked) throw invalid(...checked.errors)
      requireReady(rows)
      const { query } = checked
      const now = clock.now()
      const results = groupsOf(query, facts, rows.names.channels).map((group) => {
        const values = computeGroup(group, query, now, readSums)
        const collections = query.metrics.map(({ metric, window, threshold, key }) => ({
          metric: metric.id,
          window,
          threshold: threshold ?? null,
          value: values[key] ?? null,
          basis: 'live' as const,
        }))
        return { dimensions: group.dimensions, collections }
      })
      return { asOf: iso(rows.asOf()), results }
    },
  )
  app.post(
    '/metrics/query',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Metrics over closed intervals, with groups that have data',
        tags: ['metrics'],
        body: historicalQuerySchema,
        response: answers({ 200: intervalResultsSchema }),
      },
    },
    async ({ body }) => {
      const checked = toHistoricalQuery(body)
      if ('errors' in checked) throw invalid(...checked.errors)
      const asOf = iso(clock.now())
      const results = await readHistorical(store, checked.query)
      if (results === 'too-many')
        throw invalid({ path: 'groupings', message: 'too many groups and intervals: group by less, take longer intervals, or filter' })
      return {
        asOf,
        results: results.map(({ dimensions, interval, collections }) => ({
          dimensions,
          interval: { start: iso(interval.start), end: iso(interval.end) },
          collections: collections.map(({ asked: { name, threshold, filters }, value }) => ({
            metric: { name, ...(threshold ? { threshold } : {}), ...(filters.length > 0 ? { filters } : {}) },
            value,
          })),
        })),
      }
    },
  )
  app.get(
    '/metrics/catalogue',
    {
      config: { scope: 'read' },
      schema: { summary: 'What each metric means', tags: ['metrics'], response: answers({ 200: catalogueSchema }) },
    },
    async () => ({
      metrics: [...catalogue.map(currentEntry), ...historicalMetrics.filter(({ id }) => !metricById(id)).map(historicalEntry)],
    }),
  )
}

type CatalogueEntry = z.infer<typeof catalogueSchema>['metrics'][number]

function currentEntry({ compute: _compute, ...metric }: Metric): CatalogueEntry {
  const historical = historicalMetricById(metric.id)
  return { ...metric, sources: [...metric.sources], historical: historical ? howComputed(historical) : null }
}

function historicalEntry(metric: HistoricalMetric): CatalogueEntry {
  const { id, name, unit, threshold, formula, nullRule, differs } = metric
  return {
    id,
    name,
    unit,
    kind: 'history',
    threshold,
    formula,
    sources: ['contact records', 'contact events'],
    nullRule,
    explanation: 'From the contact record, once it is there; before that from the live events.',
    differs,
    historical: howComputed(metric),
  }
}

function howComputed({ formula, attribution, threshold, nullRule, differs }: HistoricalMetric): CatalogueEntry['historical'] {
  return { formula, attribution, threshold, nullRule, differs }
}
