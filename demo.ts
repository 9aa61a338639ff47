/** The demo contact centre: plays the simulator into the same door that real sources use. Its data folder is renewed at each start. */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import type { Component } from '#kernel/lifecycle'
import type { Telemetry } from '#kernel/telemetry'
import { topics, topicSpecs } from '#events/topics'
import type { SettingsStore } from '#api/settings-store'
import type { DemoHistory, DemoProfile } from '#contracts/demo'
import { startOfBusinessDay } from '#contracts/metrics/window'
import type { AlertRule } from '#contracts/settings'
import type { IngestDoor } from '#ingest/door'
import { openLmdbLog } from '#log/lmdb/log'
import type { Entry } from '#log/port'
import { playHistory } from '#simulator/history'
import { createDemoSource } from '#simulator/source'
import { profileList } from '#simulator/start'
import type { DemoEvent } from '#simulator/demo'

const SEED = 20_261
/** How much is played in full before the board is shown: time to sign in, and to set the stage of the story. */
const PAST_MS = 10 * 60_000
const PAST_BATCH = 100
const DAY_MS = 24 * 3_600_000
const HALF_DAY_MS = DAY_MS / 2
const DEFAULT_PROFILE = 'omnichannel'
/** Beside the folder of the demo's data, which is renewed at each start. */
const PROFILE_FILE = 'demo-profile'

interface Calendar {
  timeZone: string
  /** HH:MM */
  businessDayStart: string
}

export interface DemoPartConfig extends Calendar {
  profile: string
}

export interface DemoDeps {
  door: IngestDoor
  settings: SettingsStore
  clock: Clock
  telemetry: Telemetry
}

/**
 * A demo that stops leaves callers waiting for ever, so each start begins with an empty centre. What a person set up in it (rules,
 * webhooks, keys) is carried over.
 */
export async function renewDemoFolder(dir: string, options: { partitionCount: number; clock: Clock }): Promise<void> {
  const kept = existsSync(join(dir, 'log')) ? await readSettings(join(dir, 'log'), options) : []
  // Built beside the old one and put in its place by a rename, so that a start that fails loses nothing.
  const fresh = `${dir}.new`
  rmSync(fresh, { recursive: true, force: true })
  const log = await openLmdbLog({ dir: join(fresh, 'log'), topics: topicSpecs, ...options })
  if (kept.length > 0) await log.append(topics.settings, kept)
  await log.close()
  rmSync(dir, { recursive: true, force: true })
  renameSync(fresh, dir)
}

async function readSettings(dir: string, options: { partitionCount: number; clock: Clock }): Promise<Entry[]> {
  const log = await openLmdbLog({ dir, topics: topicSpecs, ...options })
  const kept: Entry[] = []
  for (let partition = 0; partition < log.partitionCount; partition++) {
    for (const { key, value, headers } of log.table(topics.settings, partition).scan('')) kept.push({ key, value, headers })
  }
  await log.close()
  return kept
}

const exampleRule: AlertRule = {
  name: 'Customer wants to cancel',
  enabled: true,
  severity: 'critical',
  condition: { type: 'phrase', phrases: ['cancel everything', 'cancel my', 'cancelar'], speaker: 'customer' },
  queues: [],
}

/** Which profile the demo opens with: the one asked for, else the one played last in this data folder. */
export function firstProfile(dataDir: string, asked: string | undefined): DemoProfile {
  const name = asked ?? rememberedProfile(dataDir)
  return profileList.find((profile) => profile.name === name) ?? profileList.find((profile) => profile.name === DEFAULT_PROFILE)!
}

function rememberedProfile(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, PROFILE_FILE), 'utf8').trim()
  } catch {
    return undefined
  }
}

export function rememberProfile(dataDir: string, { name }: DemoProfile): void {
  writeFileSync(join(dataDir, PROFILE_FILE), `${name}\n`)
}

export interface DemoPart extends Component {
  /** Until the last minutes have been played, figures and ages are not of now. */
  isPreparing(): boolean
  history(): DemoHistory
}

/**
 * Live first: the last minutes are played in full at full speed, then everything as it happens. Behind that, the records of today and
 * of the same weekday last week come in as a backfill would bring them.
 */
export function createDemoPart(config: DemoPartConfig, deps: DemoDeps): DemoPart {
  const { door, settings, clock, telemetry } = deps
  const startAt = clock.now() - PAST_MS
  // Another seed for another profile, so that none repeats the contacts of one before it.
  const centre = { profile: config.profile, seed: SEED + profileList.findIndex(({ name }) => name === config.profile) }
  const source = createDemoSource(
    // Small batches: what is answered meanwhile must not wait.
    { ...centre, startAt, batchSize: PAST_BATCH },
    {
      clock,
      telemetry,
      emit: async (batch) =>
        void (await Promise.all(
          batch.map(({ kind, payload, at }) =>
            door.take([{ value: payload }], { source: 'demo', origin: `demo:${at}`, kind, arrivalTime: at }),
          ),
        )),
    },
  )
  const stopping = new AbortController()
  let history: DemoHistory = 'loading'
  let loading: Promise<void> | undefined

  const load = async (): Promise<void> => {
    await Promise.race([source.whenLive(), aborted(stopping.signal)])
    const startedAt = performance.now()
    const takeRecords = async (batch: readonly DemoEvent[]): Promise<void> => {
      const elements = batch.map(({ payload }) => ({ value: payload }))
      await door.take(elements, { source: 'demo', origin: 'demo:history', kind: 'contact-record', arrivalTime: clock.now() })
    }
    const counts: number[] = []
    for (const hours of historyHours(startAt, config))
      counts.push(await playHistory({ ...centre, ...hours }, { clock, telemetry, emit: takeRecords }, stopping.signal))
    if (stopping.signal.aborted) return
    history = 'done'
    const [today, lastWeek] = counts
    const ms = Math.round(performance.now() - startedAt)
    telemetry.gauge('demo_history_load_ms', {}, ms)
    telemetry.log('info', 'demo_history_done', { today, lastWeek, ms })
  }

  return {
    name: 'demo contact centre',
    isPreparing: () => source.phase() === 'past',
    history: () => history,
    async start() {
      if (settings.list('alert-rule').length === 0) await settings.put('alert-rule', 'demo-cancellation', exampleRule)
      await source.start()
      loading ??= load().catch((error: unknown) => {
        history = 'failed'
        telemetry.log('error', 'demo_history_failed', { message: messageOf(error) })
      })
    },
    async stop() {
      stopping.abort()
      await source.stop()
      await loading
    },
  }
}

/** What happened before the live run began: the business day up to there, and the whole of the same weekday last week. */
export function historyHours(liveFrom: number, { timeZone, businessDayStart }: Calendar): { startAt: number; until: number }[] {
  const dayAt = (time: number): number => startOfBusinessDay(time, timeZone, businessDayStart)
  const today = dayAt(liveFrom)
  // Half a day on, so that neither a clock that was changed in between nor a day of 23 or 25 hours leads to the day beside.
  const lastWeek = dayAt(today + HALF_DAY_MS - 7 * DAY_MS)
  return [
    { startAt: today, until: liveFrom },
    { startAt: lastWeek, until: dayAt(lastWeek + HALF_DAY_MS + DAY_MS) },
  ]
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
