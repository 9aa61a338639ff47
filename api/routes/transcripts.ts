import { z } from 'zod'
import { publicContactSchema, publicTurnSchema } from '#contracts/public'
import { searchTranscripts } from '#storage/queries/search-transcripts'
import { answers, type RouteContext, type ZodApp } from '../context.ts'
import { decodeCursor, pageQuery } from '../http/paging.ts'
import { toPublicContact } from '../present.ts'
import { toPublicStoredContact, toPublicStoredTurn } from '../present-stored.ts'
import { timeQuery, toMs } from './contacts.ts'

const MAX_HITS = 100

const hitSchema = publicTurnSchema
  .pick({ contactId: true, segmentId: true, time: true, offsetMs: true, participantRole: true, text: true, sentiment: true })
  .extend({
    highlights: z.array(z.tuple([z.number(), z.number()])).describe('[begin, end) in text, UTF-16 units'),
    contact: publicContactSchema,
  })

/** The store's own cursor, checked before the store is asked, so that the parameter is named like every other. */
const cursorSchema = z.tuple([z.int(), z.string(), z.number(), z.string()])

const querySchema = z.strictObject({ ...pageQuery, q: z.string().min(1).max(512), from: timeQuery, to: timeQuery })

export function addTranscriptRoutes(app: ZodApp, { rows, facts, store }: RouteContext): void {
  app.get(
    '/transcripts',
    {
      config: { scope: 'transcripts' },
      schema: {
        summary: 'Search in what was said: words are AND, "exact phrase", OR, -word, word*, speaker:, sentiment:, queue:, agent:, channel:',
        tags: ['transcripts'],
        querystring: querySchema,
        response: answers({ 200: z.object({ items: z.array(hitSchema), nextCursor: z.string().nullable() }) }),
      },
    },
    async ({ query }) => {
      decodeCursor(query.cursor, cursorSchema)
      const from = toMs(query.from)
      const to = toMs(query.to)
      const page = await searchTranscripts(store, {
        query: query.q,
        scope: 'all',
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        limit: Math.min(query.limit, MAX_HITS),
        cursor: query.cursor ?? null,
      })
      const items = page.hits.map((hit) => {
        const live = rows.contacts.get(hit.contactId)
        const contact = live ? toPublicContact(live, facts, { words: true }) : toPublicStoredContact(hit.contact, facts)
        const { outputType: _o, partial: _p, endOffsetMs: _e, timeEstimated: _t, ...turn } = toPublicStoredTurn(hit, hit.contact)
        return { ...turn, highlights: hit.highlights, contact }
      })
      return { items, nextCursor: page.nextCursor }
    },
  )
}
