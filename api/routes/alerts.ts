import { z } from 'zod'
import { publicAlertSchema } from '#contracts/public'
import { alertStates, type AlertRow } from '#contracts/rows'
import { principalOf } from '../auth/guard.ts'
import { can } from '../auth/principal.ts'
import { answers, requireReady, type RouteContext, type ZodApp } from '../context.ts'
import { compareNewestFirst, decodeCursor, pageInMemory, pageOf, pageQuery, timeKeySchema, type TimeKey } from '../http/paging.ts'
import { toPublicAlert } from '../present.ts'

const value = z.string().min(1).max(256).optional()
const querySchema = z.strictObject({ ...pageQuery, state: z.enum(alertStates).optional(), rule: value, contact: value, queue: value })

export function addAlertRoutes(app: ZodApp, { rows, facts }: RouteContext): void {
  app.get(
    '/alerts',
    {
      config: { scope: 'read' },
      schema: {
        summary: 'Alerts, newest first; the words only with the scope "transcripts"',
        tags: ['alerts'],
        querystring: querySchema,
        response: answers({ 200: pageOf(publicAlertSchema) }),
      },
    },
    async (request) => {
      const { limit, cursor, state, rule, contact, queue } = request.query
      const after = decodeCursor(cursor, timeKeySchema)
      requireReady(rows)
      const passes = (row: AlertRow): boolean =>
        (state === undefined || row.state === state) &&
        (rule === undefined || row.ruleId === rule) &&
        (contact === undefined || row.entity.id === contact) &&
        (queue === undefined || row.queue?.id === queue)
      const keyOf = (row: AlertRow): TimeKey => [row.raisedAt, row.id]
      const page = pageInMemory([...rows.alerts.values()].filter(passes), { limit, after }, keyOf, compareNewestFirst)
      const rights = { words: can(principalOf(request), 'transcripts') }
      return { ...page, items: page.items.map((row) => toPublicAlert(row, facts, rights)) }
    },
  )
}
