/**
 * The whole of Callboard in one process: the only place that says which implementation each port gets, and in which order the
 * parts start. Events come in through `ingest/door.ts`, are folded by `processors/runner/lane.ts`, and leave through `api/server.ts`.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock, type Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { createLifecycle, startBeside, type Component } from '#kernel/lifecycle'
import { ownDataDir } from '#kernel/node/data-dir'
import { openDataFormat } from '#kernel/node/data-format'
import { whyNoSpace } from '#kernel/node/disk-space'
import { createProcessMetrics } from '#kernel/node/process-metrics'
import { readVersion } from '#kernel/node/version'
import { createWatchdog } from '#kernel/node/watchdog'
import { createTelemetry, type MetricsRegistry, type Telemetry } from '#kernel/telemetry'
import type { SourceKind } from '#events/envelope'
import type { HealthPart } from '#api/health'
import { createMetricsServer } from '#api/metrics-server'
import { createRowsView } from '#api/rows-view'
import { createApiServer } from '#api/server'
import { createSettingsStore, type SettingsStore } from '#api/settings-store'
import { createIngestDoor } from '#ingest/door'
import { createWatermarkPublisher, readWatermarks } from '#ingest/watermarks'
import { createSourceReportsPublisher, readSourceReports } from '#ingest/source-reports'
import { createEventsRoute } from '#ingest/http'
import { readNames } from '#ingest/redaction/names'
import { createRedact, type Redact } from '#ingest/redaction/redact'
import { createRedriver } from '#ingest/redrive'
import { createRedriveRoute } from '#ingest/redrive-route'
import type { LmdbLog } from '#log/lmdb/log'
import { agentsFold } from '#processors/agents/fold'
import { alertsFold } from '#processors/alerts/fold'
import { contactsFold } from '#processors/contacts/fold'
import { createDeliveriesLane } from '#processors/deliveries/lane'
import { createHistoryLane } from '#processors/history/lane'
import { createFoldLane } from '#processors/runner/lane'
import { createProgressWatch } from '#processors/runner/progress'
import { profileList } from '#simulator/start'
import { migrate } from '#storage/migrate'
import { keepEventsFor } from '#storage/retention'
import { makeBackup } from './backup.ts'
import { durationMs, isDemo, type Config } from './config.ts'
import { createDemoSwitch, type DemoSwitch } from './demo-switch.ts'
import { createDemoPart, firstProfile, rememberProfile, renewDemoFolder } from './demo.ts'
import { openEmbeddedLog, openLog } from './open-log.ts'
import { followedTopics, requireShared, roleNames, type Role } from './roles.ts'
import { createStore } from './store.ts'

export interface Callboard {
  /** `http://127.0.0.1:8080` */
  url: string
  metricsUrl: string
  /** Address that signs a browser in, once. */
  signInUrl(): string
  demo: boolean
  /** Stops in reverse order and gives the data folder back; resolves with what went wrong. */
  stop(): Promise<string[]>
}

export interface CallboardDeps {
  clock?: Clock
  /** Takes log lines. */
  log?: Telemetry['log']
  /** Called when the demo could not be changed to another profile: nothing runs any more, and `stop` is still to be called. */
  failed?: (error: Error) => void
}

const STOP_DEADLINE_MS = 10_000
const DAY_MS = 24 * 3_600_000
/** Where commands on this machine find the running server. */
const ADDRESS_FILE = 'address'
const sourceNames = {
  'agent-event': 'Agent events',
  'contact-event': 'Contact events',
  'contact-record': 'Contact records',
  'contact-lens': 'Contact Lens',
} as const

