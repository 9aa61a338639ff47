/** Chooses the analytics store: a ClickHouse server where one is configured, else the embedded engine. Same client, same SQL. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import { createClickHouseStore } from '#storage/clickhouse'
import { createEmbeddedStore } from '#storage/embedded/supervisor'
import type { AnalyticsStore } from '#storage/port'
import { checkServerVersion } from '#storage/version'
import type { Config } from './config.ts'

export interface StorePart extends Component {
  /** For the health page. */
  health(): { ok: boolean; detail: string }
}

const PING_EVERY_MS = 10_000

export function createStore(
  config: Config,
  dataDir: string,
  deps: { clock: Clock; telemetry: Telemetry },
): { store: AnalyticsStore; engine: StorePart } {
  const database = config.CLICKHOUSE_DATABASE
  if (config.STORE === 'clickhouse') {
    const password =
      config.CLICKHOUSE_PASSWORD_FILE === undefined ? {} : { password: readFileSync(config.CLICKHOUSE_PASSWORD_FILE, 'utf8').trim() }
    const username = config.CLICKHOUSE_USER === undefined ? {} : { username: config.CLICKHOUSE_USER }
    const store = createClickHouseStore({
      url: config.CLICKHOUSE_URL!,
      database,
      ...username,
      ...password,
      telemetry: deps.telemetry,
      isCluster: config.CLICKHOUSE_CLUSTER !== undefined,
    })
    return { store, engine: watchServer(store, deps.clock) }
  }
  const embedded = createEmbeddedStore({ dataDir: join(dataDir, 'clickhouse'), ...deps })
  const store = createClickHouseStore({ url: () => embedded.url, headers: embedded.headers, database, telemetry: deps.telemetry })
  const health = () => {
    const { state, restarts } = embedded.health()
    return { ok: state === 'running', detail: `embedded engine ${state}, ${restarts} restarts` }
  }
  return { store, engine: { name: 'embedded ClickHouse', start: () => embedded.start(), stop: () => embedded.stop(), health } }
}

/** A server is not ours to start; it is asked now and then whether it is there. */
function watchServer(store: AnalyticsStore, clock: Clock): StorePart {
  let state = { ok: false, detail: 'not asked yet' }
  let cancel: (() => void) | undefined
  const ask = async (): Promise<void> => {
    state = await store.ping().then(
      () => ({ ok: true, detail: 'answers' }),
      (error: unknown) => ({ ok: false, detail: messageOf(error) }),
    )
    cancel = clock.after(PING_EVERY_MS, () => void ask())
  }
  return {
    name: 'ClickHouse server',
    async start() {
      await store.ping()
      await checkServerVersion(store)
      await ask()
    },
    stop: async () => cancel?.(),
    health: () => state,
  }
}
