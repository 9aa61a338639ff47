import { setTimeout as sleep } from 'node:timers/promises'
import { CallboardError, messageOf } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import { checkPartition, type EncodedEntry } from '../entries.ts'
import { closedFault } from '../faults.ts'
import type { Lane, LaneOwner, LaneSpec } from '../port.ts'
import type { Membership, MembershipHandler } from './membership.ts'
import { notOwnerFault, type OwnedPartition } from './owned-partition.ts'

export interface LaneDeps {
  partitionCount: number
  telemetry: Telemetry
  join(handler: MembershipHandler): Promise<Membership>
  own(partition: number): OwnedPartition
  /** Positions of a partition that is somebody else's. */
  foreignPosition(topic: string, partition: number): Promise<number>
  encode(outputs: Parameters<Lane['commit']>[0]['outputs']): EncodedEntry[]
}

/** Longest wait for a commit under way before the group goes on without us; what it writes later is refused by its fence. */
const DRAIN_MS = 5_000

interface Held {
  owned: OwnedPartition
  /** Whether the owner was told. */
  given: Promise<void>
}

/**
 * A member of a lane. Before the group shares out partitions again, no commit is under way and none begins (suspend); what is kept
 * goes on as it was, with all its owner knows; what is lost is taken back; what is new is opened, which fences a former owner, and
 * given to its owner when the tables are read.
 */
export async function openKafkaLane(spec: LaneSpec, owner: LaneOwner, deps: LaneDeps): Promise<Lane> {
  const { telemetry } = deps
  const held = new Map<number, Held>()
  /** Work on a partition goes on one after another: a partition that comes back waits until it was taken back. */
  const turns = new Map<number, Promise<void>>()
  let closing: Promise<void> | undefined
  let opened: () => void = () => {}
  const whenOpen = new Promise<void>((resolve) => (opened = resolve))

  const inTurn = (partition: number, work: () => Promise<void>): Promise<void> => {
    const mine = (turns.get(partition) ?? Promise.resolve()).then(work)
    turns.set(partition, mine)
    return mine
  }
  const give = (partition: number): void => {
    const before = turns.get(partition) ?? Promise.resolve()
    const owned = deps.own(partition)
    const given = inTurn(partition, async () => {
      await before
      await whenOpen
      try {
        await owned.ready()
      } catch {
        return
      }
      if (held.get(partition)?.owned === owned) await owner.assigned(partition)
    })
    held.set(partition, { owned, given })
  }
  const takeBack = (partition: number, reason: 'lost' | 'closed'): Promise<void> => {
    const part = held.get(partition)
    if (!part) return Promise.resolve()
    // A member that closes may still finish what its owner commits while it stops.
    if (reason === 'lost') {
      held.delete(partition)
      const gone = part.owned.letGo(reason)
      return inTurn(partition, async () => {
        await gone
        await owner.revoked(partition)
      })
    }
    part.owned.resume()
    return inTurn(partition, async () => {
      await owner.revoked(partition)
      held.delete(partition)
      await part.owned.letGo(reason)
    })
  }

  const membership = await deps.join({
    async suspend() {
      if (closing) return
      const drained = Promise.all([...held.values()].map(({ owned }) => owned.suspend()))
      const late = new AbortController()
      await Promise.race([drained, sleep(DRAIN_MS, undefined, { signal: late.signal }).catch(() => undefined)])
      late.abort()
    },
    assign(partitions) {
      if (closing) return
      telemetry.log('info', 'log_lane_assigned', { lane: spec.name, partitions })
      telemetry.gauge('log_lane_partitions', { lane: spec.name }, partitions.length)
      for (const partition of held.keys())
        if (!partitions.includes(partition))
          void takeBack(partition, 'lost').catch((error: unknown) =>
            telemetry.log('error', 'log_revoke_failed', { message: messageOf(error) }),
          )
      for (const partition of partitions) {
        const kept = held.get(partition)
        if (kept) kept.owned.resume()
        else give(partition)
      }
    },
    confirmed() {
      for (const { owned } of held.values()) owned.confirmed()
    },
  })

  const close = async (): Promise<void> => {
    opened()
    await Promise.all([...held.keys()].map((partition) => takeBack(partition, 'closed')))
    await membership.close()
  }
  setImmediate(opened)
  return {
    async position(topic, partition) {
      checkPartition(partition, deps.partitionCount)
      const part = held.get(partition)
      if (part) return part.owned.position(topic)
      if (closing) throw closedFault()
      return deps.foreignPosition(topic, partition)
    },
    async commit(commit) {
      checkPartition(commit.partition, deps.partitionCount)
      const part = held.get(commit.partition)
      if (!part) throw closing ? closedFault() : notOwnerFault(spec.name, commit.partition)
      const foreign = commit.positions.find(({ topic }) => !spec.inputs.includes(topic))
      if (foreign) throw new CallboardError('INTERNAL', `Lane "${spec.name}" does not read "${foreign.topic}".`)
      return part.owned.commit(commit, deps.encode(commit.outputs))
    },
    close: () => (closing ??= close()),
  }
}
