import { io, type Socket } from 'socket.io-client'
import type { ClientToServer, Delta, LIVE_NAMESPACE, LiveQuery, LiveStatus, ServerToClient, SubscribeAnswer } from '#contracts/live'
import type { PublicAlert } from '#contracts/public'

/** What the live client needs of a connection: events in, questions out. It reconnects only when told to. */
export interface Transport {
  open(): void
  close(): void
  /** Rejects when no answer comes. */
  subscribe(query: LiveQuery): Promise<SubscribeAnswer>
  unsubscribe(subscription: string): void
  listen(events: TransportEvents): void
}

export interface TransportEvents {
  up(): void
  /** `refused`: the server answered and said no (not signed in), so trying again alone will not help. */
  down(reason: 'lost' | 'refused'): void
  delta(delta: Delta): void
  status(status: LiveStatus): void
  alert(alert: PublicAlert): void
}

const ANSWER_WITHIN_MS = 10_000
// Types only are imported from contracts: the schemas would bring zod into the page.
const namespace: typeof LIVE_NAMESPACE = '/live'

export function createSocketTransport(): Transport {
  const socket: Socket<ServerToClient, ClientToServer> = io(namespace, {
    autoConnect: false,
    reconnection: false,
    transports: ['websocket'],
    timeout: 8_000,
  })
  return {
    open: () => void socket.connect(),
    close: () => void socket.disconnect(),
    subscribe: (query) => socket.timeout(ANSWER_WITHIN_MS).emitWithAck('subscribe', { query }),
    unsubscribe: (subscription) => void socket.emit('unsubscribe', { subscription }),
    listen(events) {
      socket.on('connect', () => events.up())
      socket.on('disconnect', () => events.down('lost'))
      // An error of the namespace carries data from the server; an error of the network does not.
      socket.on('connect_error', (error) =>
        events.down('data' in error || /auth|session|forbidden/i.test(error.message) ? 'refused' : 'lost'),
      )
      socket.on('delta', (d) => events.delta(d))
      socket.on('status', (s) => events.status(s))
      socket.on('alert', (a) => events.alert(a))
    },
  }
}