/** Starts everything, or nothing: when one part fails, those already started are stopped and the reason is thrown. */
export async function startCallboard(config: Config, deps: CallboardDeps = {}): Promise<Callboard> {
  const { clock = systemClock, log: write = () => {}, failed = rethrow } = deps
  const release = ownDataDir(config.DATA_DIR)
  const base = { clock, telemetry: createTelemetry(write) }
  try {
    const format = openDataFormat(config.DATA_DIR, { version: readVersion(), clock })
    if (format.from !== format.to) base.telemetry.log('warn', 'data_folder_upgraded', format)
    const { current, stop } = isDemo(config) ? await startDemo(config, base, failed) : await startReal(config, base)
    return {
      get url() {
        return current().url
      },
      get metricsUrl() {
        return current().metricsUrl
      },
      signInUrl: () => current().signInUrl(),
      demo: isDemo(config),
      async stop() {
        const problems = await stop()
        release()
        return problems
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

/** One role of several, in a process of its own: the others work on the same Kafka. */
export async function startRole(
  role: Role,
  config: Config,
  { clock = systemClock, log: write = () => {} }: CallboardDeps = {},
): Promise<RoleProcess> {
  requireShared(config, role)
  const release = ownDataDir(config.DATA_DIR)
  try {
    const parts = await startParts(config, { clock, telemetry: createTelemetry(write) }, { roles: [role] })
    return {
      ...(role === 'api' ? { url: parts.url, signInUrl: parts.signInUrl } : {}),
      metricsUrl: parts.metricsUrl,
      async stop() {
        const problems = await parts.stop()
        release()
        return problems
      },
    }
  } catch (error) {
    release()
    throw error
  }
}

export type RoleProcess = Pick<Callboard, 'metricsUrl' | 'stop'> & Partial<Pick<Callboard, 'url' | 'signInUrl'>>

type Base = { clock: Clock; telemetry: MetricsRegistry }
type Started = Pick<Callboard, 'url' | 'metricsUrl' | 'signInUrl' | 'stop'>

async function startReal(config: Config, base: Base): Promise<{ current(): Started; stop: Started['stop'] }> {
  const parts = await startParts(config, base)
  return { current: () => parts, stop: parts.stop }
}

/** One profile at a time, always at the address of the first. */
async function startDemo(
  config: Config,
  base: Base,
  failed: (error: Error) => void,
): Promise<{ current(): Started; stop: Started['stop'] }> {
  const playing: DemoSwitch<Started> = createDemoSwitch<Started>(firstProfile(config.DATA_DIR, config.DEMO_PROFILE), {
    ...base,
    start: (profile, before) => {
      const ports = before && { HTTP_PORT: portOf(before.url), METRICS_PORT: portOf(before.metricsUrl) }
      return startParts({ ...config, ...ports }, base, { demo: { ...playing, profile: () => profile } })
    },
    changed: (profile) => rememberProfile(config.DATA_DIR, profile),
    failed,
  })
  await playing.start()
  return playing
}

const portOf = (url: string): number => Number(new URL(url).port)

/** Nobody who could be told: the process ends with the reason. */
const rethrow = (error: Error): never => {
  throw error
}

interface What {
  /** All when left out. */
  roles?: readonly Role[]
  /** What is played, and how another profile is asked for; undefined where real sources bring the data. */
  demo?: Pick<DemoSwitch<Started>, 'profile' | 'changingTo' | 'change'>
}

async function startParts(config: Config, base: Base, { roles = roleNames, demo }: What = {}): Promise<Started> {
  const { clock, telemetry } = base
  const does = (role: Role): boolean => roles.includes(role)
  const isWhole = roles.length === roleNames.length
  const dataDir = demo ? join(config.DATA_DIR, 'demo') : config.DATA_DIR
  if (demo) await renewDemoFolder(dataDir, { partitionCount: config.PARTITIONS, clock })
  const embedded = config.LOG === 'embedded' ? await openEmbeddedLog(config, dataDir, base) : undefined
  const log =
    embedded ?? (await openLog(config, dataDir, base, isWhole ? undefined : roles.flatMap((role) => followedTopics(role, config))))
  const withLog = { ...base, log }
  const progress = createProgressWatch({ ...withLog, stallMs: durationMs(config.STALL_AFTER) })
  const instance = randomUUID()
  let stopping = false

  const { store, engine } = createStore(config, dataDir, base)
  const settings = createSettingsStore(withLog)
  const rows = createRowsView(withLog)
  const door = createIngestDoor({ ...withLog, redact: redactionOf(config, base) })
  // What speaks to AWS is loaded only where there is something to read: it makes up a fifth of a start.
  const sources =
    does('ingest') && config.SOURCES.length > 0
      ? (await import('./sources.ts')).createSources(config, { ...withLog, door, isWatched: (queueId) => isWatched(settings, queueId) })
      : []
  const isShared = config.LOG === 'kafka'
  const newest = () => (isShared ? readWatermarks(log) : door.watermarks())
  const reports = () => sources.map(({ name, type, part }) => ({ name, type, ...part.health() }))
  const calendar = { timeZone: config.TIME_ZONE, businessDayStart: config.BUSINESS_DAY_START }
  const demoPart = demo && createDemoPart({ profile: demo.profile().name, ...calendar }, { ...base, door, settings })
  const api = createApiServer(
    {
      host: config.HTTP_HOST,
      port: config.HTTP_PORT,
      dataDir: config.DATA_DIR,
      dashboardDir: findDashboard(),
      auth: config.AUTH,
      allowedOrigins: [],
      webhookAllow: config.WEBHOOK_ALLOW,
      demo: demo !== undefined,
      version: readVersion(),
      ...calendar,
      connectUrl: config.CONNECT_URL ?? null,
    },
    {
      ...withLog,
      settings,
      rows,
      store,
      plugins: [createEventsRoute({ door, clock }), createRedriveRoute({ redriver: createRedriver({ ...withLog, door }) })],
      sources: () => watermarksOf(newest()),
      diagnosis: () => ({ newest: newest(), sources: isShared ? readSourceReports(log, clock.now()) : reports() }),
      stalls: progress.stalls,
      parts: () => [
        { name: 'process', required: true, ok: !stopping, detail: stopping ? 'stopping' : undefined },
        { name: 'analytics store', required: false, ...engine.health() },
        diskPart(config.DATA_DIR),
        ...(does('process') ? [progress.health()] : []),
        ...sources.map(({ part }) => ({ name: part.name, required: false, ...part.health() })),
      ],
      backup: demo || !embedded ? undefined : (folder) => backUp(folder, embedded),
      demo: demo && demoPart && { ...demo, profiles: profileList, preparing: demoPart.isPreparing, history: demoPart.history },
    },
  )
  const history = createHistoryLane({ ...withLog, store, progress })
  const backUp = async (folder: string, copied: LmdbLog): Promise<number> => {
    const embeddedStore =
      config.STORE === 'embedded' ? { store, database: config.CLICKHOUSE_DATABASE, dataDir: join(dataDir, 'clickhouse') } : undefined
    const { files } = await makeBackup(folder, {
      ...base,
      log: copied,
      version: readVersion(),
      pauseHistory: history.pause,
      store: embeddedStore,
    })
    return files.reduce((sum, { bytes }) => sum + bytes, 0)
  }
  const migrations = {
    name: 'migrations',
    async start() {
      const { CLICKHOUSE_DATABASE: database, CLICKHOUSE_CLUSTER: cluster } = config
      await migrate(store, { database, cluster, telemetry })
      const days = Math.ceil(durationMs(config.EVENTS_RETENTION) / DAY_MS)
      await keepEventsFor(store, days, cluster === undefined ? undefined : { cluster, database })
    },
    stop: () => store.close(),
  }
  const folds = [
    ...[agentsFold, contactsFold, alertsFold].map((fold) =>
      createFoldLane(fold, { ...withLog, progress, marksDir: join(dataDir, 'folding') }),
    ),
    createDeliveriesLane({
      ...withLog,
      allow: config.WEBHOOK_ALLOW,
      keptMs: durationMs(config.DELIVERY_RETENTION),
      ...(demo ? { ignoreBefore: clock.now() } : {}),
    }),
  ]
  const metrics = createMetricsServer({ host: config.METRICS_HOST, port: config.METRICS_PORT }, { render: telemetry.render })

  const otlp = await createOtlp(base)
  // The store takes longest to open. Only history waits for it: what comes in is taken in, folded and shown meanwhile.
  const storage = startBeside(does('process') || does('api') ? [engine, migrations] : [])
  const lifecycle = createLifecycle(
    [
      { name: 'log', start: async () => {}, stop: () => log.close() },
      storage.begin,
      ...otlp,
      createProcessMetrics({ dataDir: config.DATA_DIR }, base),
      createWatchdog({ stallMs: durationMs(config.STALL_AFTER) }),
      ...(does('api') ? [settings] : []),
      ...(does('process') ? [progress, ...folds] : []),
      ...(does('api') ? [rows, api] : []),
      metrics,
      storage.wait,
      ...(does('process') ? [history] : []),
      ...(isShared
        ? [createWatermarkPublisher(instance, { ...withLog, door }), createSourceReportsPublisher(instance, { ...withLog, reports })]
        : []),
      ...sources.map(({ part }) => part),
      ...(demoPart ? [demoPart] : []),
      // The last to start is the first to stop: who sends requests learns it before anything ends.
      { name: 'readiness', start: async () => {}, stop: async () => void (stopping = true) },
    ],
    { clock, stopDeadlineMs: STOP_DEADLINE_MS },
  )
  await lifecycle.start().catch(async (error: unknown) => {
    await log.close()
    throw error
  })
  const addressFile = join(config.DATA_DIR, ADDRESS_FILE)
  if (does('api')) writeFileSync(addressFile, api.url)
  return {
    url: api.url,
    metricsUrl: metrics.url,
    signInUrl: () => (config.AUTH === 'none' ? api.url : `${api.url}/#code=${api.issueSignInCode()}`),
    async stop() {
      const problems = await lifecycle.stop()
      rmSync(addressFile, { force: true })
      return problems
    },
  }
}

function redactionOf({ REDACTION: mode, REDACTION_NAMES_FILE: file, LOG }: Config, base: Base): Redact {
  return createRedact({ mode, names: file === undefined ? undefined : readNames(file), isShared: LOG === 'kafka' }, base)
}

/** Where the settings are not followed (a process that only takes in) no queue comes before another. */
function isWatched(settings: SettingsStore, queueId: string | null): boolean {
  return settings
    .list('alert-rule')
    .some(({ value }) => value.enabled && (value.queues.length === 0 || (queueId !== null && value.queues.includes(queueId))))
}

/** Loaded only where it is asked for, by the variables that OpenTelemetry defines. */
async function createOtlp({ clock, telemetry }: Base): Promise<Component[]> {
  const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT']
  if (endpoint === undefined || endpoint === '') return []
  if (!URL.canParse(endpoint)) throw new CallboardError('SETTING_INVALID', `OTEL_EXPORTER_OTLP_ENDPOINT ${endpoint} is not an address`)
  const { createOtlpExporter } = await import('#api/otlp')
  const { OTEL_EXPORTER_OTLP_HEADERS: headers, OTEL_SERVICE_NAME: serviceName } = process.env
  return [createOtlpExporter({ endpoint, headers, serviceName, version: readVersion() }, { metrics: telemetry, clock, telemetry })]
}

/** Not required: what is shown goes on while nothing more is taken in. */
function diskPart(dir: string): HealthPart {
  const reason = whyNoSpace(dir)
  return { name: 'disk', required: false, ok: reason === undefined, detail: reason && `nothing is taken in: ${reason}` }
}

function watermarksOf(known: ReadonlyMap<SourceKind, number>): { name: string; watermark: number | null }[] {
  return Object.entries(sourceNames).map(([kind, name]) => ({ name, watermark: known.get(kind as keyof typeof sourceNames) ?? null }))
}

/** The built pages: beside this file when it runs built, below dist/ when it runs from source. */
function findDashboard(): string | null {
  return (
    ['./dashboard/index.html', './dist/dashboard/index.html']
      .map((path) => fileURLToPath(new URL(path, import.meta.url)))
      .filter((path) => existsSync(path) && existsSync(join(path, '../assets')))
      .map((path) => join(path, '..'))[0] ?? null
  )
}
