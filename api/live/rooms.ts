import type { Delta, LiveQuery } from '#contracts/live'
import type { Clock } from '#kernel/clock'
import type { Telemetry } from '#kernel/telemetry'
import type { Rights } from '../present.ts'
import type { ChangeSet } from '../row-changes.ts'
import { createComputation, type ComputationDeps } from './computations.ts'
import { createFanOut, type FanOut } from './fan-out.ts'
import { createRoom, type Room } from './room.ts'
import type { SlowClients } from './slow-clients.ts'
import { canonicalQuery } from './subscription.ts'
import type { LiveNamespace, LiveSocket } from './types.ts'

/** Distinct queries at once; each costs a computation per change. */
export const MAX_ROOMS = 2000

export interface SharedRoom {
  room: Room
  members: FanOut
}

/** The rooms that somebody looks at: one per distinct query and set of rights. */
export interface Rooms {
  readonly size: number
  /** Finds or makes the room; throws REQUEST_INVALID for a query that makes no sense. */
  open(query: LiveQuery, rights: Rights): SharedRoom
  leave(roomId: string, socket: LiveSocket): void
  take(changes: ChangeSet): void
  invalidateAll(): void
  close(): void
}

export interface RoomsDeps extends ComputationDeps {
  clock: Clock
  telemetry: Telemetry
  namespace: LiveNamespace
  slow: SlowClients
  /** Adds what every frame carries. */
  stamp(delta: Omit<Delta, 'epoch' | 'asOf'>): Delta
}

export function createRooms(deps: RoomsDeps): Rooms {
  const { clock, telemetry, namespace, slow } = deps
  const byQuery = new Map<string, SharedRoom>()
  const keyOfId = new Map<string, string>()
  let made = 0

  const make = (key: string, query: LiveQuery, rights: Rights): SharedRoom => {
    const id = `s${++made}`
    const computation = createComputation(query, rights, deps)
    const members = createFanOut(id, namespace, slow)
    const kind = 'rows' in query ? query.rows : 'metrics'
    const room = createRoom(id, computation, {
      clock,
      send(delta, eventAt) {
        telemetry.count('api_live_frames_total', { kind })
        if (eventAt < Number.POSITIVE_INFINITY) telemetry.observe('event_to_board_ms', { kind }, Math.max(0, clock.now() - eventAt))
        members.send(deps.stamp(delta))
      },
      computed: (ms) => telemetry.observe('api_live_compute_ms', { kind }, ms),
    })
    const shared = { room, members }
    byQuery.set(key, shared)
    keyOfId.set(id, key)
    return shared
  }
  return {
    get size() {
      return byQuery.size
    },
    open(query, rights) {
      const key = `${rights.words ? 'words' : 'plain'} ${canonicalQuery(query)}`
      return byQuery.get(key) ?? make(key, query, rights)
    },
    leave(roomId, socket) {
      const key = keyOfId.get(roomId)
      const shared = key === undefined ? undefined : byQuery.get(key)
      if (key === undefined || !shared) return
      shared.members.remove(socket)
      if (shared.members.size > 0) return
      shared.room.close()
      byQuery.delete(key)
      keyOfId.delete(roomId)
    },
    take(changes) {
      for (const { room } of byQuery.values()) room.take(changes)
    },
    invalidateAll() {
      for (const { room } of byQuery.values()) room.invalidate()
    },
    close() {
      for (const { room } of byQuery.values()) room.close()
      byQuery.clear()
      keyOfId.clear()
    },
  }
}
