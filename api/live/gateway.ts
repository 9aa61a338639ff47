import { randomUUID } from 'node:crypto'
import type { Server as HttpServer } from 'node:http'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { Server, type DefaultEventsMap } from 'socket.io'
import { LIVE_NAMESPACE, type ClientToServer, type ServerToClient } from '#contracts/live'
import type { Clock } from '#kernel/clock'
import type { Telemetry } from '#kernel/telemetry'
import type { Authenticator } from '../auth/authenticator.ts'
import { can } from '../auth/principal.ts'
import type { DemoControl } from '../demo-control.ts'
import type { ReadSums } from '../metrics-sums.ts'
import { iso, toPublicAlert } from '../present.ts'
import type { QueueFacts } from '../queue-facts.ts'
import type { ChangeSet } from '../row-changes.ts'
import type { RowsView } from '../rows-view.ts'
import type { SettingsStore } from '../settings-store.ts'
import { cutOff } from './engine-internals.ts'
import { createHandshake, isAllowedConnection } from './handshake.ts'
import { createRooms } from './rooms.ts'
import { createSlowClients } from './slow-clients.ts'
import { startStatus, type SourceWatermark } from './status.ts'
import { createSubscriber } from './subscriber.ts'
import type { LiveNamespace, LiveSocket, SocketData } from './types.ts'

export interface LiveConfig {
  allowedOrigins: readonly string[]
  demo: boolean
}

export interface LiveDeps {
  clock: Clock
  telemetry: Telemetry
  authenticator: Authenticator
  rows: RowsView
  facts: QueueFacts
  readSums: ReadSums
  settings: SettingsStore
  sources: () => readonly SourceWatermark[]
  demo?: DemoControl | undefined
}

export interface LiveGateway {
  /** Distinct queries somebody looks at. */
  readonly roomCount: number
  /** Disconnects everybody and frees the rooms; the HTTP server is left to its owner. */
  close(): Promise<void>
}

/** The socket.io namespace `/live` on an HTTP server. Correctness rests on snapshots and numbered frames only, not on socket.io's recovery. */
export function attachLiveGateway(http: HttpServer, config: LiveConfig, deps: LiveDeps): LiveGateway {
  const { telemetry, rows } = deps
  const epoch = randomUUID()
  const io = new Server<ClientToServer, ServerToClient, DefaultEventsMap, SocketData>(http, {
    transports: ['websocket'],
    perMessageDeflate: false,
    httpCompression: false,
    serveClient: false,
    maxHttpBufferSize: 64 * 1024,
    connectTimeout: 5000,
    allowRequest: (request, decide) => {
      const allowed = isAllowedConnection(request, io.engine.clientsCount, config.allowedOrigins)
      if (!allowed) telemetry.count('api_live_refusals_total', { stage: 'connection' })
      decide(allowed ? null : 'not allowed', allowed)
    },
  })
  // Nobody has business in the default namespace.
  io.use((_socket, next) => next(new Error('NOT_FOUND')))
  const namespace: LiveNamespace = io.of(LIVE_NAMESPACE)
  const slow = createSlowClients(deps)
  const rooms = createRooms({
    ...deps,
    namespace,
    slow,
    stamp: (delta) => ({ ...delta, epoch, asOf: iso(rows.asOf()) }),
  })

  const status = startStatus({ demo: config.demo }, { ...deps, namespace, slow, roomCount: () => rooms.size })

  namespace.use(createHandshake(deps.authenticator))
  namespace.on('connection', (socket: LiveSocket) => {
    // Nobody waits a second to learn what the figures are worth.
    socket.emit('status', status.current())
    const words = can(socket.data.principal, 'transcripts')
    void socket.join(words ? 'alerts:words' : 'alerts:plain')
    const subscriber = createSubscriber(socket, { epoch, words }, { ...deps, rooms, slow })
    socket.on('subscribe', (request: unknown, answer: unknown) => void subscriber.subscribe(request, answer))
    socket.on('unsubscribe', (request: unknown) => subscriber.unsubscribe(request))
    socket.on('disconnect', () => {
      subscriber.close()
      slow.forget(socket)
    })
  })

  const sendAlerts = (changes: ChangeSet): void => {
    for (const { before, after } of changes.alerts.values()) {
      if (!after || before?.state === after.state) continue
      namespace.to('alerts:words').emit('alert', toPublicAlert(after, deps.facts, { words: true }))
      namespace.to('alerts:plain').emit('alert', toPublicAlert(after, deps.facts, { words: false }))
    }
  }
  const stopRows = rows.onChange((changes) => {
    sendAlerts(changes)
    rooms.take(changes)
  })
  const stopSettings = deps.settings.onChange(({ type }) => {
    if (type === 'queue') rooms.invalidateAll()
  })

  return {
    get roomCount() {
      return rooms.size
    },
    async close() {
      stopRows()
      stopSettings()
      status.stop()
      if (deps.demo?.changingTo() !== undefined) namespace.emit('status', status.current())
      rooms.close()
      const open = [...namespace.sockets.values()]
      io.of(LIVE_NAMESPACE).disconnectSockets(true)
      io.engine.close()
      // One turn for the goodbye to be written; who reads nothing must not hold up the end.
      await nextTurn()
      for (const socket of open) cutOff(socket)
    },
  }
}
