import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock'
import { readConfig } from '#config'
import { startCallboard } from '#main'
import { catalogue } from '#contracts/metrics/catalogue'
import { toBytes, toLines } from '#simulator/output/bytes'
import type { WireEvent, WireKind } from '#simulator/stream'
import { eventually } from '../helpers/eventually.ts'
import { caughtUp } from '../helpers/tables.ts'

/** A clock that stands still until it is moved; waiting happens in real time. */
export interface StandingClock extends Clock {
  set(now: number): void
}

function createStandingClock(startAt: number): StandingClock {
  let now = startAt
  return {
    now: () => now,
    after(delayMs, task) {
      const timer = setTimeout(task, delayMs)
      timer.unref()
      return () => clearTimeout(timer)
    },
    set: (at) => void (now = Math.max(now, at)),
  }
}

export const paths: Partial<Record<WireKind, string>> = {
  'agent-event': 'agent-events',
  'contact-event': 'contact-events',
  'contact-lens': 'contact-lens',
  'contact-record': 'contact-records',
}
/** Kinds that Callboard has no decoder for yet: their wire and truth exist, nothing is compared. */
export const pathOf = (kind: WireKind): string => paths[kind]!
export const isTaken = (kind: WireKind): boolean => paths[kind] !== undefined

export const windows = ['PT15M', 'PT1H', 'businessDay'] as const
export const THRESHOLD = 20

/** A metric as asked: `CONTACTS_QUEUED@PT15M`; figures of the moment have no window. */
export type Answers = Record<string, number | null>

export interface Callboard {
  dataDir: string
  clock: StandingClock
  /** Posts messages, one request for each stream, as its source would deliver them. */
  deliver(events: readonly WireEvent[]): Promise<{ accepted: number; duplicate: number; deadLettered: number }>
  /** Every metric, in total, by queue and by channel; the key is `all`, a queue id or a channel. */
  ask(): Promise<Map<string, Answers>>
  get<T>(path: string): Promise<T>
  post<T>(path: string, body: unknown): Promise<T>
  /** Resolves when every lane has read all it has. */
  settled(): Promise<void>
  /** Resolves when every row is folded. */
  folded(): Promise<void>
  stop(): Promise<void>
  remove(): void
}

/** The whole of Callboard in this process: real log, real store, real HTTP; only the time is ours. */
export async function openCallboard(startAt: number): Promise<Callboard> {
  const dataDir = mkdtempSync(join(tmpdir(), 'callboard-truth-'))
  const clock = createStandingClock(startAt)
  const problems: string[] = []
  const config = readConfig({
    CALLBOARD_DATA_DIR: dataDir,
    CALLBOARD_HTTP_PORT: '0',
    CALLBOARD_METRICS_PORT: '0',
    CALLBOARD_DEMO: 'off',
    CALLBOARD_AUTH: 'none',
  })
  const server = await startCallboard(config, {
    clock,
    log: (level, event, fields) => void (level === 'error' && problems.push(`${event} ${JSON.stringify(fields)}`)),
  })
  const call = async <T>(method: string, path: string, body?: string | Buffer<ArrayBuffer>, type = 'application/json'): Promise<T> => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      ...(body === undefined ? {} : { body, headers: { 'content-type': type } }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    if (problems.length > 0) throw new Error(problems.join('\n'))
    return JSON.parse(text) as T
  }
  const post = <T>(path: string, body: unknown): Promise<T> => call('POST', path, JSON.stringify(body))
  return {
    dataDir,
    clock,
    get: (path) => call('GET', path),
    post,
    async deliver(events) {
      const total = { accepted: 0, duplicate: 0, deadLettered: 0 }
      for (const [kind, path] of Object.entries(paths)) {
        const lines = events.filter((event) => event.kind === kind).map(toBytes)
        for (let i = 0; i < lines.length; i += 500) {
          const answer = await call<typeof total>(
            'POST',
            `/api/v1/events/${path}`,
            toLines(lines.slice(i, i + 500)),
            'application/x-ndjson',
          )
          total.accepted += answer.accepted
          total.duplicate += answer.duplicate
          total.deadLettered += answer.deadLettered
        }
      }
      return total
    },
    ask: () => askFigures(post),
    settled: () => caughtUp(server.metricsUrl),
    async folded() {
      let calm = 0
      await eventually(async () => {
        const text = await (await fetch(`${server.metricsUrl}/metrics`)).text()
        const behind = [...text.matchAll(/^lane_behind_records\{lane="(?:agents|contacts)".*\} (\d+)$/gm)]
        calm = behind.length > 0 && behind.every((m) => m[1] === '0') ? calm + 1 : 0
        return calm === 3
      }, 'rows are folded')
    },
    async stop() {
      const told = await server.stop()
      if (told.length > 0) throw new Error(told.join('\n'))
    },
    remove: () => rmSync(dataDir, { recursive: true, force: true }),
  }
}

/** Every metric of the catalogue as the API tells it now, in total, by queue and by channel. */
export async function askFigures(post: <T>(path: string, body: unknown) => Promise<T>): Promise<Map<string, Answers>> {
  type Results = {
    results: { dimensions: Record<string, string>; collections: { metric: string; window: string; value: number | null }[] }[]
  }
  const metrics = catalogue.flatMap(({ id, kind, threshold }) => {
    const asked = { name: id, ...(threshold ? { threshold: THRESHOLD } : {}) }
    return kind === 'now' ? [asked] : windows.map((window) => ({ ...asked, window }))
  })
  const found = new Map<string, Answers>()
  for (const groupings of [[], ['QUEUE'], ['CHANNEL']]) {
    const { results } = await post<Results>('/api/v1/metrics/current', { groupings, metrics })
    for (const { dimensions, collections } of results) {
      const answers = Object.fromEntries(
        collections.map(({ metric, window, value }) => [window === 'now' ? metric : `${metric}@${window}`, value] as const),
      )
      found.set(Object.values(dimensions)[0] ?? 'all', answers)
    }
  }
  return found
}
