import type { Clock } from '#kernel/clock'
import type { Telemetry } from '#kernel/telemetry'
import { closeWith, cutOff, queuedBytes } from './engine-internals.ts'
import type { LiveSocket } from './types.ts'

/** Above this a client skips frames, below `RECOVERED_BYTES` it is told to subscribe again. */
const BEHIND_BYTES = 256 * 1024
const RECOVERED_BYTES = 64 * 1024
const MAX_QUEUED_BYTES = 1024 * 1024
const STALLED_MS = 30_000
/** Snapshots in flight may exceed the limits above by their own size, up to this. */
const MAX_ALLOWANCE_BYTES = 16 * 1024 * 1024
const GRACE_MS = 1000

interface State {
  /** Bytes of snapshots that were just sent: a large board must not make its reader look slow. */
  allowance: number
  behindSince: number | null
  /** What to send on recovery, by room. */
  missed: Map<string, () => void>
}

/** Bounds what waits for a client that reads slowly: it loses frames, then is told so, and is disconnected when it stays behind. */
export interface SlowClients {
  /** Whether frames may go to it now. False also starts the watch on it. */
  isReading(socket: LiveSocket): boolean
  /** `tell` runs when the client reads again. */
  missedFrame(socket: LiveSocket, roomId: string, tell: () => void): void
  forgetRoom(socket: LiveSocket, roomId: string): void
  /** False when so many bytes of snapshots are under way that no more may be asked for. */
  expectSnapshot(socket: LiveSocket, bytes: number): boolean
  forget(socket: LiveSocket): void
  /** Once a second: who reads again, who never will. */
  check(): void
}

export function createSlowClients(deps: { clock: Clock; telemetry: Telemetry }): SlowClients {
  const { clock, telemetry } = deps
  const states = new Map<LiveSocket, State>()
  const stateOf = (socket: LiveSocket): State => {
    let state = states.get(socket)
    if (!state) states.set(socket, (state = { allowance: 0, behindSince: null, missed: new Map() }))
    return state
  }
  const disconnect = (socket: LiveSocket): void => {
    states.delete(socket)
    telemetry.count('api_live_disconnects_total', { reason: 'slow_consumer' })
    telemetry.log('info', 'api_live_client_disconnected', { reason: 'slow_consumer' })
    closeWith(socket, 'slow_consumer')
    clock.after(GRACE_MS, () => cutOff(socket))
  }
  const measure = (socket: LiveSocket, state: State): number => {
    const queued = queuedBytes(socket)
    if (queued < RECOVERED_BYTES) state.allowance = 0
    return Math.max(0, queued - state.allowance)
  }
  return {
    isReading(socket) {
      const state = stateOf(socket)
      const queued = measure(socket, state)
      if (queued > MAX_QUEUED_BYTES) {
        disconnect(socket)
        return false
      }
      if (state.behindSince !== null) return false
      if (queued <= BEHIND_BYTES) return true
      state.behindSince = clock.now()
      telemetry.count('api_live_clients_behind_total')
      return false
    },
    missedFrame: (socket, roomId, tell) => void states.get(socket)?.missed.set(roomId, tell),
    forgetRoom: (socket, roomId) => void states.get(socket)?.missed.delete(roomId),
    expectSnapshot(socket, bytes) {
      const state = stateOf(socket)
      measure(socket, state)
      if (state.behindSince !== null || state.allowance + bytes > MAX_ALLOWANCE_BYTES) return false
      state.allowance += bytes
      return true
    },
    forget: (socket) => void states.delete(socket),
    check() {
      const now = clock.now()
      for (const [socket, state] of states) {
        const queued = measure(socket, state)
        if (queued > MAX_QUEUED_BYTES) disconnect(socket)
        else if (state.behindSince === null) continue
        else if (queued < RECOVERED_BYTES) {
          state.behindSince = null
          const tells = [...state.missed.values()]
          state.missed.clear()
          for (const tell of tells) tell()
        } else if (now - state.behindSince >= STALLED_MS) disconnect(socket)
      }
    },
  }
}
