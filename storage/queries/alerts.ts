import type { AnalyticsStore, CallOptions } from '../port.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { newestFirst, rowsAt, type ListedTable } from './newest-first.ts'
import { contactInScope, type Scope } from './scope.ts'
import { allOf, isOneOf, type ResultColumns } from './sql.ts'

export interface StoredAlert {
  alertId: string
  ruleId: string
  ruleName: string
  ruleVersion: number
  severity: string
  entityType: string
  entityId: string
  state: string
  since: number
  raisedAt: number
  queueId: string | null
  agentId: string | null
  /** JSON, as written. */
  hits: string
  history: string
}

const alertColumns = {
  alertId: ['alert_id', 'text'],
  ruleId: ['rule_id', 'text'],
  ruleName: ['rule_name', 'text'],
  ruleVersion: ['rule_version', 'number'],
  severity: ['severity', 'text'],
  entityType: ['entity_type', 'text'],
  entityId: ['entity_id', 'text'],
  state: ['state', 'text'],
  since: ['since', 'time'],
  raisedAt: ['raised_at', 'time'],
  queueId: ['queue_id', 'textOrNull'],
  agentId: ['agent_id', 'textOrNull'],
  hits: ['hits', 'text'],
  history: ['history', 'text'],
} as const satisfies Record<keyof StoredAlert, ResultColumns[string]>

const alertsTable: ListedTable = { name: 'alerts', id: 'alert_id', at: 'raised_at', columns: alertColumns }

export interface AlertFilters {
  states?: readonly string[]
  severities?: readonly string[]
  ruleIds?: readonly string[]
  contactId?: string
}

/** Alerts by when they were raised, newest first; those of contacts within `scope`. Throws REQUEST_INVALID for a foreign cursor. */
export async function listAlerts(
  store: AnalyticsStore,
  request: { scope: Scope; filters?: AlertFilters; limit: number; cursor?: string | null },
  options?: CallOptions,
): Promise<{ alerts: StoredAlert[]; nextCursor: string | null }> {
  const { states, severities, ruleIds, contactId } = request.filters ?? {}
  const [at, id] = request.cursor ? decodeCursor(request.cursor, ['number', 'string']) : []
  const where = allOf([
    contactInScope(request.scope, 'r.entity_id', () => `SELECT entity_id FROM alerts WHERE entity_type = 'contact'`),
    isOneOf('r.state', states),
    isOneOf('r.severity', severities),
    isOneOf('r.rule_id', ruleIds),
    contactId === undefined ? undefined : (bind) => `r.entity_type = 'contact' AND r.entity_id = ${bind('String', contactId)}`,
  ])
  const before = at === undefined ? null : { at: Number(at), id: String(id) }
  const list = { name: 'listAlerts', table: alertsTable, where }
  const { places, next } = await newestFirst(store, { ...list, before, limit: request.limit }, options)
  const alerts = await rowsAt<StoredAlert>(store, { ...list, places }, options)
  return { alerts, nextCursor: next && encodeCursor([next.at, next.id]) }
}
