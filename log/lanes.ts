import { CallboardError } from '#kernel/errors'
import { closedFault } from './faults.ts'
import { checkPartition } from './entries.ts'
import type { Lane, LaneCommit, LaneOwner, LaneSpec, Position } from './port.ts'

/** What a log in one process gives its lanes: membership is ours, positions and commits are the log's. */
export interface LaneBackend {
  partitionCount: number
  position(lane: string, topic: string, partition: number): Promise<number>
  commit(lane: string, commit: LaneCommit): Promise<readonly Position[]>
}

export interface LaneRegistry {
  open(spec: LaneSpec, owner: LaneOwner): Lane
  /** Lanes with a member that has not closed. */
  specs(): Iterable<LaneSpec>
}

interface Member {
  spec: LaneSpec
  owner: LaneOwner
  /** Partitions handed to this member and not taken back. */
  owned: Set<number>
  state: 'waiting' | 'active' | 'closed'
}

/**
 * Membership for logs that live in one process: the first member of a lane owns every partition, others wait and take over
 * when it closes. `assigned` is called after `open` has returned, so the owner has its `Lane` by then.
 */
export function createLaneRegistry(backend: LaneBackend): LaneRegistry {
  const members = new Map<string, Member[]>()

  const activate = (name: string): void => {
    const first = members.get(name)?.[0]
    if (!first || first.state !== 'waiting') return
    first.state = 'active'
    setImmediate(() => {
      for (let partition = 0; partition < backend.partitionCount; partition++) {
        if (first.state !== 'active') return
        first.owned.add(partition)
        void first.owner.assigned(partition)
      }
    })
  }

  const leave = async (name: string, member: Member): Promise<void> => {
    member.state = 'closed'
    await Promise.all([...member.owned].map((partition) => member.owner.revoked(partition)))
    member.owned.clear()
    const rest = (members.get(name) ?? []).filter((other) => other !== member)
    members.set(name, rest)
    activate(name)
  }

  return {
    specs: () => [...members.values()].flatMap((list) => list.slice(0, 1).map(({ spec }) => spec)),
    open(spec, owner) {
      const member: Member = { spec, owner, owned: new Set(), state: 'waiting' }
      members.set(spec.name, [...(members.get(spec.name) ?? []), member])
      activate(spec.name)
      let closing: Promise<void> | undefined
      return {
        async position(topic, partition) {
          checkPartition(partition, backend.partitionCount)
          if (member.state === 'closed' && member.owned.size === 0) throw closedFault()
          return backend.position(spec.name, topic, partition)
        },
        async commit(commit) {
          checkPartition(commit.partition, backend.partitionCount)
          // A member that is closing may still finish the commit under way in `revoked`.
          if (!member.owned.has(commit.partition)) throw member.state === 'closed' ? closedFault() : notOwnerFault(spec.name, commit)
          const foreign = commit.positions.find(({ topic }) => !spec.inputs.includes(topic))
          if (foreign) throw new CallboardError('INTERNAL', `Lane "${spec.name}" does not read "${foreign.topic}".`)
          return backend.commit(spec.name, commit)
        },
        close: () => (closing ??= leave(spec.name, member)),
      }
    },
  }
}

function notOwnerFault(lane: string, { partition }: LaneCommit): CallboardError {
  return new CallboardError('CONFLICT', `This member of lane "${lane}" does not own partition ${partition}.`, {
    details: { lane, partition },
  })
}
