import { headOf } from '#events/record'
import { topics } from '#events/topics'
import type { AlertRow, ContactRow, IntervalRow, Row, TurnRow } from '#contracts/rows'
import type { LogRecord } from '#log/port'
import type { TableName, TableRows } from '#storage/tables'

/** Rows for the analytics store, by table. */
export type TableBatch = { [T in TableName]: TableRows[T][] }

export function emptyBatch(): TableBatch {
  return { events_raw: [], contacts: [], intervals: [], segments: [], alerts: [] }
}

const decoder = new TextDecoder()

/** What one record of the log means for the store. A pure function: writing a range again changes nothing. */
export function addToBatch(batch: TableBatch, topic: string, record: LogRecord): void {
  if (topic === topics.agents || topic === topics.contacts) addEvent(batch, record)
  else if (topic === topics.rows) addRow(batch, record)
  else if (topic === topics.alerts && record.value !== null) batch.alerts.push(toAlertRecord(parse<AlertRow>(record), versionOf(record)))
}

/**
 * Version of a row: ingest time, then place in the partition. Grows with every change of a key, because a key stays in its
 * partition, and also over a new log beside an old store, because time goes on.
 */
export function versionOf(record: Pick<LogRecord, 'ingestTime' | 'offset'>): string {
  return ((BigInt(record.ingestTime) << 22n) | (BigInt(record.offset) & 0x3fffffn)).toString()
}

function addEvent(batch: TableBatch, record: LogRecord): void {
  const envelope = headOf(record)
  // Observations can be made again from their event.
  if (envelope.kind === 'observation') return
  batch.events_raw.push({
    kind: envelope.kind,
    id: envelope.id,
    key: envelope.key,
    event_time: envelope.eventTime,
    arrival_time: envelope.arrivalTime,
    ingest_time: record.ingestTime,
    source: envelope.source,
    payload: decoder.decode(record.value ?? new Uint8Array()),
    version: versionOf(record),
    is_deleted: 0,
  })
}

function addRow(batch: TableBatch, record: LogRecord): void {
  const version = versionOf(record)
  if (record.value === null) {
    // A row that was never true goes from the store too; one that only left memory stays.
    const { reason, row } = record.headers
    if (reason === 'corrected' && row !== undefined) addRemoval(batch, JSON.parse(row) as Row, version)
    return
  }
  const row = parse<Row>(record)
  if (row.kind === 'contact') batch.contacts.push(toContactRecord(row, version))
  else if (row.kind === 'interval') batch.intervals.push(toIntervalRecord(row, version))
  else if (row.kind === 'turn' && !row.partial) batch.segments.push(toSegmentRecord(row, version))
}

/** Of the rows that history keeps, only intervals are ever corrected away. */
function addRemoval(batch: TableBatch, row: Row, version: string): void {
  if (row.kind === 'interval') batch.intervals.push({ ...toIntervalRecord(row, version), is_deleted: 1 })
}

function toContactRecord(row: ContactRow, version: string): TableRows['contacts'] {
  return {
    contact_id: row.id,
    instance_id: row.instanceId ?? '',
    channel: row.channel ?? '',
    initiation_method: row.initiationMethod ?? '',
    initial_contact_id: row.initialContactId ?? '',
    previous_contact_id: row.previousContactId ?? '',
    has_next: row.nextContactIds.length > 0 ? 1 : 0,
    queue_id: row.queue?.id ?? '',
    queue_name: row.queue?.name ?? '',
    agent_id: row.agentId ?? '',
    state: row.state,
    outcome: row.outcome ?? '',
    basis: row.basis,
    initiated_at: row.initiatedAt,
    connected_to_system_at: row.connectedToSystemAt,
    enqueued_at: row.enqueuedAt,
    connected_at: row.connectedAt,
    left_queue_at: row.leftQueueAt,
    transferred_at: row.transferredAt,
    disconnected_at: row.disconnectedAt,
    ended_at: row.endedAt,
    disconnect_reason: row.disconnectReason ?? '',
    queue_seconds: row.queueSeconds,
    interaction_seconds: row.interactionSeconds,
    hold_seconds: row.holdSeconds,
    acw_seconds: row.acwSeconds,
    pause_seconds: row.pauseSeconds,
    hold_count: row.holdCount,
    handle_seconds: row.handleSeconds,
    audio_started_at: row.audioStartedAt,
    customer_score: row.sentiment.customer?.score ?? null,
    agent_score: row.sentiment.agent?.score ?? null,
    turn_count: row.turnCount,
    categories: row.categories,
    first_event_at: row.firstEventAt,
    last_event_at: row.lastEventAt,
    record_updated_at: row.recordUpdatedAt,
    backfill: row.backfill ? 1 : 0,
    version,
    is_deleted: 0,
  }
}

function toIntervalRecord(row: IntervalRow, version: string): TableRows['intervals'] {
  return {
    agent_id: row.agentId,
    instance_id: row.instanceId,
    of: row.of,
    contact_id: row.contactId ?? '',
    name: row.name,
    status_type: row.statusType ?? '',
    channel: row.channel ?? '',
    initiation_method: row.initiationMethod ?? '',
    queue_id: row.queueId ?? '',
    start: row.start,
    end: row.end,
    estimated: row.estimated ? 1 : 0,
    version,
    is_deleted: 0,
  }
}

function toSegmentRecord(row: TurnRow, version: string): TableRows['segments'] {
  return {
    contact_id: row.contactId,
    turn_id: row.turnId,
    output_type: row.outputType,
    participant_role: row.participantRole,
    participant_id: row.participantId ?? '',
    text: row.text,
    sentiment: row.sentiment ?? '',
    begin_offset_ms: row.beginOffsetMs,
    end_offset_ms: row.endOffsetMs,
    said_at: row.saidAt,
    edition: row.edition ?? 0,
    version,
    is_deleted: 0,
  }
}

function toAlertRecord(row: AlertRow, version: string): TableRows['alerts'] {
  return {
    alert_id: row.id,
    rule_id: row.ruleId,
    rule_name: row.ruleName,
    rule_version: row.ruleVersion,
    severity: row.severity,
    entity_type: row.entity.type,
    entity_id: row.entity.id,
    state: row.state,
    since: row.since,
    raised_at: row.raisedAt,
    queue_id: row.queue?.id ?? '',
    agent_id: row.agentId ?? '',
    hits: JSON.stringify(row.hits),
    history: JSON.stringify(row.history),
    version,
    is_deleted: 0,
  }
}

function parse<T>(record: LogRecord): T {
  return JSON.parse(decoder.decode(record.value ?? new Uint8Array())) as T
}
