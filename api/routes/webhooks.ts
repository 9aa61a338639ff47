import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { SettingVersion } from '#contracts/settings-history'
import { webhookSchema } from '#contracts/settings'
import { answers, emptyAnswer, idParams, type RouteContext, type ZodApp } from '../context.ts'
import { compareText, decodeCursor, pageInMemory, pageOf, pageQuery } from '../http/paging.ts'
import { invalid, notFound } from '../http/problems.ts'
import { iso } from '../present.ts'
import { refusalOf } from '#kernel/node/webhook-target'

const shownSchema = webhookSchema.extend({ id: z.string(), updatedAt: z.iso.datetime() })
const madeSchema = shownSchema.extend({ secret: z.string().describe('Signs every delivery; shown this once') })
const tags = ['webhooks']

export function addWebhookRoutes(app: ZodApp, config: { webhookAllow: readonly string[] }, { settings }: RouteContext): void {
  const existing = (id: string): SettingVersion<'webhook'> => {
    const webhook = settings.get('webhook', id)
    if (!webhook) throw notFound('webhook')
    return webhook
  }
  const checkUrl = (url: string): void => {
    const refusal = refusalOf(url, config.webhookAllow)
    if (refusal !== undefined) throw invalid({ path: 'url', message: refusal })
  }
  app.get(
    '/webhooks',
    {
      config: { scope: 'manage' },
      schema: { summary: 'Webhooks, by id', tags, querystring: z.strictObject(pageQuery), response: answers({ 200: pageOf(shownSchema) }) },
    },
    async ({ query }) => {
      const after = decodeCursor(query.cursor, z.string())
      const page = pageInMemory(settings.list('webhook'), { limit: query.limit, after }, (webhook) => webhook.id, compareText)
      return { ...page, items: page.items.map(toShown) }
    },
  )
  app.post(
    '/webhooks',
    {
      config: { scope: 'manage' },
      schema: { summary: 'Make a webhook', tags, body: webhookSchema, response: answers({ 201: madeSchema }) },
    },
    async ({ body }, reply) => {
      checkUrl(body.url)
      const secret = `whsec_${randomBytes(32).toString('base64')}`
      const made = await settings.put('webhook', randomUUID(), { ...body, secret })
      return reply.code(201).send({ ...toShown(made), secret })
    },
  )
  app.get(
    '/webhooks/:id',
    { config: { scope: 'manage' }, schema: { summary: 'One webhook', tags, params: idParams, response: answers({ 200: shownSchema }) } },
    async ({ params }) => toShown(existing(params.id)),
  )
  app.put(
    '/webhooks/:id',
    {
      config: { scope: 'manage' },
      schema: {
        summary: 'Replace a webhook; its secret stays',
        tags,
        params: idParams,
        body: webhookSchema,
        response: answers({ 200: shownSchema }),
      },
    },
    async ({ params, body }) => {
      const { value } = existing(params.id)
      checkUrl(body.url)
      return toShown(await settings.put('webhook', params.id, { ...body, secret: value.secret }))
    },
  )
  app.delete(
    '/webhooks/:id',
    {
      config: { scope: 'manage' },
      schema: { summary: 'Delete a webhook', tags, params: idParams, response: answers({ 204: emptyAnswer }) },
    },
    async ({ params }, reply) => {
      if (!(await settings.delete('webhook', params.id))) throw notFound('webhook')
      return reply.code(204).send()
    },
  )
}

function toShown({ id, since, value }: SettingVersion<'webhook'>): z.infer<typeof shownSchema> {
  const { secret: _secret, ...shown } = value
  return { ...shown, id, updatedAt: iso(since) }
}
