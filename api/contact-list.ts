import type { PublicContact } from '#contracts/public'
import type { ContactRow } from '#contracts/rows'
import { contactById, listContacts, type ContactFilters } from '#storage/queries/contacts'
import type { RouteContext } from './context.ts'
import { compareText, encodeCursor, type TimeKey } from './http/paging.ts'
import { toPublicContact, type Rights } from './present.ts'
import { toPublicStoredContact } from './present-stored.ts'

/** States a contact can only have while its row is in memory. */
const LIVE_ONLY = new Set(['active', 'waiting', 'started', 'queued', 'offered', 'connected', 'onHold', 'paused', 'wrapUp'])

export interface ContactQuery {
  state?: string | undefined
  queue?: string | undefined
  agent?: string | undefined
  channel?: string | undefined
  /** Began in [from, to), epoch ms. */
  from?: number | undefined
  to?: number | undefined
}

type Context = Pick<RouteContext, 'rows' | 'facts' | 'store'>

/** The newest contact first, then by id; the store lists in the same order, so one cursor serves both. */
const compareKeys = (a: TimeKey, b: TimeKey): number => b[0] - a[0] || compareText(b[1], a[1])
const keyOf = (row: ContactRow): TimeKey => [row.initiatedAt ?? row.firstEventAt, row.id]

/** One page of contacts by when they began: rows in memory are newer than their copies in the store and win. */
export async function pageOfContacts(
  query: ContactQuery,
  page: { limit: number; after: TimeKey | undefined },
  rights: Rights,
  context: Context,
): Promise<{ items: PublicContact[]; nextCursor: string | null }> {
  const { rows, facts } = context
  const stored = query.state !== undefined && LIVE_ONLY.has(query.state) ? { contacts: [], nextCursor: null } : await fromStore(query, page, context)
  const end = stored.nextCursor === null ? undefined : endOf(stored.nextCursor)
  const isOnPage = (key: TimeKey): boolean =>
    (page.after === undefined || compareKeys(key, page.after) > 0) && (end === undefined || compareKeys(key, end) <= 0)
  const found: { key: TimeKey; contact: PublicContact }[] = []
  for (const row of rows.contacts.values()) {
    const key = keyOf(row)
    if (isOnPage(key) && passes(row, key[0], query)) found.push({ key, contact: toPublicContact(row, facts, rights) })
  }
  for (const contact of stored.contacts) {
    if (rows.contacts.has(contact.contactId)) continue
    found.push({ key: [contact.initiatedAt ?? contact.firstEventAt, contact.contactId], contact: toPublicStoredContact(contact, facts) })
  }
  found.sort((a, b) => compareKeys(a.key, b.key))
  const items = found.slice(0, page.limit)
  const last = items.at(-1)
  return { items: items.map((f) => f.contact), nextCursor: found.length > page.limit && last ? encodeCursor(last.key) : stored.nextCursor }
}

/** The row in memory, else the store's; undefined when there is none. */
export async function findContact(id: string, rights: Rights, { rows, facts, store }: Context): Promise<PublicContact | undefined> {
  const row = rows.contacts.get(id)
  if (row) return toPublicContact(row, facts, rights)
  const stored = await contactById(store, { scope: 'all', contactId: id })
  return stored && toPublicStoredContact(stored, facts)
}

function fromStore(query: ContactQuery, page: { limit: number; after: TimeKey | undefined }, { store }: Context): ReturnType<typeof listContacts> {
  const filters: ContactFilters = {
    ...(query.state === undefined ? {} : { states: [query.state] }),
    ...(query.queue === undefined ? {} : { queueIds: [query.queue] }),
    ...(query.agent === undefined ? {} : { agentIds: [query.agent] }),
    ...(query.channel === undefined ? {} : { channels: [query.channel] }),
    ...(query.from === undefined ? {} : { from: query.from }),
    ...(query.to === undefined ? {} : { to: query.to }),
  }
  return listContacts(store, { scope: 'all', filters, limit: page.limit, cursor: page.after ? encodeCursor(page.after) : null })
}

/** How far the store's page reaches; a row in memory beyond it belongs to a later page. */
function endOf(cursor: string): TimeKey {
  return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as TimeKey
}

function passes(row: ContactRow, beganAt: number, query: ContactQuery): boolean {
  const { state, queue, agent, channel, from, to } = query
  const hasState =
    state === undefined ||
    row.state === state ||
    (!row.backfill && ((state === 'active' && row.state !== 'ended') || (state === 'waiting' && (row.state === 'queued' || row.state === 'offered'))))
  return (
    hasState &&
    (queue === undefined || row.queue?.id === queue) &&
    (agent === undefined || row.agentId === agent || row.offeredTo === agent) &&
    (channel === undefined || row.channel === channel) &&
    (from === undefined || beganAt >= from) &&
    (to === undefined || beganAt < to)
  )
}
