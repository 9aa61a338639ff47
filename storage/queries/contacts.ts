import type { AnalyticsStore, CallOptions } from '../port.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { newestFirst, rowsAt, type ListedTable, type NewestFirst, type Place } from './newest-first.ts'
import { inScope, type Scope } from './scope.ts'
import { allOf, buildSql, instant, isOneOf, selectList, type ResultColumns, type Sql } from './sql.ts'

export interface StoredContact {
  contactId: string
  instanceId: string | null
  channel: string | null
  initiationMethod: string | null
  initialContactId: string | null
  previousContactId: string | null
  queueId: string | null
  queueName: string | null
  agentId: string | null
  state: string
  outcome: string | null
  basis: string
  initiatedAt: number | null
  enqueuedAt: number | null
  connectedAt: number | null
  leftQueueAt: number | null
  disconnectedAt: number | null
  endedAt: number | null
  disconnectReason: string | null
  queueSeconds: number | null
  interactionSeconds: number | null
  holdSeconds: number | null
  acwSeconds: number | null
  handleSeconds: number | null
  audioStartedAt: number | null
  customerScore: number | null
  agentScore: number | null
  turnCount: number
  categories: string[]
  firstEventAt: number
  lastEventAt: number
  recordUpdatedAt: number | null
  backfill: boolean
}

const contactColumns = {
  contactId: ['contact_id', 'text'],
  instanceId: ['instance_id', 'textOrNull'],
  channel: ['channel', 'textOrNull'],
  initiationMethod: ['initiation_method', 'textOrNull'],
  initialContactId: ['initial_contact_id', 'textOrNull'],
  previousContactId: ['previous_contact_id', 'textOrNull'],
  queueId: ['queue_id', 'textOrNull'],
  queueName: ['queue_name', 'textOrNull'],
  agentId: ['agent_id', 'textOrNull'],
  state: ['state', 'text'],
  outcome: ['outcome', 'textOrNull'],
  basis: ['basis', 'text'],
  initiatedAt: ['initiated_at', 'time'],
  enqueuedAt: ['enqueued_at', 'time'],
  connectedAt: ['connected_at', 'time'],
  leftQueueAt: ['left_queue_at', 'time'],
  disconnectedAt: ['disconnected_at', 'time'],
  endedAt: ['ended_at', 'time'],
  disconnectReason: ['disconnect_reason', 'textOrNull'],
  queueSeconds: ['queue_seconds', 'number'],
  interactionSeconds: ['interaction_seconds', 'number'],
  holdSeconds: ['hold_seconds', 'number'],
  acwSeconds: ['acw_seconds', 'number'],
  handleSeconds: ['handle_seconds', 'number'],
  audioStartedAt: ['audio_started_at', 'time'],
  customerScore: ['customer_score', 'number'],
  agentScore: ['agent_score', 'number'],
  turnCount: ['turn_count', 'number'],
  categories: ['categories', 'list'],
  firstEventAt: ['first_event_at', 'time'],
  lastEventAt: ['last_event_at', 'time'],
  recordUpdatedAt: ['record_updated_at', 'time'],
  backfill: ['backfill', 'flag'],
} as const satisfies Record<keyof StoredContact, ResultColumns[string]>

const contactsTable: ListedTable = { name: 'contacts', id: 'contact_id', at: 'started_at', columns: contactColumns }

export interface ContactFilters {
  states?: readonly string[]
  channels?: readonly string[]
  queueIds?: readonly string[]
  agentIds?: readonly string[]
  outcomes?: readonly string[]
  initiationMethods?: readonly string[]
  /** Any of them. */
  categories?: readonly string[]
  /** Contacts of one chain. */
  initialContactId?: string
  /** Began at or after, epoch milliseconds. */
  from?: number
  /** Began before. */
  to?: number
}

export interface ContactPage {
  contacts: StoredContact[]
  /** null at the end. A page can be short, even empty, though there is more. */
  nextCursor: string | null
}

/** Contacts by when they began, newest first. Throws REQUEST_INVALID for a foreign cursor. */
export async function listContacts(
  store: AnalyticsStore,
  request: { scope: Scope; filters?: ContactFilters; limit: number; cursor?: string | null },
  options?: CallOptions,
): Promise<ContactPage> {
  const name = 'listContacts'
  const where = allOf([inScope(request.scope, 'r'), ...contactConditions(request.filters ?? {})])
  const before = request.cursor ? toPlace(request.cursor) : null
  const { places, next } = await contactPlaces(store, { name, where, before, limit: request.limit }, options)
  const contacts = await contactsAt(store, { name, where, places }, options)
  return { contacts, nextCursor: next && encodeCursor([next.at, next.id]) }
}

/** The contact, or undefined when there is none within `scope`. */
export async function contactById(
  store: AnalyticsStore,
  request: { scope: Scope; contactId: string },
  options?: CallOptions,
): Promise<StoredContact | undefined> {
  const built = buildSql(
    (bind) => `SELECT ${selectList('r', contactColumns)} FROM contacts AS r FINAL
      PREWHERE r.contact_id = ${bind('String', request.contactId)} WHERE ${allOf([inScope(request.scope, 'r')])(bind)}`,
  )
  const [contact] = await store.query<StoredContact>({ name: 'contactById', ...built }, options)
  return contact
}

export function contactPlaces(
  store: AnalyticsStore,
  list: Omit<NewestFirst, 'table'>,
  options?: CallOptions,
): ReturnType<typeof newestFirst> {
  return newestFirst(store, { table: contactsTable, ...list }, options)
}

export function contactsAt(
  store: AnalyticsStore,
  request: { name: string; where: Sql | undefined; places: readonly Place[] },
  options?: CallOptions,
): Promise<StoredContact[]> {
  return rowsAt<StoredContact>(store, { table: contactsTable, ...request }, options)
}

/** On `r`. */
export function contactConditions(filters: ContactFilters): (Sql | undefined)[] {
  const { initialContactId, categories, from, to } = filters
  return [
    isOneOf('r.state', filters.states),
    isOneOf('r.channel', filters.channels),
    isOneOf('r.queue_id', filters.queueIds),
    isOneOf('r.agent_id', filters.agentIds),
    isOneOf('r.outcome', filters.outcomes),
    isOneOf('r.initiation_method', filters.initiationMethods),
    categories && ((bind) => `hasAny(r.categories, ${bind('Array(String)', categories)})`),
    initialContactId === undefined
      ? undefined
      : (bind) => `r.initial_contact_id = ${bind('String', initialContactId)} OR r.contact_id = ${bind('String', initialContactId)}`,
    from === undefined ? undefined : (bind) => `r.started_at >= ${instant(bind, from)}`,
    to === undefined ? undefined : (bind) => `r.started_at < ${instant(bind, to)}`,
  ]
}

function toPlace(cursor: string): Place {
  const [at, id] = decodeCursor(cursor, ['number', 'string'])
  return { at: Number(at), id: String(id) }
}
