/**
 * The tables as TypeScript sees them: one type per row, one list of columns per table. The keys are the column names, so a row
 * is sent as it is. Times are epoch milliseconds (DateTime64(3, 'UTC') reads integers as such), durations seconds.
 */

/** Every row says which version of its key it is (decimal string of a UInt64, greatest wins) and whether that version removes the key. */
export interface Versioned {
  version: string
  is_deleted: 0 | 1
}

/** One event as kept. Its identity is (kind, id); taken in twice it is one row. */
export interface EventRecord extends Versioned {
  kind: string
  id: string
  key: string
  event_time: number
  arrival_time: number
  ingest_time: number
  source: string
  payload: string
}

export interface ContactRecord extends Versioned {
  contact_id: string
  instance_id: string
  channel: string
  initiation_method: string
  initial_contact_id: string
  previous_contact_id: string
  has_next: 0 | 1
  queue_id: string
  queue_name: string
  agent_id: string
  state: string
  outcome: string
  basis: string
  initiated_at: number | null
  connected_to_system_at: number | null
  enqueued_at: number | null
  connected_at: number | null
  left_queue_at: number | null
  transferred_at: number | null
  disconnected_at: number | null
  ended_at: number | null
  disconnect_reason: string
  queue_seconds: number | null
  interaction_seconds: number | null
  hold_seconds: number | null
  acw_seconds: number | null
  pause_seconds: number | null
  hold_count: number | null
  handle_seconds: number | null
  audio_started_at: number | null
  customer_score: number | null
  agent_score: number | null
  turn_count: number
  categories: readonly string[]
  first_event_at: number
  last_event_at: number
  record_updated_at: number | null
  backfill: 0 | 1
}

/** A stretch of an agent's time; the key is (agent_id, start, of, contact_id, name). */
export interface IntervalRecord extends Versioned {
  agent_id: string
  instance_id: string
  of: string
  contact_id: string
  name: string
  status_type: string
  channel: string
  initiation_method: string
  queue_id: string
  start: number
  end: number | null
  estimated: 0 | 1
}

/** One final turn; the key is (contact_id, turn_id, output_type). Offsets are milliseconds into the contact. */
export interface SegmentRecord extends Versioned {
  contact_id: string
  turn_id: string
  output_type: string
  participant_role: string
  participant_id: string
  text: string
  sentiment: string
  begin_offset_ms: number | null
  end_offset_ms: number | null
  said_at: number | null
  /** 0: live; otherwise of a post-contact file. Of a contact's turns only those of the greatest edition count. */
  edition: number
}

export interface AlertRecord extends Versioned {
  alert_id: string
  rule_id: string
  rule_name: string
  rule_version: number
  severity: string
  entity_type: string
  entity_id: string
  state: string
  since: number
  raised_at: number
  queue_id: string
  agent_id: string
  /** JSON. */
  hits: string
  /** JSON. */
  history: string
}

export interface TableRows {
  events_raw: EventRecord
  contacts: ContactRecord
  intervals: IntervalRecord
  segments: SegmentRecord
  alerts: AlertRecord
}
export type TableName = keyof TableRows

/** An array of `T`'s keys that does not compile when one is missing. */
const allOf =
  <T>() =>
  <K extends readonly (keyof T & string)[]>(...columns: [keyof T] extends [K[number]] ? K : never): K =>
    columns

export const tableColumns = {
  events_raw: allOf<EventRecord>()(
    'kind',
    'id',
    'key',
    'event_time',
    'arrival_time',
    'ingest_time',
    'source',
    'payload',
    'version',
    'is_deleted',
  ),
  contacts: allOf<ContactRecord>()(
    'contact_id',
    'instance_id',
    'channel',
    'initiation_method',
    'initial_contact_id',
    'previous_contact_id',
    'has_next',
    'queue_id',
    'queue_name',
    'agent_id',
    'state',
    'outcome',
    'basis',
    'initiated_at',
    'connected_to_system_at',
    'enqueued_at',
    'connected_at',
    'left_queue_at',
    'transferred_at',
    'disconnected_at',
    'ended_at',
    'disconnect_reason',
    'queue_seconds',
    'interaction_seconds',
    'hold_seconds',
    'acw_seconds',
    'pause_seconds',
    'hold_count',
    'handle_seconds',
    'audio_started_at',
    'customer_score',
    'agent_score',
    'turn_count',
    'categories',
    'first_event_at',
    'last_event_at',
    'record_updated_at',
    'backfill',
    'version',
    'is_deleted',
  ),
  intervals: allOf<IntervalRecord>()(
    'agent_id',
    'instance_id',
    'of',
    'contact_id',
    'name',
    'status_type',
    'channel',
    'initiation_method',
    'queue_id',
    'start',
    'end',
    'estimated',
    'version',
    'is_deleted',
  ),
  segments: allOf<SegmentRecord>()(
    'contact_id',
    'turn_id',
    'output_type',
    'participant_role',
    'participant_id',
    'text',
    'sentiment',
    'begin_offset_ms',
    'end_offset_ms',
    'said_at',
    'edition',
    'version',
    'is_deleted',
  ),
  alerts: allOf<AlertRecord>()(
    'alert_id',
    'rule_id',
    'rule_name',
    'rule_version',
    'severity',
    'entity_type',
    'entity_id',
    'state',
    'since',
    'raised_at',
    'queue_id',
    'agent_id',
    'hits',
    'history',
    'version',
    'is_deleted',
  ),
} as const satisfies Record<TableName, readonly string[]>
