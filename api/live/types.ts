import type { DefaultEventsMap, Namespace, Socket } from 'socket.io'
import type { ClientToServer, ServerToClient } from '#contracts/live'
import type { Principal } from '../auth/principal.ts'

export interface SocketData {
  principal: Principal
}

export type LiveNamespace = Namespace<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>
export type LiveSocket = Socket<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>
