import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Delta } from '#contracts/live'
import type { SlowClients } from './slow-clients.ts'
import type { LiveNamespace, LiveSocket } from './types.ts'

/** Sockets served in one turn of the event loop (measured: 5,000 in one turn block it for 150 ms). */
const CHUNK = 250

/** The subscribers of one room. A frame is encoded once per 250 of them, never per socket. */
export interface FanOut {
  readonly size: number
  add(socket: LiveSocket): void
  remove(socket: LiveSocket): void
  has(socket: LiveSocket): boolean
  send(delta: Delta): void
  /** Resolves when no frame is half sent: who joins in the middle could get a frame its snapshot already holds. */
  settled(): Promise<void>
}

export function createFanOut(roomId: string, namespace: LiveNamespace, slow: SlowClients): FanOut {
  const chunks: Set<LiveSocket>[] = []
  const chunkOf = new Map<LiveSocket, number>()
  /** Ends when every frame so far has gone to every chunk; undefined when none is under way. */
  let sending: Promise<void> | undefined

  const remove = (socket: LiveSocket): void => {
    const index = chunkOf.get(socket)
    if (index === undefined) return
    chunkOf.delete(socket)
    chunks[index]?.delete(socket)
    void socket.leave(`${roomId}:${index}`)
  }
  const sendChunk = (index: number, delta: Delta): void => {
    for (const socket of chunks[index] ?? []) {
      if (slow.isReading(socket)) continue
      remove(socket)
      // It missed `delta.seq`; one more can only read as a gap, and an empty frame cannot be taken for news.
      slow.missedFrame(socket, roomId, () => socket.emit('delta', { ...delta, seq: delta.seq + 1, set: {}, del: [] }))
    }
    namespace.to(`${roomId}:${index}`).emit('delta', delta)
  }
  const sendInTurns = async (before: Promise<void> | undefined, delta: Delta): Promise<void> => {
    await before
    for (let index = 0; index < chunks.length; index++) {
      sendChunk(index, delta)
      await nextTurn()
    }
  }
  return {
    get size() {
      return chunkOf.size
    },
    add(socket) {
      if (chunkOf.has(socket)) return
      let index = chunks.findIndex((chunk) => chunk.size < CHUNK)
      if (index === -1) index = chunks.push(new Set()) - 1
      chunks[index]!.add(socket)
      chunkOf.set(socket, index)
      void socket.join(`${roomId}:${index}`)
    },
    remove,
    has: (socket) => chunkOf.has(socket),
    send(delta) {
      if (!sending && chunks.length <= 1) return sendChunk(0, delta)
      const mine = sendInTurns(sending, delta)
      sending = mine
      void mine.finally(() => {
        if (sending === mine) sending = undefined
      })
    },
    async settled() {
      for (let frame = sending; frame; frame = sending) await frame
    },
  }
}
