import { z } from 'zod'
import { decodeUtf8, parseJson, type Json } from '#kernel/json'
import { invalid } from './problems.ts'

export const MAX_LIMIT = 200
const DEFAULT_LIMIT = 50

/** Query parameters of every list. */
export const pageQuery = {
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'a whole number from 1 to 200')
    .transform(Number)
    .refine((n) => n >= 1 && n <= MAX_LIMIT, 'a whole number from 1 to 200')
    .default(DEFAULT_LIMIT),
  cursor: z.string().max(2048).optional(),
}

/** Body of every list: `nextCursor` is null on the last page. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() })
}

export function encodeCursor(value: Json): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** What the cursor holds, by `schema`; anything else is a 400 that names the parameter. */
export function decodeCursor<T>(cursor: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (cursor === undefined) return undefined
  const text = /^[\w-]+$/.test(cursor) ? decodeUtf8(Buffer.from(cursor, 'base64url')) : undefined
  const json = text === undefined ? undefined : parseJson(text, 4)
  const parsed = json?.ok ? schema.safeParse(json.value) : undefined
  if (!parsed?.success) throw invalid({ path: 'query.cursor', message: 'is not a cursor of this list' })
  return parsed.data
}

/**
 * One page of items that are in memory, in the order of `compare`; the cursor names the last item by its sort key, so a page stays
 * right while items come and go. `keyOf` must be unique and `compareKeys` total.
 */
export function pageInMemory<T, K extends Json>(
  items: Iterable<T>,
  page: { limit: number; after: K | undefined },
  keyOf: (item: T) => K,
  compareKeys: (a: K, b: K) => number,
): { items: T[]; nextCursor: string | null } {
  const { limit, after } = page
  const rest = [...items].filter((item) => after === undefined || compareKeys(keyOf(item), after) > 0)
  rest.sort((a, b) => compareKeys(keyOf(a), keyOf(b)))
  const found = rest.slice(0, limit)
  const last = found.at(-1)
  return { items: found, nextCursor: rest.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null }
}

export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** Sort key of lists that show the newest first: epoch ms, id; both descending, as the store lists them, so that one cursor serves both. */
export const timeKeySchema = z.tuple([z.int(), z.string()])
export type TimeKey = z.infer<typeof timeKeySchema>
export const compareNewestFirst = (a: TimeKey, b: TimeKey): number => b[0] - a[0] || compareText(b[1], a[1])
