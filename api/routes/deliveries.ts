import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { DeliveryRow } from '#contracts/deliveries'
import { topics } from '#events/topics'
import type { DeliverySummary } from '../deliveries-view.ts'
import { answers, idParams, type RouteContext, type ZodApp } from '../context.ts'
import { compareNewestFirst, decodeCursor, pageInMemory, pageOf, pageQuery, timeKeySchema, type TimeKey } from '../http/paging.ts'
import { notFound } from '../http/problems.ts'
import { iso } from '../present.ts'

const time = z.iso.datetime()
const deliverySchema = z.object({
  id: z.string().describe('The webhook-id header, constant over retries'),
  type: z.string(),
  state: z.enum(['pending', 'delivered', 'failed']),
  createdAt: time,
  nextAttemptAt: time.nullable(),
  attempts: z.array(z.object({ at: time, status: z.number().nullable(), error: z.string().nullable(), durationMs: z.number() })),
})
const tags = ['webhooks']

const keyOf = (row: DeliverySummary): TimeKey => [row.createdAt, row.id]

export function addDeliveryRoutes(app: ZodApp, { log, clock, settings, deliveries }: RouteContext): void {
  app.post(
    '/webhooks/:id/test',
    {
      config: { scope: 'manage' },
      schema: {
        summary: 'Send a webhook.test delivery',
        tags,
        params: idParams,
        response: answers({ 202: z.object({ deliveryId: z.string() }) }),
      },
    },
    async ({ params }, reply) => {
      const webhook = settings.get('webhook', params.id)
      if (!webhook) throw notFound('webhook')
      const now = clock.now()
      const id = `test.${randomUUID()}.${webhook.id}`
      const body = { type: 'webhook.test', timestamp: iso(now), data: { webhookId: webhook.id, name: webhook.value.name } }
      const row: DeliveryRow = {
        kind: 'delivery',
        id,
        webhookId: webhook.id,
        type: 'webhook.test',
        body: JSON.stringify(body),
        createdAt: now,
        state: 'pending',
        nextAttemptAt: now,
        attempts: [],
      }
      await log.append(topics.deliveries, [{ key: id, value: Buffer.from(JSON.stringify(row)), headers: {} }])
      return reply.code(202).send({ deliveryId: id })
    },
  )
  app.get(
    '/webhooks/:id/deliveries',
    {
      config: { scope: 'manage' },
      schema: {
        summary: 'The newest deliveries of a webhook with their attempts, newest first',
        tags,
        params: idParams,
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(deliverySchema) }),
      },
    },
    async ({ params, query }) => {
      const after = decodeCursor(query.cursor, timeKeySchema)
      if (!settings.get('webhook', params.id)) throw notFound('webhook')
      const page = pageInMemory(deliveries.of(params.id), { limit: query.limit, after }, keyOf, compareNewestFirst)
      return { ...page, items: page.items.map(toPublicDelivery) }
    },
  )
}

function toPublicDelivery(row: DeliverySummary): z.infer<typeof deliverySchema> {
  return {
    id: row.id,
    type: row.type,
    state: row.state,
    createdAt: iso(row.createdAt),
    nextAttemptAt: row.nextAttemptAt === null ? null : iso(row.nextAttemptAt),
    attempts: row.attempts.map(({ at, status, error, durationMs }) => ({ at: iso(at), status, error, durationMs })),
  }
}
