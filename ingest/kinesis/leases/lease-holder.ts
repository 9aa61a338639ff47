import { pause, type Clock } from '#kernel/clock'
import { failpoint } from '#kernel/node/failpoint'
import type { Telemetry } from '#kernel/telemetry'
import { createRetry } from '../../aws/retry.ts'
import type { Holder, ReadShard } from '../holding.ts'
import type { Place } from '../place.ts'
import type { ListedShard } from '../shards.ts'
import { decideTakes, missingLeases, spentLeases } from './decide.ts'
import { holdLease, type HeldLease } from './held-lease.ts'
import type { Lease, LeaseTable } from './lease.ts'

/** A lease is renewed so often within the time it lasts. */
const RENEWALS = 5

export interface LeaseHolderDeps {
  table: LeaseTable
  /** Where a shard begins that has no lease yet. */
  firstPlace: (shardId: string) => Promise<Place>
  read: ReadShard
  clock: Clock
  telemetry: Telemetry
  monotonic?: () => number
  random?: () => number
}

interface Held {
  lease: HeldLease
  done: Promise<void>
}

/**
 * Shares the shards of a stream with other processes, by leases that only conditional writes change. Two loops: one renews what is held;
 * the other looks at all leases, makes those that are missing, takes free ones, and asks for one where the share is too small. A lease of
 * somebody else counts as free once its counter stood still for as long as a lease lasts, on our own monotonic clock.
 */
export function createLeaseHolder(
  { source, me, leaseMs, maxLeases }: { source: string; me: string; leaseMs: number; maxLeases: number },
  deps: LeaseHolderDeps,
): Holder {
  const { table, clock, telemetry, monotonic = () => performance.now(), random = Math.random } = deps
  const stopping = new AbortController()
  const renewals = createRetry(source, { clock, telemetry, signal: stopping.signal })
  const looks = createRetry(source, { clock, telemetry, signal: stopping.signal })
  const held = new Map<string, Held>()
  /** When each counter was first seen as it is now. */
  const seen = new Map<string, { counter: number; since: number }>()
  let shards: readonly ListedShard[] | undefined
  let isPrepared = false

  const rest = (): Promise<void> => pause(clock, (leaseMs / RENEWALS) * (0.75 + random() / 2), stopping.signal)

  const renewAll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const outcomes = await Promise.allSettled([...held.values()].map(({ lease }) => renewOne(lease)))
      const failure = outcomes.find((outcome) => outcome.status === 'rejected')
      if (failure) renewals.noted(failure.reason)
      else renewals.succeeded('')
      telemetry.gauge('kinesis_leases', { source }, held.size)
      await rest()
    }
  }
  const renewOne = async (lease: HeldLease): Promise<void> => {
    if (lease.signal.aborted) return
    const outcome = await lease.renew()
    if (outcome === 'wanted') lease.end()
    if (outcome === 'lost') telemetry.log('warn', 'kinesis_lease_lost', { source, shard: lease.shardId })
  }

  const lookOften = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        if (!isPrepared) {
          await table.prepare()
          isPrepared = true
        }
        if (shards) await look(shards)
        looks.succeeded('')
      } catch (error) {
        looks.noted(error)
      }
      await rest()
    }
  }
  const look = async (listed: readonly ListedShard[]): Promise<void> => {
    let leases = await table.list()
    const missing = missingLeases(listed, leases)
    for (const { id, parents } of missing)
      await table.create({ shardId: id, parents, owner: undefined, wantedBy: undefined, counter: 0, place: await deps.firstPlace(id) })
    if (missing.length > 0) leases = await table.list()
    noteCounters(leases)
    for (const lease of spentLeases(listed, leases)) await table.remove(lease)

    const isFree = ({ shardId, owner }: Lease): boolean =>
      !held.has(shardId) && (owner === undefined || owner === me || monotonic() - (seen.get(shardId)?.since ?? monotonic()) >= leaseMs)
    const pick = (count: number): number => Math.floor(random() * count)
    const { take, ask } = decideTakes({ me, leases, isFree, maxLeases, pick })
    for (const lease of take) await takeOne(lease)
    if (ask) await table.ask(ask, me)
  }
  const noteCounters = (leases: readonly Lease[]): void => {
    const known = new Set(leases.map(({ shardId }) => shardId))
    for (const shardId of seen.keys()) if (!known.has(shardId)) seen.delete(shardId)
    for (const { shardId, counter } of leases)
      if (seen.get(shardId)?.counter !== counter) seen.set(shardId, { counter, since: monotonic() })
  }
  const takeOne = async (free: Lease): Promise<void> => {
    const askedAt = monotonic()
    const taken = await table.write(free, { owner: me, place: free.place })
    failpoint('CP06', 'take')
    if (!taken) return
    const lease = holdLease(taken, askedAt, { table, clock, monotonic, leaseMs })
    if (stopping.signal.aborted) return lease.release()
    held.set(taken.shardId, { lease, done: readHeld(lease) })
  }
  /** Until the shard is read to its end, wanted by somebody else, lost, or we stop. Then it is given back, if it is still ours. */
  const readHeld = async (lease: HeldLease): Promise<void> => {
    await deps.read(lease)
    if (!lease.isOurs()) telemetry.count('kinesis_leases_lost_total', { source })
    await lease.release().catch((error: unknown) => renewals.noted(error))
    held.delete(lease.shardId)
  }

  const loops = [renewAll(), lookOften()]
  return {
    health: () => [looks, renewals].map((retry) => retry.health()).find(({ fault }) => fault !== undefined),
    async listed(found) {
      shards = found
    },
    async stop() {
      stopping.abort()
      for (const { lease } of held.values()) lease.end()
      await Promise.all([...loops, ...[...held.values()].map(({ done }) => done)])
      telemetry.gauge('kinesis_leases', { source }, 0)
    },
  }
}
