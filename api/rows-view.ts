import { createMetricsFold, type MetricsFold } from '#contracts/metrics/fold'
import { rowIds, type AgentRow, type AlertRow, type ContactRow, type TurnRow } from '#contracts/rows'
import { fromDirectoryRecord } from '#events/directory'
import { topics } from '#events/topics'
import { partitionOf } from '#kernel/partition'
import type { Component } from '#kernel/lifecycle'
import type { LogRecord } from '#log/port'
import { createChangeSet, isEmpty, type Change, type ChangeSet } from './row-changes.ts'
import { partsOf, readRow } from './row-records.ts'
import { createNames, type Names } from './names.ts'
import { agentName } from './present.ts'
import { createTopicFollower, type TopicFollowerDeps } from './topic-follower.ts'

/** Alerts kept for lists and boards; older ones are in the store. */
const MAX_ALERTS = 10_000
/** Aggregates go back this far (the longest window is a business day of 25 h). */
const MINUTES_KEPT_MS = 48 * 3_600_000
const DROP_EVERY_MS = 10 * 60_000

/** The rows of now, in memory, kept current from the log, with the aggregates folded from them. */
export interface RowsView extends Component {
  readonly agents: ReadonlyMap<string, AgentRow>
  readonly contacts: ReadonlyMap<string, ContactRow>
  /** Those of `contacts` that wait in a queue. */
  readonly waiting: ReadonlyMap<string, ContactRow>
  /** Oldest first. */
  readonly alerts: ReadonlyMap<string, AlertRow>
  readonly metrics: MetricsFold
  readonly names: Names
  /** True when every row that was in the log at start has been applied. */
  ready(): boolean
  whenReady(): Promise<void>
  /** Epoch ms: ingest time of the newest applied row; the start of this view as long as there is none. */
  asOf(): number
  /** Turns of one contact as they are now, read from the log's table; not in order of time. */
  turnsOf(contactId: string): TurnRow[]
  turn(contactId: string, turnId: string, outputType: TurnRow['outputType']): TurnRow | undefined
  /** Called after each applied batch, once the view is ready. */
  onChange(listener: (changes: ChangeSet) => void): () => void
}

