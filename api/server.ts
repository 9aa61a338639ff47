import type { AddressInfo } from 'node:net'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import type { EventLog } from '#log/port'
import type { AnalyticsStore } from '#storage/port'
import { createApp, type DeclaredRoute } from './app.ts'
import { createAuthenticator } from './auth/authenticator.ts'
import { removeLocalToken, writeLocalToken } from './auth/local-token.ts'
import type { ApiConfig } from './config.ts'
import type { DemoControl } from './demo-control.ts'
import { createDeliveriesView } from './deliveries-view.ts'
import type { HealthPart, Stall } from './health.ts'
import { isLoopbackHost } from './http/security.ts'
import { attachLiveGateway, type LiveGateway } from './live/gateway.ts'
import type { RouteContext } from './context.ts'
import type { DoctorFacts } from './doctor/facts.ts'
import type { SourceWatermark } from './live/status.ts'
import { createQueueFacts } from './queue-facts.ts'
import type { RowsView } from './rows-view.ts'
import type { SettingsStore } from './settings-store.ts'
import { createSumsCache } from './sums-cache.ts'

export interface ApiDeps {
  log: EventLog
  clock: Clock
  telemetry: Telemetry
  /** Started and stopped by whoever made them. */
  settings: SettingsStore
  rows: RowsView
  store: AnalyticsStore
  /** Routes of other folders, mounted under `/api/v1`; each declares `config.scope`. */
  plugins: readonly FastifyPluginAsync[]
  sources: () => readonly SourceWatermark[]
  /** How the configured sources are doing, and how far each kind of event has come. */
  diagnosis?: () => Pick<DoctorFacts, 'sources' | 'newest'>
  /** Of an installation that plays a demo. */
  demo?: DemoControl | undefined
  /** Copies the data folder into a folder; resolves with its size in bytes. */
  backup?: ((folder: string) => Promise<number>) | undefined
  /** Parts of the process for the health page, besides the API's own. */
  parts: () => readonly HealthPart[]
  /** What has input and does not move. */
  stalls?: () => readonly Stall[]
}

export interface ApiServer extends Component {
  /** Where it listens, once started: `http://127.0.0.1:8080`. */
  readonly url: string
  /** A single-use code for a link: `${url}/#code=${code}`. */
  issueSignInCode(): string
  /** Every route with what it asks for; filled at start. */
  routes(): readonly DeclaredRoute[]
}

/** How long requests that are being answered may take when the server stops. */
const DRAIN_MS = 8000
const DEMO_DRAIN_MS = 1000

/** HTTP and live data in one server. It listens at once and answers NOT_READY until the rows are caught up. */
export function createApiServer(config: ApiConfig, deps: ApiDeps): ApiServer {
  const { clock, telemetry, settings, rows } = deps
  const authenticator = createAuthenticator(config, { clock, settings })
  const facts = createQueueFacts(config, { rows, settings })
  const readSums = createSumsCache({ rows, facts, settings })
  const deliveries = createDeliveriesView(deps)
  let app: FastifyInstance | undefined
  let live: LiveGateway | undefined
  let routes: readonly DeclaredRoute[] = []
  let url = ''
  let stopping = false

  const parts = (): HealthPart[] => [
    { name: 'api', ok: !stopping, required: true, detail: stopping ? 'stopping' : undefined },
    { name: 'settings', ok: settings.ready(), required: true, detail: settings.ready() ? undefined : 'being read from the log' },
    { name: 'rows', ok: rows.ready(), required: true, detail: rows.ready() ? undefined : 'catching up with the log' },
    ...deps.parts(),
  ]
  const stalls = deps.stalls ?? (() => [])
  const diagnosis = (): ReturnType<RouteContext['diagnosis']> => ({
    parts: parts(),
    stalls: stalls(),
    ...(deps.diagnosis?.() ?? { sources: [], newest: new Map() }),
  })
  /** Without a key nobody outside could get in, and whoever came first would be admin: so nobody outside may try. */
  const hostToBind = async (): Promise<string> => {
    if (isLoopbackHost(config.host)) return config.host === 'localhost' ? '127.0.0.1' : config.host
    if (config.auth === 'none')
      throw new CallboardError('SETTING_INVALID', `AUTH=none works on loopback only, not on HTTP_HOST=${config.host}`)
    await settings.whenReady()
    if (settings.list('key').length > 0) return config.host
    telemetry.log('warn', 'api_bound_to_loopback', {
      wanted: config.host,
      why: 'no key exists yet: make one with "callboard keys create", then start again',
    })
    return '127.0.0.1'
  }
  const listen = async (server: FastifyInstance): Promise<string> => {
    try {
      await server.listen({ host: await hostToBind(), port: config.port })
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
      throw new CallboardError('SETTING_INVALID', `port ${config.port} is in use: stop what uses it or set CALLBOARD_HTTP_PORT`, {
        cause: error,
      })
    }
    const { address, family, port } = server.server.address() as AddressInfo
    return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
  }
  const close = async (): Promise<void> => {
    await live?.close()
    live = undefined
    // Who never finishes a request must not hold up the end, nor a demo that begins anew.
    const cancel = clock.after(config.demo ? DEMO_DRAIN_MS : DRAIN_MS, () => app?.server.closeAllConnections())
    await app?.close()
    cancel()
    app = undefined
    await deliveries.stop()
  }

  return {
    name: 'api',
    get url() {
      return url
    },
    issueSignInCode: () => authenticator.issueSignInCode(),
    routes: () => routes,
    async start() {
      if (app) return
      stopping = false
      try {
        await deliveries.start()
        authenticator.setLocalToken(await writeLocalToken(config.dataDir))
        const made = await createApp(
          config,
          { ...deps, authenticator, facts, readSums, deliveries, diagnosis },
          { plugins: deps.plugins, health: { parts, stalls } },
        )
        app = made.app
        routes = made.routes
        live = attachLiveGateway(app.server, config, { ...deps, authenticator, facts, readSums })
        url = await listen(app)
      } catch (error) {
        await close()
        throw error
      }
    },
    async stop() {
      if (!app) return
      stopping = true
      await close()
      await removeLocalToken(config.dataDir)
    },
  }
}
