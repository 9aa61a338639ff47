import { z } from 'zod'
import { publicAlertSchema } from '#contracts/public'
import { alertStates, type AlertRow } from '#contracts/rows'
import { listAlerts } from '#storage/queries/alerts'
import { principalOf } from '../auth/guard.ts'
import { can } from '../auth/principal.ts'
import { answers, requireReady, type RouteContext, type ZodApp } from '../context.ts'
import { decodeCursor, encodeCursor, pageOf, pageQuery, timeKeySchema, type TimeKey } from '../http/paging.ts'
import { mergePages, type Listed } from '../merge-pages.ts'
import { toPublicAlert } from '../present.ts'
import { toAlertRow } from '../present-stored.ts'

const value = z.string().min(1).max(256).optional()
const querySchema = z.strictObject({ ...pageQuery, state: z.enum(alertStates).optional(), rule: value, contact: value })

const toListed = (row: AlertRow): Listed<AlertRow> => ({ key: [row.raisedAt, row.id], item: row })

export function addAlertRoutes(app: ZodApp, { rows, facts, store }: RouteContext): void {
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
      const { limit, cursor, state, rule, contact } = request.query
      const after: TimeKey | undefined = decodeCursor(cursor, timeKeySchema)
      requireReady(rows)
      const passes = (row: AlertRow): boolean =>
        (state === undefined || row.state === state) &&
        (rule === undefined || row.ruleId === rule) &&
        (contact === undefined || row.entity.id === contact)
      const filters = {
        ...(state === undefined ? {} : { states: [state] }),
        ...(rule === undefined ? {} : { ruleIds: [rule] }),
        ...(contact === undefined ? {} : { contactId: contact }),
      }
      const stored = await listAlerts(store, { scope: 'all', filters, limit, cursor: after ? encodeCursor(after) : null })
      const past = stored.alerts.filter((alert) => !rows.alerts.has(alert.alertId)).map((alert) => toListed(toAlertRow(alert)))
      const live = [...rows.alerts.values()].filter(passes).map(toListed)
      const page = mergePages(live, { items: past, nextCursor: stored.nextCursor }, { limit, after })
      const rights = { words: can(principalOf(request), 'transcripts') }
      return { ...page, items: page.items.map((row) => toPublicAlert(row, facts, rights)) }
    },
  )
}
