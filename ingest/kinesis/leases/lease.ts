import type { Place } from '../place.ts'

/** Who reads a shard, and how far it was read. The counter grows with each write: a lease that stands still has no living owner. */
export interface Lease {
  shardId: string
  parents: readonly string[]
  owner: string | undefined
  /** Who asks the owner to hand it over. */
  wantedBy: string | undefined
  counter: number
  place: Place
}

/** Every method rejects with the error of the service when that does not answer. */
export interface LeaseTable {
  /** Makes the table where it is absent. */
  prepare(): Promise<void>
  list(): Promise<Lease[]>
  /** Nothing happens when the lease is there. */
  create(lease: Lease): Promise<void>
  /**
   * The one write that makes leases safe: only while owner and counter are as `seen`. The counter grows; a wish ends with the owner.
   * Resolves with what stands there now, whose place is an older one when only a try before, with its answer lost, was done; undefined:
   * somebody else was first.
   */
  write(seen: Lease, change: { owner: string | undefined; place: Place }): Promise<Lease | undefined>
  /** Asks the owner for it; nothing happens when the owner changed, or somebody else asked. */
  ask(seen: Lease, by: string): Promise<void>
  /** Only while it is as `seen`. */
  remove(seen: Lease): Promise<void>
  /** The moment of the first start: that which was kept first. */
  firstStart(now: number): Promise<number>
}
