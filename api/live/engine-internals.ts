import type { LiveSocket } from './types.ts'

/** The parts of engine.io 6 and ws 8 that have no public name; the slow-consumer test fails when they change. */
interface Engine {
  writeBuffer?: readonly { data?: string | Buffer }[]
  transport?: { socket?: { bufferedAmount?: number; close?(code: number, reason: string): void; terminate?(): void } }
}

const engineOf = (socket: LiveSocket): Engine => socket.conn as unknown as Engine

/** Bytes that wait for this client: in the WebSocket, and in the engine until the WebSocket takes more. */
export function queuedBytes(socket: LiveSocket): number {
  const { writeBuffer = [], transport } = engineOf(socket)
  let bytes = transport?.socket?.bufferedAmount ?? 0
  for (const { data } of writeBuffer) bytes += data?.length ?? 0
  return bytes
}

/** 1013: try again later (IANA registry of WebSocket close codes). */
const TRY_AGAIN_LATER = 1013

/** Asks the client to go, with the reason in the close frame. One that reads nothing never sees it: see `cutOff`. */
export function closeWith(socket: LiveSocket, reason: string): void {
  engineOf(socket).transport?.socket?.close?.(TRY_AGAIN_LATER, reason)
}

/** Ends the connection at once and frees what was queued; the engine's own close would wait for the queue to drain. */
export function cutOff(socket: LiveSocket): void {
  engineOf(socket).transport?.socket?.terminate?.()
}
