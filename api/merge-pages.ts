import { decodeUtf8 } from '#kernel/json'
import { compareNewestFirst, encodeCursor, type TimeKey } from './http/paging.ts'

export interface Listed<T> {
  key: TimeKey
  item: T
}

/**
 * One page, newest first, of what is in memory and what the store lists. `stored` is the store's page after the same cursor; what
 * is in memory beyond its reach belongs to a later page. Who calls leaves out stored items that memory knows in a newer version.
 */
export function mergePages<T>(
  live: Iterable<Listed<T>>,
  stored: { items: readonly Listed<T>[]; nextCursor: string | null },
  page: { limit: number; after: TimeKey | undefined },
): { items: T[]; nextCursor: string | null } {
  const reach = stored.nextCursor === null ? undefined : toKey(stored.nextCursor)
  const found = [...stored.items]
  for (const listed of live) {
    const isAfter = page.after === undefined || compareNewestFirst(listed.key, page.after) > 0
    if (isAfter && (reach === undefined || compareNewestFirst(listed.key, reach) <= 0)) found.push(listed)
  }
  found.sort((a, b) => compareNewestFirst(a.key, b.key))
  const shown = found.slice(0, page.limit)
  const last = shown.at(-1)
  return {
    items: shown.map(({ item }) => item),
    nextCursor: found.length > page.limit && last ? encodeCursor(last.key) : stored.nextCursor,
  }
}

/** The store's cursors of these lists are sort keys, as ours are. */
function toKey(cursor: string): TimeKey {
  return JSON.parse(decodeUtf8(Buffer.from(cursor, 'base64url')) ?? '') as TimeKey
}
