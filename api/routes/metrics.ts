import { z } from 'zod'
import { catalogue, windows } from '#contracts/metrics/catalogue'
import { answers, requireReady, type RouteContext, type ZodApp } from '../context.ts'
import { invalid } from '../http/problems.ts'
import { computeGroup, currentMetricsSchema, groupsOf, toMetricsQuery } from '../metrics-query.ts'
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

const catalogueSchema = z.object({
  metrics: z.array(
    z.object({
      id: z.string(),
      name: z.string(),
      unit: z.enum(['count', 'percent', 'seconds']),
      kind: z.enum(['now', 'window']),
      threshold: z.boolean(),
      formula: z.string(),
      sources: z.array(z.string()),
      nullRule: z.string(),
      explanation: z.string(),
      differs: z.string().nullable(),
    }),
  ),
})

export function addMetricsRoutes(app: ZodApp, { rows, facts, readSums, clock }: RouteContext): void {
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
  app.get(
    '/metrics/catalogue',
    {
      config: { scope: 'read' },
      schema: { summary: 'What each metric means', tags: ['metrics'], response: answers({ 200: catalogueSchema }) },
    },
    async () => ({ metrics: catalogue.map((metric) => ({ ...metric, sources: [...metric.sources] })) }),
  )
}
