import { isUnderWay, SHARD_END } from '../place.ts'
import { readableShards, type ListedShard } from '../shards.ts'
import type { Lease } from './lease.ts'

export interface View {
  me: string
  leases: readonly Lease[]
  /** Shards whose lease nobody alive has: without owner, or standing still for longer than a lease lasts. */
  isFree: (lease: Lease) => boolean
  maxLeases: number
  /** Picks an index below `count`; different processes should pick different ones. */
  pick: (count: number) => number
}

/**
 * What a process does about leases that are not its own: takes free ones up to its share, and once there are none, asks for one of
 * the process that has most, if that has more than its share or two more than we. One at a time, so that nothing swings.
 */
export function decideTakes({ me, leases, isFree, maxLeases, pick }: View): { take: Lease[]; ask: Lease | undefined } {
  const open = leases.filter(({ place }) => place !== SHARD_END)
  const byOwner = new Map<string, Lease[]>([[me, []]])
  for (const lease of open) {
    if (lease.owner === undefined || isFree(lease)) continue
    byOwner.set(lease.owner, [...(byOwner.get(lease.owner) ?? []), lease])
  }
  const mine = byOwner.get(me)!.length
  const share = Math.min(Math.ceil(open.length / byOwner.size), maxLeases)
  const need = share - mine
  if (need <= 0) return { take: [], ask: undefined }

  const free = open.filter(isFree)
  if (free.length > 0) return { take: drawn(free, need, pick), ask: undefined }
  if (open.some(({ wantedBy }) => wantedBy === me)) return { take: [], ask: undefined }
  const most = [...byOwner.values()].toSorted((a, b) => b.length - a.length)[0]!
  const isUneven = most.length > share || most.length - mine > 1
  const asked = isUneven ? most.filter(({ wantedBy }) => wantedBy === undefined) : []
  return { take: [], ask: asked.length === 0 ? undefined : asked[pick(asked.length)] }
}

function drawn(from: readonly Lease[], count: number, pick: (count: number) => number): Lease[] {
  const left = [...from]
  const taken: Lease[] = []
  while (taken.length < count && left.length > 0) taken.push(...left.splice(pick(left.length), 1))
  return taken
}

/** Shards that get a lease now: those that may be read, and have none. A parent without a lease holds its children back. */
export function missingLeases(shards: readonly ListedShard[], leases: readonly Lease[]): ListedShard[] {
  const known = new Map(leases.map((lease) => [lease.shardId, lease]))
  return readableShards(shards, (id) => known.get(id)?.place === SHARD_END).filter(({ id }) => !known.has(id))
}

/** Leases that nobody needs any more: the shard is read to its end and no longer kept, and all its children are under way. */
export function spentLeases(shards: readonly ListedShard[], leases: readonly Lease[]): Lease[] {
  const listed = new Set(shards.map(({ id }) => id))
  return leases.filter(({ shardId, place }) => {
    if (place !== SHARD_END || listed.has(shardId)) return false
    const children = leases.filter(({ parents }) => parents.includes(shardId))
    return children.length > 0 && children.every((child) => isUnderWay(child.place))
  })
}
