import { z } from 'zod'
import { publicContactSchema, publicTurnSchema } from '#contracts/public'
import { principalOf } from '../auth/guard.ts'
import { can } from '../auth/principal.ts'
import { findContact, pageOfContacts } from '../contact-list.ts'
import { answers, idParams, requireReady, type RouteContext, type ZodApp } from '../context.ts'
import { decodeCursor, pageOf, pageQuery, timeKeySchema } from '../http/paging.ts'
import { notFound } from '../http/problems.ts'
import { contactStateFilters } from '../row-filters.ts'
import { transcriptOf } from '../transcript.ts'

const value = z.string().min(1).max(256).optional()
export const timeQuery = z.iso.datetime({ offset: true }).describe('ISO-8601 with Z or an offset').optional()
const querySchema = z.strictObject({
  ...pageQuery,
  state: z.enum(contactStateFilters).optional().describe('A state, or active (not ended), or waiting (queued or offered)'),
  queue: value,
  agent: value,
  channel: value,
  from: timeQuery,
  to: timeQuery,
})

export function addContactRoutes(app: ZodApp, context: RouteContext): void {
  const { rows } = context
  app.get(
    '/contacts',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Contacts, live and past, newest first; a page may be short though there is more',
        tags: ['contacts'],
        querystring: querySchema,
        response: answers({ 200: pageOf(publicContactSchema) }),
      },
    },
    async (request) => {
      const { limit, cursor, from, to, ...filters } = request.query
      const after = decodeCursor(cursor, timeKeySchema)
      requireReady(rows)
      const rights = { words: can(principalOf(request), 'transcripts') }
      const query = { ...filters, from: toMs(from), to: toMs(to) }
      return pageOfContacts(query, { limit, after }, rights, context)
    },
  )
  app.get(
    '/contacts/:id',
    {
      config: { scope: 'read' },
      schema: { summary: 'One contact', tags: ['contacts'], params: idParams, response: answers({ 200: publicContactSchema }) },
    },
    async (request) => {
      requireReady(rows)
      const contact = await findContact(request.params.id, { words: can(principalOf(request), 'transcripts') }, context)
      if (!contact) throw notFound('contact')
      return contact
    },
  )
  app.get(
    '/contacts/:id/transcript',
    {
      config: { scope: 'transcripts' },
      schema: {
        summary: 'What was said, in order; of a raw and a redacted turn the redacted one',
        tags: ['contacts'],
        params: idParams,
        response: answers({ 200: z.object({ turns: z.array(publicTurnSchema) }) }),
      },
    },
    async ({ params: { id } }) => {
      requireReady(rows)
      const turns = await transcriptOf(id, context)
      if (!turns) throw notFound('contact')
      return { turns }
    },
  )
}

export function toMs(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time)
}
