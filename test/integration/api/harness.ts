import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { io, type Socket } from 'socket.io-client'
import { createKey } from '#api/auth/keys'
import { apiConfigSchema, type ApiConfig } from '#api/config'
import { createRowsView, type RowsView } from '#api/rows-view'
import { createApiServer, type ApiDeps, type ApiServer } from '#api/server'
import { createSettingsStore, type SettingsStore } from '#api/settings-store'
import {
  LIVE_NAMESPACE,
  type ClientToServer,
  type LiveQuery,
  type ServerToClient,
  type Snapshot,
  type SubscribeAnswer,
} from '#contracts/live'
import type { Problem } from '#contracts/public'
import { rowIds, type AgentRow, type AlertRow, type ContactRow, type TurnRow } from '#contracts/rows'
import type { Scope } from '#contracts/session'
import { topics, topicSpecs } from '#events/topics'
import { systemClock, type Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { partitionOf } from '#kernel/partition'
import { createTelemetry, type MetricsRegistry } from '#kernel/telemetry'
import { createMemoryLog } from '#log/memory'
import type { EventLog } from '#log/port'
import type { AnalyticsStore } from '#storage/port'
import { eventually } from '../../helpers/eventually.ts'

export type Client = Socket<ServerToClient, ClientToServer>

export interface Harness {
  log: EventLog
  server: ApiServer
  settings: SettingsStore
  rows: RowsView
  telemetry: MetricsRegistry
  lines: { level: string; event: string; fields: Record<string, unknown> | undefined }[]
  config: ApiConfig
  key(scopes: Scope[], expiresAt?: number | null): Promise<string>
  put(...rows: (AgentRow | ContactRow | TurnRow)[]): Promise<void>
  remove(rowId: string): Promise<void>
  putAlert(row: AlertRow): Promise<void>
  /** A socket that is connected, or rejects with the server's reason. */
  connect(auth: { token?: unknown } | { cookie: string }, origin?: string): Promise<Client>
  close(): Promise<void>
}

const storeThatIsDown: AnalyticsStore = {
  insert: () => Promise.reject(down()),
  query: () => Promise.reject(down()),
  command: () => Promise.reject(down()),
  ping: () => Promise.reject(down()),
  close: () => Promise.resolve(),
}
const down = (): CallboardError => new CallboardError('STORE_UNAVAILABLE', 'the store is down', { retryable: true })

/** A whole API on a free port over a log in memory. */
export async function startApi(
  options: { clock?: Clock; config?: Partial<ApiConfig>; deps?: Partial<ApiDeps>; log?: EventLog } = {},
): Promise<Harness> {
  const clock = options.clock ?? systemClock
  const log = options.log ?? createMemoryLog({ topics: topicSpecs, partitionCount: 4, clock })
  const lines: Harness['lines'] = []
  const telemetry = createTelemetry((level, event, fields) => void lines.push({ level, event, fields }))
  const dataDir = mkdtempSync(join(tmpdir(), 'callboard-api-'))
  const config = apiConfigSchema.parse({ port: 0, dataDir, version: '0.0.0-test', ...options.config })
  const settings = createSettingsStore({ log, clock, telemetry })
  const rows = createRowsView({ log, clock, telemetry })
  const server = createApiServer(config, {
    log,
    clock,
    telemetry,
    settings,
    rows,
    store: storeThatIsDown,
    plugins: [],
    sources: () => [],
    parts: () => [],
    ...options.deps,
  })
  await settings.start()
  await rows.start()
  await server.start()
  await Promise.all([settings.whenReady(), rows.whenReady()])
  const writeRows = await createRowWriter(log)
  const clients: Client[] = []
  return {
    log,
    server,
    settings,
    rows,
    telemetry,
    lines,
    config,
    async key(scopes, expiresAt = null) {
      const { id, key, hash } = createKey()
      await settings.put('key', id, { name: scopes.join('+'), scopes, hash, createdAt: clock.now(), expiresAt })
      return key
    },
    async put(...given) {
      await writeRows(given.map((row) => ({ id: idOf(row), row })))
    },
    remove: (rowId) => writeRows([{ id: rowId, row: null }]),
    async putAlert(row) {
      await log.append(topics.alerts, [
        { key: rowIds.alert(row.entity.id, row.id, 1), value: Buffer.from(JSON.stringify(row)), headers: {} },
      ])
    },
    async connect(auth, origin = server.url) {
      const isCookie = 'cookie' in auth
      const client: Client = io(`${server.url}${LIVE_NAMESPACE}`, {
        transports: ['websocket'],
        forceNew: true,
        reconnection: false,
        ...(isCookie ? {} : { auth }),
        extraHeaders: { ...(origin === '' ? {} : { origin }), ...(isCookie ? { cookie: auth.cookie } : {}) },
      })
      clients.push(client)
      await new Promise<void>((resolve, reject) => {
        client.once('connect', resolve)
        client.once('connect_error', reject)
      })
      return client
    },
    async close() {
      for (const client of clients) client.disconnect()
      await server.stop()
      await rows.stop()
      await settings.stop()
      await log.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function idOf(row: AgentRow | ContactRow | TurnRow): string {
  if (row.kind === 'agent') return rowIds.agent(row.id)
  return row.kind === 'contact' ? rowIds.contact(row.id) : rowIds.turn(row)
}

/** Writes as the folds do: rows are outputs of a commit, in the partition of their entity. */
async function createRowWriter(log: EventLog): Promise<(rows: { id: string; row: object | null }[]) => Promise<void>> {
  const owned = new Set<number>()
  const lane = await log.openLane(
    { name: 'test-rows', inputs: [topics.contacts] },
    { assigned: async (partition) => void owned.add(partition), revoked: async () => undefined },
  )
  await eventually(() => owned.size === log.partitionCount)
  return async (rows) => {
    for (let partition = 0; partition < log.partitionCount; partition++) {
      const mine = rows.filter(({ id }) => partitionOf(id.split('/')[1]!, log.partitionCount) === partition)
      const outputs = mine.map(({ id, row }) => ({
        topic: topics.rows,
        key: id,
        value: row && Buffer.from(JSON.stringify(row)),
        headers: {},
      }))
      if (outputs.length > 0) await lane.commit({ partition, outputs, positions: [] })
    }
  }
}

export function subscribe(client: Client, query: LiveQuery): Promise<Snapshot> {
  return ask(client, { query }).then((answer) => {
    if ('error' in answer) throw Object.assign(new Error(answer.error.detail), answer.error)
    return answer
  })
}

export function ask(client: Client, request: unknown): Promise<SubscribeAnswer> {
  return new Promise((resolve) => client.emit('subscribe', request as Parameters<ClientToServer['subscribe']>[0], resolve))
}

export async function call(
  server: ApiServer,
  method: string,
  path: string,
  options: { key?: string; body?: unknown; raw?: string | Buffer; headers?: Record<string, string> } = {},
) {
  const { key, body, raw, headers = {} } = options
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(raw === undefined ? (body === undefined ? {} : { body: JSON.stringify(body) }) : { body: raw }),
  })
  const text = await response.text()
  const type = response.headers.get('content-type') ?? ''
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (type.includes('json') && text !== '' ? JSON.parse(text) : undefined) as never,
    type,
  }
}

export function problemOf(answer: { json: unknown; type: string }): Problem {
  if (!answer.type.startsWith('application/problem+json'))
    throw new Error(`no problem document but ${answer.type}: ${JSON.stringify(answer.json)}`)
  return answer.json as Problem
}
