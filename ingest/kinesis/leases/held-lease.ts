import type { Clock } from '#kernel/clock'
import { failpoint } from '#kernel/node/failpoint'
import type { Holding } from '../holding.ts'
import { SHARD_END, type Place } from '../place.ts'
import type { Lease, LeaseTable } from './lease.ts'

/** Of the time a lease lasts this much stays between the last moment we may use it and the first moment somebody else may take it. */
const MARGIN = 0.2

export interface HeldLeaseDeps {
  table: LeaseTable
  clock: Clock
  /** Milliseconds that no change of the wall clock moves, and that go on while the process stands still. */
  monotonic: () => number
  leaseMs: number
}

/** What became of a renewal. `wanted`: it is ours, and somebody asks for it. */
export type Renewal = 'kept' | 'wanted' | 'lost'

export interface HeldLease extends Holding {
  /** Writes owner, counter and place. Rejects when the table does not answer; then the lease goes on until it expires. */
  renew(): Promise<Renewal>
  /** Ends the reading; what is under way may still be finished and its place kept. */
  end(): void
  /** Gives it, with its last place, to whoever asked for it, else to nobody. Only after the reading has ended. */
  release(): Promise<void>
}

/** A lease just taken: `taken` as it stands in the table, `askedAt` (monotonic) the moment before it was written. */
export function holdLease(taken: Lease, askedAt: number, { table, clock, monotonic, leaseMs }: HeldLeaseDeps): HeldLease {
  const ending = new AbortController()
  const usableMs = leaseMs * (1 - MARGIN)
  let stands = taken
  let place: Place = taken.place
  let isLost = false
  let usableUntil = 0
  let cancelExpiry = (): void => {}
  /** One write at a time: each is conditional on the one before. */
  let last: Promise<unknown> = Promise.resolve()

  // Counted from before the write: nobody can have seen it earlier.
  const usableFrom = (sentAt: number): void => {
    usableUntil = sentAt + usableMs
    cancelExpiry()
    cancelExpiry = clock.after(Math.max(0, usableUntil - monotonic()), () => ending.abort())
  }
  const lose = (): Renewal => {
    isLost = true
    cancelExpiry()
    ending.abort()
    return 'lost'
  }
  const write = (owner: string | undefined): Promise<Renewal> => {
    const written = last.then(async (): Promise<Renewal> => {
      if (isLost) return 'lost'
      const sentAt = monotonic()
      const now = await table.write(stands, { owner, place })
      failpoint('CP06', 'renew')
      if (!now) return lose()
      stands = now
      if (owner === undefined || owner !== taken.owner) return lose()
      // An expired lease is not brought back to life under a reader that was told to end.
      if (!ending.signal.aborted) usableFrom(sentAt)
      return now.wantedBy === undefined ? 'kept' : 'wanted'
    })
    last = written.catch(() => undefined)
    return written
  }

  usableFrom(askedAt)
  return {
    shardId: taken.shardId,
    signal: ending.signal,
    place: () => place,
    isOurs: () => !isLost && monotonic() < usableUntil,
    async moveTo(to) {
      if (isLost || monotonic() >= usableUntil) {
        ending.abort()
        return false
      }
      place = to
      // The end of a shard lets its children begin; other places are kept with the next renewal.
      return to !== SHARD_END || (await write(taken.owner)) !== 'lost'
    },
    renew: () => write(taken.owner),
    end: () => ending.abort(),
    async release() {
      cancelExpiry()
      if (!isLost) await write(place === SHARD_END ? undefined : stands.wantedBy)
    },
  }
}
