import { z } from 'zod'
import { publicQueueSchema } from '#contracts/public'
import { queueSettingsSchema, type QueueSettings } from '#contracts/settings'
import { answers, idParams, requireReady, type RouteContext, type ZodApp } from '../context.ts'
import { compareText, decodeCursor, pageInMemory, pageOf, pageQuery } from '../http/paging.ts'
import { invalid, notFound, type FieldError } from '../http/problems.ts'
import { toPublicQueue } from '../queue-lines.ts'

export function addQueueRoutes(app: ZodApp, { rows, facts, readSums, settings, clock }: RouteContext): void {
  app.get(
    '/queues',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Queues with their figures of now, by id',
        tags: ['queues'],
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(publicQueueSchema) }),
      },
    },
    async ({ query }) => {
      const after = decodeCursor(query.cursor, z.string())
      requireReady(rows)
      const page = pageInMemory(facts.ids(), { limit: query.limit, after }, (id) => id, compareText)
      return { ...page, items: page.items.map((id) => toPublicQueue(id, clock.now(), { facts, readSums })) }
    },
  )
  app.get(
    '/queues/:id/settings',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Settings of a queue, or the defaults',
        tags: ['queues'],
        params: idParams,
        response: answers({ 200: queueSettingsSchema }),
      },
    },
    async ({ params }) => {
      if (!facts.has(params.id)) throw notFound('queue')
      return facts.settings(params.id)
    },
  )
  app.put(
    '/queues/:id/settings',
    {
      config: { scope: 'manage' },
      schema: {
        summary: 'Replace the settings of a queue; fields left out get their default',
        tags: ['queues'],
        params: idParams,
        body: queueSettingsSchema,
        response: answers({ 200: queueSettingsSchema }),
      },
    },
    async ({ params, body }) => {
      const errors = checkSettings(body)
      if (errors.length > 0) throw invalid(...errors)
      return (await settings.put('queue', params.id, body)).value
    },
  )
}

/** What the schema cannot tell: whether a zone exists, and times of day. */
function checkSettings(settings: QueueSettings): FieldError[] {
  const errors: FieldError[] = []
  if (settings.timeZone !== null && !isTimeZone(settings.timeZone)) errors.push({ path: 'timeZone', message: 'is no IANA time zone' })
  settings.openingHours.forEach(({ from, to }, i) => {
    for (const [field, value] of Object.entries({ from, to }))
      if (!/^([01]\d|2[0-4]):[0-5]\d$/.test(value)) errors.push({ path: `openingHours.${i}.${field}`, message: 'HH:MM' })
  })
  return errors
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
