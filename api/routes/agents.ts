import { z } from 'zod'
import { publicAgentSchema } from '#contracts/public'
import { agentStates } from '#contracts/rows'
import { answers, idParams, requireReady, type RouteContext, type ZodApp } from '../context.ts'
import { compareText, decodeCursor, pageInMemory, pageOf, pageQuery } from '../http/paging.ts'
import { notFound } from '../http/problems.ts'
import { toPublicAgent } from '../present.ts'
import { testAgent, type Filter } from '../row-filters.ts'

const value = z.string().min(1).max(256).optional()
const querySchema = z.strictObject({
  ...pageQuery,
  state: z.enum(agentStates).optional(),
  queue: value,
  channel: value,
  routingProfile: value,
})

export function addAgentRoutes(app: ZodApp, { rows, facts }: RouteContext): void {
  app.get(
    '/agents',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Agents as they are now, by id',
        tags: ['agents'],
        querystring: querySchema,
        response: answers({ 200: pageOf(publicAgentSchema) }),
      },
    },
    async ({ query }) => {
      const after = decodeCursor(query.cursor, z.string())
      requireReady(rows)
      const passes = testAgent(
        toFilters({ STATE: query.state, QUEUE: query.queue, CHANNEL: query.channel, ROUTING_PROFILE: query.routingProfile }),
      )
      const page = pageInMemory([...rows.agents.values()].filter(passes), { limit: query.limit, after }, (row) => row.id, compareText)
      return { ...page, items: page.items.map((row) => toPublicAgent(row, facts)) }
    },
  )
  app.get(
    '/agents/:id',
    {
      config: { scope: 'read' },
      schema: { summary: 'One agent as they are now', tags: ['agents'], params: idParams, response: answers({ 200: publicAgentSchema }) },
    },
    async ({ params }) => {
      requireReady(rows)
      const row = rows.agents.get(params.id)
      if (!row) throw notFound('agent')
      return toPublicAgent(row, facts)
    },
  )
}

function toFilters(values: Partial<Record<Filter['key'], string | undefined>>): Filter[] {
  return Object.entries(values).flatMap(([key, value]) => (value === undefined ? [] : [{ key: key as Filter['key'], values: [value] }]))
}
