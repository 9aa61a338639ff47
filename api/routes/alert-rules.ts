import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { SettingVersion } from '#contracts/settings-history'
import { alertRuleSchema } from '#contracts/settings'
import { answers, emptyAnswer, idParams, type RouteContext, type ZodApp } from '../context.ts'
import { compareText, decodeCursor, pageInMemory, pageOf, pageQuery } from '../http/paging.ts'
import { notFound } from '../http/problems.ts'
import { iso } from '../present.ts'

const ruleSchema = alertRuleSchema.extend({
  id: z.string(),
  version: z.number().describe('Counts up with every change; alerts name the version that raised them'),
  updatedAt: z.iso.datetime(),
})
const tags = ['alerts']

export function addAlertRuleRoutes(app: ZodApp, { settings }: RouteContext): void {
  const existing = (id: string): SettingVersion<'alert-rule'> => {
    const rule = settings.get('alert-rule', id)
    if (!rule) throw notFound('alert rule')
    return rule
  }
  app.get(
    '/alert-rules',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Alert rules, by id',
        tags,
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(ruleSchema) }),
      },
    },
    async ({ query }) => {
      const after = decodeCursor(query.cursor, z.string())
      const page = pageInMemory(settings.list('alert-rule'), { limit: query.limit, after }, (rule) => rule.id, compareText)
      return { ...page, items: page.items.map(toPublicRule) }
    },
  )
  app.post(
    '/alert-rules',
    {
      config: { scope: 'manage' },
      schema: { summary: 'Make a rule', tags, body: alertRuleSchema, response: answers({ 201: ruleSchema }) },
    },
    async ({ body }, reply) => reply.code(201).send(toPublicRule(await settings.put('alert-rule', randomUUID(), body))),
  )
  app.get(
    '/alert-rules/:id',
    { config: { scope: 'read' }, schema: { summary: 'One rule', tags, params: idParams, response: answers({ 200: ruleSchema }) } },
    async ({ params }) => toPublicRule(existing(params.id)),
  )
  app.put(
    '/alert-rules/:id',
    {
      config: { scope: 'manage' },
      schema: {
        summary: 'Replace a rule: its next version',
        tags,
        params: idParams,
        body: alertRuleSchema,
        response: answers({ 200: ruleSchema }),
      },
    },
    async ({ params, body }) => toPublicRule(await settings.put('alert-rule', existing(params.id).id, body)),
  )
  app.delete(
    '/alert-rules/:id',
    { config: { scope: 'manage' }, schema: { summary: 'Delete a rule', tags, params: idParams, response: answers({ 204: emptyAnswer }) } },
    async ({ params }, reply) => {
      if (!(await settings.delete('alert-rule', params.id))) throw notFound('alert rule')
      return reply.code(204).send()
    },
  )
}

function toPublicRule({ id, version, since, value }: SettingVersion<'alert-rule'>): z.infer<typeof ruleSchema> {
  return { ...value, id, version, updatedAt: iso(since) }
}
