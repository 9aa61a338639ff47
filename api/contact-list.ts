import type { PublicContact } from '#contracts/public'
import type { ContactRow } from '#contracts/rows'
import { contactById, listContacts, type ContactFilters, type StoredContact } from '#storage/queries/contacts'
import type { RouteContext } from './context.ts'
import { encodeCursor, type TimeKey } from './http/paging.ts'
import { mergePages } from './merge-pages.ts'
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

const keyOf = (row: ContactRow): TimeKey => [row.initiatedAt ?? row.firstEventAt, row.id]

/** One page of contacts by when they began, live and past: rows in memory are newer than their copies in the store and win. */
export async function pageOfContacts(
  query: ContactQuery,
  page: { limit: number; after: TimeKey | undefined },
  rights: Rights,
  context: Context,
): Promise<{ items: PublicContact[]; nextCursor: string | null }> {
  const { rows, facts } = context
  const isLiveOnly = query.state !== undefined && LIVE_ONLY.has(query.state)
  const { contacts, nextCursor } = isLiveOnly ? { contacts: [], nextCursor: null } : await fromStore(query, page, context)
  const live = [...rows.contacts.values()].filter((row) => passes(row, keyOf(row)[0], query))
  const past = contacts.filter((contact) => !rows.contacts.has(contact.contactId))
  const merged = mergePages<ContactRow | StoredContact>(
    live.map((row) => ({ key: keyOf(row), item: row })),
    { items: past.map((c) => ({ key: [c.initiatedAt ?? c.firstEventAt, c.contactId], item: c })), nextCursor },
    page,
  )
  const present = (item: ContactRow | StoredContact): PublicContact =>
    'kind' in item ? toPublicContact(item, facts, rights) : toPublicStoredContact(item, facts)
  return { ...merged, items: merged.items.map(present) }
}

/** The row in memory, else the store's; undefined when there is none. */
export async function findContact(id: string, rights: Rights, { rows, facts, store }: Context): Promise<PublicContact | undefined> {
  const row = rows.contacts.get(id)
  if (row) return toPublicContact(row, facts, rights)
  const stored = await contactById(store, { scope: 'all', contactId: id })
  return stored && toPublicStoredContact(stored, facts)
}

function fromStore(
  query: ContactQuery,
  page: { limit: number; after: TimeKey | undefined },
  { store }: Context,
): ReturnType<typeof listContacts> {
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

function passes(row: ContactRow, beganAt: number, query: ContactQuery): boolean {
  const { state, queue, agent, channel, from, to } = query
  const hasState =
    state === undefined ||
    row.state === state ||
    (!row.backfill &&
      ((state === 'active' && row.state !== 'ended') || (state === 'waiting' && (row.state === 'queued' || row.state === 'offered'))))
  return (
    hasState &&
    (queue === undefined || row.queue?.id === queue) &&
    (agent === undefined || row.agentId === agent || row.offeredTo === agent) &&
    (channel === undefined || row.channel === channel) &&
    (from === undefined || beganAt >= from) &&
    (to === undefined || beganAt < to)
  )
}
