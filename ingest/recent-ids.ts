/** The last `capacity` identities, oldest forgotten first: a cheap first filter, never what correctness rests on. */
export interface RecentIds {
  has(id: string): boolean
  add(id: string): void
}

export function createRecentIds(capacity: number): RecentIds {
  const ids = new Set<string>()
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id)
      if (ids.size > capacity) ids.delete(ids.values().next().value!)
    },
  }
}
