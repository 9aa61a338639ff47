import { z } from 'zod'
import { scopes } from '#contracts/session'
import type { SettingVersion } from '#contracts/settings-history'
import { createKey } from '../auth/keys.ts'
import { answers, emptyAnswer, idParams, type RouteContext, type ZodApp } from '../context.ts'
import { compareText, decodeCursor, pageInMemory, pageOf, pageQuery } from '../http/paging.ts'
import { invalid, notFound } from '../http/problems.ts'
import { iso } from '../present.ts'

const time = z.iso.datetime()
const createKeySchema = z.strictObject({
  name: z.string().trim().min(1).max(128),
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
})
const keySchema = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(z.enum(scopes)),
  createdAt: time,
  expiresAt: time.nullable(),
  lastUsedAt: time.nullable().describe('Since this server started'),
})
const madeSchema = keySchema.extend({ key: z.string().describe('Send as "Authorization: Bearer <key>"; shown this once') })
const tags = ['keys']

export function addKeyRoutes(app: ZodApp, { settings, clock, authenticator }: RouteContext): void {
  const toShown = ({ id, value }: SettingVersion<'key'>): z.infer<typeof keySchema> => {
    const lastUsedAt = authenticator.lastUsedAt(id)
    return {
      id,
      name: value.name,
      scopes: value.scopes,
      createdAt: iso(value.createdAt),
      expiresAt: value.expiresAt === null ? null : iso(value.expiresAt),
      lastUsedAt: lastUsedAt === undefined ? null : iso(lastUsedAt),
    }
  }
  app.get(
    '/keys',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Keys, by id; never the keys themselves',
        tags,
        querystring: z.strictObject(pageQuery),
        response: answers({ 200: pageOf(keySchema) }),
      },
    },
    async ({ query }) => {
      const after = decodeCursor(query.cursor, z.string())
      const page = pageInMemory(settings.list('key'), { limit: query.limit, after }, (key) => key.id, compareText)
      return { ...page, items: page.items.map(toShown) }
    },
  )
  app.post(
    '/keys',
    { config: { scope: 'admin' }, schema: { summary: 'Make a key', tags, body: createKeySchema, response: answers({ 201: madeSchema }) } },
    async ({ body }, reply) => {
      const expiresAt = body.expiresAt === null ? null : Date.parse(body.expiresAt)
      if (expiresAt !== null && expiresAt <= clock.now()) throw invalid({ path: 'expiresAt', message: 'is in the past' })
      const { id, key, hash } = createKey()
      const made = await settings.put('key', id, {
        name: body.name,
        scopes: [...new Set(body.scopes)],
        hash,
        createdAt: clock.now(),
        expiresAt,
      })
      return reply.code(201).send({ ...toShown(made), key })
    },
  )
  app.delete(
    '/keys/:id',
    {
      config: { scope: 'admin' },
      schema: {
        summary: 'Revoke a key, at once and for open connections within a second',
        tags,
        params: idParams,
        response: answers({ 204: emptyAnswer }),
      },
    },
    async ({ params }, reply) => {
      if (!(await settings.delete('key', params.id))) throw notFound('key')
      return reply.code(204).send()
    },
  )
}
