import { z } from 'zod'
import { publicContactSchema, publicTurnSchema, type PublicTurn } from '#contracts/public'
import { contactById } from '#storage/queries/contacts'
import { transcriptOf } from '#storage/queries/transcripts'
import { principalOf } from '../auth/guard.ts'
import { can } from '../auth/principal.ts'
import { findContact, pageOfContacts } from '../contact-list.ts'
import { answers, idParams, requireReady, type RouteContext, type ZodApp } from '../context.ts'
import { decodeCursor, pageOf, pageQuery, timeKeySchema } from '../http/paging.ts'
import { notFound } from '../http/problems.ts'
import { toPublicTurn } from '../present.ts'
import { toPublicStoredTurn } from '../present-stored.ts'
import { contactStateFilters } from '../row-filters.ts'

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
  const { rows, store } = context
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
      const live = liveTurns(id, context)
      if (live.length > 0) return { turns: live }
      const [turns, contact] = await Promise.all([
        transcriptOf(store, { scope: 'all', contactId: id }),
        contactById(store, { scope: 'all', contactId: id }),
      ])
      if (!contact && !rows.contacts.has(id) && turns.length === 0) throw notFound('contact')
      return { turns: turns.map((turn) => toPublicStoredTurn(turn, contact)) }
    },
  )
}

/** Turns still in the log, in the order they were said. */
function liveTurns(contactId: string, { rows }: RouteContext): PublicTurn[] {
  const turns = rows.turnsOf(contactId)
  const redacted = new Set(turns.filter((t) => t.outputType === 'redacted').map((t) => t.turnId))
  const contact = rows.contacts.get(contactId)
  const audio = { startedAt: contact?.audioStartedAt ?? null, estimated: contact?.audioStartEstimated ?? false }
  return turns
    .filter((t) => t.outputType === 'redacted' || !redacted.has(t.turnId))
    .toSorted((a, b) => position(a) - position(b) || (a.turnId < b.turnId ? -1 : 1))
    .map((turn) => toPublicTurn(turn, audio))
}

/** Voice turns have an offset, chat messages a time. */
function position(turn: { beginOffsetMs: number | null; saidAt: number | null }): number {
  return turn.beginOffsetMs ?? turn.saidAt ?? 0
}

export function toMs(time: string | undefined): number | undefined {
  return time === undefined ? undefined : Date.parse(time)
}
