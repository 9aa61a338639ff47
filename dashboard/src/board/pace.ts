/** Pacing what moves: the eye must be able to read a figure, and to find a name again. */
export interface Paced<T> {
  shown: T
  changedAt: number
}

export const TILE_EVERY_MS = 1_000
export const REORDER_EVERY_MS = 5_000

/** The first change shows at once, the next one not before `everyMs` have passed; then the newest value shows. */
export function pace<T>(
  prev: Paced<T> | undefined,
  next: T,
  now: number,
  everyMs = TILE_EVERY_MS,
): { paced: Paced<T>; dueAt: number | null } {
  if (!prev) return { paced: { shown: next, changedAt: now }, dueAt: null }
  if (isSame(prev.shown, next)) return { paced: prev, dueAt: null }
  if (now - prev.changedAt < everyMs) return { paced: prev, dueAt: prev.changedAt + everyMs }
  return { paced: { shown: next, changedAt: now }, dueAt: null }
}

/** Newcomers go to the end and leavers go at once; the order itself changes only every `everyMs`. */
export function paceOrder(
  prev: Paced<readonly string[]> | undefined,
  wanted: readonly string[],
  now: number,
  everyMs = REORDER_EVERY_MS,
): Paced<readonly string[]> {
  if (!prev || now - prev.changedAt >= everyMs) {
    return prev && isSame(prev.shown, wanted) ? prev : { shown: wanted, changedAt: now }
  }
  const present = new Set(wanted)
  const known = new Set(prev.shown)
  const shown = [...prev.shown.filter((id) => present.has(id)), ...wanted.filter((id) => !known.has(id))]
  return { shown, changedAt: prev.changedAt }
}

/** Compares plain data: scalars, arrays, records. */
export function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  const left = Object.entries(a)
  const right = b as Record<string, unknown>
  return left.length === Object.keys(b).length && left.every(([key, value]) => key in b && isSame(value, right[key]))
}

/** Keeps the old object for every line that did not change, so that memoised rows stay as they are. */
export function keepSame<T extends { id: string }>(prev: readonly T[] | undefined, next: readonly T[]): readonly T[] {
  if (!prev) return next
  const old = new Map(prev.map((line) => [line.id, line]))
  const merged = next.map((line) => {
    const before = old.get(line.id)
    return before && isSame(before, line) ? before : line
  })
  return merged.length === prev.length && merged.every((line, i) => line === prev[i]) ? prev : merged
}

export interface Page {
  ids: readonly string[]
  page: number
  pages: number
}

/**
 * More lines than places: pages turn, those that `stay` remain (at most all places but one, so that everybody is seen some time).
 * Every page is full: the last one shows again some of the page before it.
 */
export function pageOf(ids: readonly string[], stays: ReadonlySet<string>, places: number, now: number, everyMs = 12_000): Page {
  if (ids.length <= places) return { ids, page: 0, pages: 1 }
  const staying = ids.filter((id) => stays.has(id)).slice(0, places - 1)
  const rest = ids.filter((id) => !staying.includes(id))
  const turning = places - staying.length
  const pages = Math.ceil(rest.length / turning)
  const page = Math.floor(now / everyMs) % pages
  const from = Math.min(page * turning, rest.length - turning)
  return { ids: [...staying, ...rest.slice(from, from + turning)], page, pages }
}