export function createRowsView(deps: TopicFollowerDeps): RowsView {
  const { log, clock, telemetry } = deps
  const agents = new Map<string, AgentRow>()
  const contacts = new Map<string, ContactRow>()
  const waiting = new Map<string, ContactRow>()
  const alerts = new Map<string, AlertRow>()
  /** A tombstone has only the record's key. */
  const alertIds = new Map<string, string>()
  const metrics = createMetricsFold()
  const names = createNames()
  const listeners = new Set<(changes: ChangeSet) => void>()
  let asOf = clock.now()
  let applied = false
  let cancelDrop: (() => void) | undefined

  const applyRow = (record: LogRecord, changes: ChangeSet): void => {
    const [kind, id = '', turnId = ''] = partsOf(record.key)
    if (kind === 'agent') {
      const row = readRow('agent', record, telemetry)
      const before = replace(agents, changes.agents, id, row)
      noteEvent('agent', before, row, changes)
      metrics.apply(before, row)
      if (row && (names.learnAgent(row) || !before || agentName(before) !== agentName(row))) changes.names = true
    } else if (kind === 'contact') {
      const row = readRow('contact', record, telemetry)
      const before = replace(contacts, changes.contacts, id, row)
      metrics.apply(before, row)
      if (!row?.backfill) noteEvent('contact', before, row, changes)
      if (row?.state === 'queued' && !row.backfill) waiting.set(id, row)
      else waiting.delete(id)
      if (row && !row.backfill && names.learnContact(row)) changes.names = true
    } else if (kind === 'turn') {
      const turns = changes.turns.get(id) ?? new Set<string>()
      changes.turns.set(id, turns.add(turnId))
    }
  }
  /** How long it took from the event to the row that boards are drawn from, once all that was there at start has been read. */
  const noteEvent = (
    kind: 'agent' | 'contact',
    before: { lastEventAt: number } | undefined,
    row: { lastEventAt: number } | undefined,
    changes: ChangeSet,
  ): void => {
    if (!row || !isReady() || row.lastEventAt <= (before?.lastEventAt ?? 0)) return
    changes.eventAt = Math.min(changes.eventAt, row.lastEventAt)
    telemetry.observe('event_to_row_ms', { kind }, Math.max(0, clock.now() - row.lastEventAt))
  }
  const applyAlert = (record: LogRecord, changes: ChangeSet): void => {
    const row = readRow('alert', record, telemetry)
    const id = row?.id ?? alertIds.get(record.key)
    if (id === undefined) return
    replace(alerts, changes.alerts, id, row)
    if (row) alertIds.set(record.key, id)
    else alertIds.delete(record.key)
    // Insertion order is order of arrival: the first is the oldest.
    if (alerts.size > MAX_ALERTS) for (const oldest of alerts.keys()) return void alerts.delete(oldest)
  }
  const applyWith = (applyOne: (record: LogRecord, changes: ChangeSet) => void) => (records: readonly LogRecord[]) => {
    const changes = createChangeSet()
    for (const record of records) {
      applyOne(record, changes)
      asOf = applied ? Math.max(asOf, record.ingestTime) : record.ingestTime
      applied = true
    }
    if (isReady() && !isEmpty(changes)) for (const listener of listeners) listener(changes)
  }
  const rows = createTopicFollower({ topic: topics.rows }, deps, applyWith(applyRow))
  const alertRows = createTopicFollower({ topic: topics.alerts }, deps, applyWith(applyAlert))
  const directory = createTopicFollower({ topic: topics.directory }, deps, (records) => {
    const changes = createChangeSet()
    for (const record of records) {
      const told = fromDirectoryRecord(record)
      if (!told) telemetry.count('api_rows_unreadable_total', { kind: 'directory' })
      else if ('name' in told ? names.learnEntry(told) : names.forgetEntry(told)) changes.names = true
    }
    if (isReady() && !isEmpty(changes)) for (const listener of listeners) listener(changes)
  })
  const followers = [rows, alertRows, directory]
  const isReady = (): boolean => followers.every((follower) => follower.caughtUp())

  const dropOldMinutes = (): void => {
    metrics.dropBefore(clock.now() - MINUTES_KEPT_MS)
    cancelDrop = clock.after(DROP_EVERY_MS, dropOldMinutes)
  }
  const tableOf = (contactId: string) => log.table(topics.rows, partitionOf(contactId, log.partitionCount))

  return {
    name: 'rows view',
    agents,
    contacts,
    waiting,
    alerts,
    metrics,
    names,
    ready: isReady,
    whenReady: async () => void (await Promise.all(followers.map((follower) => follower.whenCaughtUp()))),
    asOf: () => asOf,
    turnsOf(contactId) {
      const records = [...tableOf(contactId).scan(rowIds.turnsOf(contactId))]
      return records.map((record) => readRow('turn', record, telemetry)).filter((row) => row !== undefined)
    },
    turn(contactId, turnId, outputType) {
      const record = tableOf(contactId).get(rowIds.turn({ contactId, turnId, outputType }))
      return record && readRow('turn', record, telemetry)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async start() {
      for (const follower of followers) await follower.start()
      cancelDrop = clock.after(DROP_EVERY_MS, dropOldMinutes)
    },
    async stop() {
      cancelDrop?.()
      await Promise.all(followers.map((follower) => follower.stop()))
    },
  }
}

/** Puts the new row in place of the old one, notes both, and returns the old one. */
function replace<R>(rows: Map<string, R>, changes: Map<string, Change<R>>, id: string, after: R | undefined): R | undefined {
  const before = rows.get(id)
  if (after) rows.set(id, after)
  else rows.delete(id)
  changes.set(id, { before: changes.has(id) ? changes.get(id)!.before : before, after })
  return before
}
