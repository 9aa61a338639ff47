/**
 * The whole of Callboard in one process: the only place that says which implementation each port gets, and in which order the
 * parts start. Events come in through `ingest/door.ts`, are folded by `processors/runner/lane.ts`, and leave through `api/server.ts`.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock, type Clock } from '#kernel/clock'
import { createLifecycle } from '#kernel/lifecycle'
import { ownDataDir } from '#kernel/node/data-dir'
import { createTelemetry, type MetricsRegistry, type Telemetry } from '#kernel/telemetry'
import { topicSpecs } from '#events/topics'
import { createMetricsServer } from '#api/metrics-server'
import { createRowsView } from '#api/rows-view'
import { createApiServer } from '#api/server'
import { createSettingsStore } from '#api/settings-store'
import { createCheckpoints } from '#ingest/checkpoints'
import { createIngestDoor, type IngestDoor } from '#ingest/door'
import { createEventsRoute } from '#ingest/http'
import { createKinesisSource } from '#ingest/kinesis/source'
import { openLmdbLog } from '#log/lmdb/log'
import type { EventLog } from '#log/port'
import { agentsFold } from '#processors/agents/fold'
import { alertsFold } from '#processors/alerts/fold'
import { contactsFold } from '#processors/contacts/fold'
import { createDeliveriesLane } from '#processors/deliveries/lane'
import { createHistoryLane } from '#processors/history/lane'
import { createFoldLane } from '#processors/runner/lane'
import { profileList } from '#simulator/start'
import { migrate } from '#storage/migrate'
import { isDemo, type Config } from './config.ts'
import { createDemoSwitch, type DemoSwitch } from './demo-switch.ts'
import { createDemoPart, firstProfile, rememberProfile, renewDemoFolder } from './demo.ts'
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
      return startParts({ ...config, ...ports }, base, { ...playing, profile: () => profile })
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

/** `demo`: what is played, and how another profile is asked for; undefined where real sources bring the data. */
async function startParts(
  config: Config,
  base: Base,
  demo?: Pick<DemoSwitch<Started>, 'profile' | 'changingTo' | 'change'>,
): Promise<Started> {
  const { clock, telemetry } = base
  const dataDir = demo ? join(config.DATA_DIR, 'demo') : config.DATA_DIR
  if (demo) await renewDemoFolder(dataDir, { partitionCount: config.PARTITIONS, clock })
  const log = await openLmdbLog({ dir: join(dataDir, 'log'), topics: topicSpecs, partitionCount: config.PARTITIONS, ...base })
  const withLog = { ...base, log }

  const { store, engine } = createStore(config, dataDir, base)
  const settings = createSettingsStore(withLog)
  const rows = createRowsView(withLog)
  const door = createIngestDoor(withLog)
  const sources = createSources(config, door, withLog)
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
      plugins: [createEventsRoute({ door, clock })],
      sources: () => watermarksOf(door),
      parts: () => [
        { name: 'analytics store', required: false, ...engine.health() },
        ...sources.map((source) => ({ name: source.name, required: false, ...source.health() })),
      ],
      demo: demo && demoPart && { ...demo, profiles: profileList, preparing: demoPart.isPreparing, history: demoPart.history },
    },
  )
  const metrics = createMetricsServer({ host: '127.0.0.1', port: config.METRICS_PORT }, { render: telemetry.render })

  const lifecycle = createLifecycle(
    [
      { name: 'log', start: async () => {}, stop: () => log.close() },
      engine,
      {
        name: 'migrations',
        start: async () => void (await migrate(store, { database: config.CLICKHOUSE_DATABASE, telemetry })),
        stop: () => store.close(),
      },
      settings,
      ...[agentsFold, contactsFold, alertsFold].map((fold) => createFoldLane(fold, { ...withLog, marksDir: join(dataDir, 'folding') })),
      createHistoryLane({ ...withLog, store }),
      createDeliveriesLane({ ...withLog, allow: config.WEBHOOK_ALLOW, ...(demo ? { ignoreBefore: clock.now() } : {}) }),
      rows,
      api,
      metrics,
      ...sources,
      ...(demoPart ? [demoPart] : []),
    ],
    { clock, stopDeadlineMs: STOP_DEADLINE_MS },
  )
  await lifecycle.start().catch(async (error: unknown) => {
    await log.close()
    throw error
  })
  const addressFile = join(config.DATA_DIR, ADDRESS_FILE)
  writeFileSync(addressFile, api.url)
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

function createSources(
  config: Config,
  door: IngestDoor,
  base: { log: EventLog; clock: Clock; telemetry: Telemetry },
): ReturnType<typeof createKinesisSource>[] {
  const checkpoints = createCheckpoints(base.log)
  return config.SOURCES.flatMap((source) =>
    source.type === 'kinesis' ? [createKinesisSource(source, { ...base, door, checkpoints })] : [],
  )
}

function watermarksOf(door: IngestDoor): { name: string; watermark: number | null }[] {
  const known = door.watermarks()
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

export function readVersion(): string {
  const file = ['./package.json', '../package.json'].map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url))
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : '0.0.0'
}
