import type { AnalyticsStore, CallOptions } from '../port.ts'
import { inScope, type Scope } from './scope.ts'
import { allOf, buildSql, instant, isOneOf, selectList, type ResultColumns } from './sql.ts'

export interface StoredInterval {
  agentId: string
  instanceId: string
  of: string
  contactId: string | null
  name: string
  statusType: string | null
  channel: string | null
  initiationMethod: string | null
  queueId: string | null
  start: number
  end: number | null
  estimated: boolean
}

const intervalColumns = {
  agentId: ['agent_id', 'text'],
  instanceId: ['instance_id', 'text'],
  of: ['of', 'text'],
  contactId: ['contact_id', 'textOrNull'],
  name: ['name', 'text'],
  statusType: ['status_type', 'textOrNull'],
  channel: ['channel', 'textOrNull'],
  initiationMethod: ['initiation_method', 'textOrNull'],
  queueId: ['queue_id', 'textOrNull'],
  start: ['start', 'time'],
  end: ['end', 'time'],
  estimated: ['estimated', 'flag'],
} as const satisfies Record<keyof StoredInterval, ResultColumns[string]>

/** Intervals that began in [from, to), by start. */
export async function intervalsOf(
  store: AnalyticsStore,
  request: { scope: Scope; agentIds?: readonly string[]; contactIds?: readonly string[]; from: number; to: number; limit: number },
  options?: CallOptions,
): Promise<StoredInterval[]> {
  const { scope, agentIds, contactIds, from, to, limit } = request
  const built = buildSql((bind) => {
    const conditions = [inScope(scope, 'i'), isOneOf('i.agent_id', agentIds), isOneOf('i.contact_id', contactIds)]
    return `SELECT ${selectList('i', intervalColumns)} FROM intervals AS i FINAL
      WHERE i.start >= ${instant(bind, from)} AND i.start < ${instant(bind, to)} AND ${allOf(conditions)(bind)}
      ORDER BY i.start, i.agent_id, i.of, i.contact_id, i.name LIMIT ${bind('UInt32', limit)}`
  })
  return store.query<StoredInterval>({ name: 'intervalsOf', ...built }, options)
}
