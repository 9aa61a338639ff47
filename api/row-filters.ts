import type { LiveQuery, LiveRowKind } from '#contracts/live'
import { contactStates, type AgentRow, type AlertRow, type ContactRow } from '#contracts/rows'
import type { FieldError } from './http/problems.ts'

export type RowsQuery = Extract<LiveQuery, { rows: LiveRowKind }>
export type Filter = NonNullable<RowsQuery['filters']>[number]
export type FilterKey = Filter['key']

type Test<R> = (row: R, values: ReadonlySet<string>) => boolean
type Tests<R> = Partial<Record<FilterKey, Test<R>>>

const isWaiting = (row: ContactRow): boolean => row.state === 'queued' || row.state === 'offered'

const agentTests: Tests<AgentRow> = {
  INSTANCE: (row, values) => values.has(row.instanceId),
  QUEUE: (row, values) => row.queues.some((q) => values.has(q.id)) || row.contacts.some((c) => c.queue !== null && values.has(c.queue.id)),
  AGENT: (row, values) => values.has(row.id),
  CONTACT: (row, values) => row.contacts.some((c) => values.has(c.contactId)),
  STATE: (row, values) => values.has(row.state),
  CHANNEL: (row, values) => row.contacts.some((c) => values.has(c.channel)),
  ROUTING_PROFILE: (row, values) => row.routingProfile !== null && values.has(row.routingProfile.id),
}
const contactTests: Tests<ContactRow> = {
  INSTANCE: (row, values) => row.instanceId !== null && values.has(row.instanceId),
  QUEUE: (row, values) => row.queue !== null && values.has(row.queue.id),
  AGENT: (row, values) => (row.agentId !== null && values.has(row.agentId)) || (row.offeredTo !== null && values.has(row.offeredTo)),
  CONTACT: (row, values) => values.has(row.id),
  STATE: (row, values) =>
    values.has(row.state) || (values.has('active') && row.state !== 'ended') || (values.has('waiting') && isWaiting(row)),
  CHANNEL: (row, values) => row.channel !== null && values.has(row.channel),
}
const alertTests: Tests<AlertRow> = {
  QUEUE: (row, values) => row.queue !== null && values.has(row.queue.id),
  AGENT: (row, values) => row.agentId !== null && values.has(row.agentId),
  CONTACT: (row, values) => values.has(row.entity.id),
  STATE: (row, values) => values.has(row.state),
}
const keysOfKind: Record<LiveRowKind, readonly FilterKey[]> = {
  agents: Object.keys(agentTests) as FilterKey[],
  contacts: Object.keys(contactTests) as FilterKey[],
  alerts: Object.keys(alertTests) as FilterKey[],
  queues: ['QUEUE', 'INSTANCE'],
  turns: ['CONTACT'],
}

/** What is wrong with the filters of a rows query, by field. */
export function checkFilters(query: RowsQuery): FieldError[] {
  const filters = query.filters ?? []
  const errors: FieldError[] = filters.flatMap(({ key }, i) =>
    keysOfKind[query.rows].includes(key)
      ? []
      : [
          {
            path: `filters.${i}.key`,
            message: `${query.rows} cannot be filtered by ${key}; they can by ${keysOfKind[query.rows].join(', ')}`,
          },
        ],
  )
  if (query.rows === 'turns' && filters.flatMap((f) => f.values).length !== 1)
    errors.push({ path: 'filters', message: 'turns need a filter CONTACT with one contact id' })
  const narrows = filters.some((f) => f.key === 'CONTACT' || f.key === 'AGENT')
  if (query.rows === 'contacts' && !narrows && filters.some((f) => f.key === 'STATE' && f.values.includes('ended')))
    errors.push({ path: 'filters', message: 'ended contacts are live only of one contact or agent; list them by GET /api/v1/contacts' })
  return errors
}

export function testAgent(filters: readonly Filter[]): (row: AgentRow) => boolean {
  return all(filters, agentTests)
}

/**
 * Contacts of boards: never backfill, and only those that go on unless a state is asked for. One contact asked for by id is shown
 * whatever it is.
 */
export function testContact(filters: readonly Filter[]): (row: ContactRow) => boolean {
  const passes = all(filters, contactTests)
  const byId = filters.some((f) => f.key === 'CONTACT')
  const byState = filters.some((f) => f.key === 'STATE')
  return (row) => passes(row) && (byId || (!row.backfill && (byState || row.state !== 'ended')))
}

export function testAlert(filters: readonly Filter[]): (row: AlertRow) => boolean {
  return all(filters, alertTests)
}

export const contactStateFilters = [...contactStates, 'active', 'waiting'] as const

/** Filters are AND, the values of one are OR. */
function all<R>(filters: readonly Filter[], tests: Tests<R>): (row: R) => boolean {
  const checks = filters.map(({ key, values }) => ({ test: tests[key], values: new Set(values) }))
  return (row) => checks.every(({ test, values }) => test?.(row, values) === true)
}
