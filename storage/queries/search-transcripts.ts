import type { AnalyticsStore, CallOptions } from '../port.ts'
import { compileSearch, type CompiledSearch } from '../search/compile.ts'
import { highlightsOf } from '../search/highlight.ts'
import { parseSearchQuery, type SearchQuery } from '../search/language.ts'
import { contactConditions, contactPlaces, contactsAt, type StoredContact } from './contacts.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import type { Place } from './newest-first.ts'
import { inScope, type Scope } from './scope.ts'
import { allOf, buildSql, selectList, type Sql } from './sql.ts'
import { turnColumns, turnPosition, turnsOnce, type StoredTurn } from './turns.ts'

export interface SearchRequest {
  /** In the search language. */
  query: string
  scope: Scope
  /** Contacts that began in [from, to), epoch milliseconds. */
  from?: number
  to?: number
  /** Hits, 1 to 100. */
  limit: number
  cursor?: string | null
}

export interface SearchHit extends StoredTurn {
  /** [begin, end) of the words looked for in `text`, UTF-16 units. */
  highlights: [number, number][]
  contact: StoredContact
}

export interface SearchPage {
  hits: SearchHit[]
  /** null at the end. A page can be short, even empty, though there is more: a request looks at a bounded number of contacts. */
  nextCursor: string | null
}

/** A point between two hits: those of newer contacts, and those of this contact up to the turn, have been given. */
interface Given {
  contact: Place
  position: number
  turnId: string
}

interface Found {
  turn: StoredTurn
  given: Given
}

const MAX_HITS = 100
/** From this many turns on the words are common: the newest contacts hold enough of them, and gathering all candidates costs more. */
const COMMON_TURNS = 20_000
/** Contacts looked at, round by round. */
const ROUNDS = [200, 800, 1600, 1600]

/**
 * Turns in which all of the query holds, newest contact first, then in the order they were said. A turn is the unit: words of a
 * query that are spread over several turns are no hit. A turn is found once its contact is in the store too, since the contact
 * decides who may see it. Throws QUERY_INVALID, and REQUEST_INVALID for a foreign cursor.
 */
export async function searchTranscripts(store: AnalyticsStore, request: SearchRequest, options?: CallOptions): Promise<SearchPage> {
  const query = parseSearchQuery(request.query)
  const search = compileSearch(query)
  const limit = Math.min(Math.max(1, request.limit), MAX_HITS)
  const resume = request.cursor ? toGiven(request.cursor) : undefined
  const name = 'searchContacts'
  const where = contactsOf(search, request)
  const among = await candidatesOf(store, search, options)
  const taken: Found[] = []
  const pageTo = async (given: Given | undefined): Promise<SearchPage> => ({
    hits: await toHits(store, { name, where, taken, query }, options),
    nextCursor: given ? fromGiven(given) : null,
  })
  let before = resume?.contact ?? null
  for (const [round, contacts] of ROUNDS.entries()) {
    const inclusive = round === 0 && resume !== undefined
    const { places, next } = await contactPlaces(store, { name, where, among, before, inclusive, limit: contacts }, options)
    const turns = await turnsOf(store, { search, contactIds: places.map((place) => place.id), limit, resume }, options)
    const found = places.flatMap((contact) =>
      (turns.get(contact.id) ?? []).map(({ position, ...turn }): Found => ({ turn, given: { contact, position, turnId: turn.turnId } })),
    )
    const room = limit - taken.length
    taken.push(...found.slice(0, room))
    if (found.length > room) return pageTo(taken.at(-1)?.given)
    if (!next) return pageTo(undefined)
    before = next
  }
  return pageTo(before ? { contact: before, position: Number.MAX_SAFE_INTEGER, turnId: '' } : undefined)
}

async function toHits(
  store: AnalyticsStore,
  { taken, query, ...rows }: { name: string; where: Sql; taken: readonly Found[]; query: SearchQuery },
  options?: CallOptions,
): Promise<SearchHit[]> {
  const places = [...new Map(taken.map(({ given }) => [given.contact.id, given.contact])).values()]
  const contacts = new Map((await contactsAt(store, { ...rows, places }, options)).map((contact) => [contact.contactId, contact]))
  return taken.flatMap(({ turn }) => {
    const contact = contacts.get(turn.contactId)
    return contact ? [{ ...turn, highlights: highlightsOf(turn.text, query), contact }] : []
  })
}

/** On `r`: the contacts that may be shown. */
function contactsOf({ contact }: CompiledSearch, { scope, from, to }: SearchRequest): Sql {
  const filters = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
  return allOf([inScope(scope, 'r'), contact, ...contactConditions(filters)])
}

/** On `r`: the contacts in which hits can be; undefined when that is best found out by looking at the newest ones. Which turns are hits is decided in `turnsOf`. */
async function candidatesOf(store: AnalyticsStore, { candidates }: CompiledSearch, options?: CallOptions): Promise<Sql | undefined> {
  if (!candidates) return undefined
  const built = buildSql(
    (bind) =>
      `SELECT toFloat64(count()) AS n FROM (SELECT 1 FROM segments AS s WHERE ${candidates(bind)} LIMIT ${bind('UInt32', COMMON_TURNS)})`,
  )
  const [found] = await store.query<{ n: number }>({ name: 'searchCandidates', ...built }, options)
  if (!found || found.n >= COMMON_TURNS) return undefined
  return (bind) => `r.contact_id IN (SELECT s.contact_id FROM segments AS s WHERE ${candidates(bind)})`
}

async function turnsOf(
  store: AnalyticsStore,
  {
    search,
    contactIds,
    limit,
    resume,
  }: { search: CompiledSearch; contactIds: readonly string[]; limit: number; resume: Given | undefined },
  options?: CallOptions,
): Promise<Map<string, (StoredTurn & { position: number })[]>> {
  if (contactIds.length === 0) return new Map()
  const position = turnPosition('s')
  const built = buildSql((bind) => {
    const notGiven: Sql | undefined =
      resume &&
      ((bind) => `s.contact_id != ${bind('String', resume.contact.id)}
        OR (${position}, s.turn_id) > (${bind('Float64', resume.position)}, ${bind('String', resume.turnId)})`)
    const once = turnsOnce((bind) => `SELECT arrayJoin(${bind('Array(String)', contactIds)})`)
    return `SELECT ${selectList('s', turnColumns)}, ${position} AS position FROM (${once(bind)}) AS s
      WHERE ${allOf([search.turn, notGiven])(bind)}
      ORDER BY s.contact_id, position, s.turn_id LIMIT ${bind('UInt32', limit + 1)} BY s.contact_id`
  })
  const turns = await store.query<StoredTurn & { position: number }>({ name: 'searchTurns', ...built }, options)
  const byContact = new Map<string, typeof turns>()
  for (const turn of turns) byContact.set(turn.contactId, [...(byContact.get(turn.contactId) ?? []), turn])
  return byContact
}

const fromGiven = ({ contact, position, turnId }: Given): string => encodeCursor([contact.at, contact.id, position, turnId])

function toGiven(cursor: string): Given {
  const [at, id, position, turnId] = decodeCursor(cursor, ['number', 'string', 'number', 'string'])
  return { contact: { at: Number(at), id: String(id) }, position: Number(position), turnId: String(turnId) }
}
