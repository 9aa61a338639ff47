import type { AlertRecord, ContactRecord, EventRecord, IntervalRecord, SegmentRecord } from '#storage/tables'

export const T0 = Date.UTC(2026, 0, 31, 23, 59, 0)

export function contact(id: string, over: Partial<ContactRecord> = {}): ContactRecord {
  return {
    contact_id: id,
    instance_id: 'instance-1',
    channel: 'VOICE',
    initiation_method: 'INBOUND',
    initial_contact_id: '',
    previous_contact_id: '',
    queue_id: 'queue-1',
    queue_name: 'Billing',
    agent_id: 'agent-1',
    state: 'ended',
    outcome: 'answered',
    basis: 'final',
    has_next: 0,
    connected_to_system_at: null,
    initiated_at: T0,
    enqueued_at: null,
    connected_at: null,
    left_queue_at: null,
    transferred_at: null,
    disconnected_at: null,
    ended_at: null,
    disconnect_reason: '',
    queue_seconds: 1.5,
    interaction_seconds: null,
    hold_seconds: null,
    pause_seconds: null,
    hold_count: null,
    acw_seconds: null,
    handle_seconds: null,
    audio_started_at: null,
    customer_score: -2.5,
    agent_score: null,
    turn_count: 0,
    categories: [],
    first_event_at: T0,
    last_event_at: T0,
    record_updated_at: null,
    backfill: 0,
    version: '1',
    is_deleted: 0,
    ...over,
  }
}

export function turn(contactId: string, turnId: string, text: string, over: Partial<SegmentRecord> = {}): SegmentRecord {
  return {
    contact_id: contactId,
    turn_id: turnId,
    output_type: 'raw',
    participant_role: 'CUSTOMER',
    participant_id: '',
    text,
    sentiment: '',
    begin_offset_ms: 1000,
    end_offset_ms: 2000,
    said_at: null,
    edition: 0,
    version: '1',
    is_deleted: 0,
    ...over,
  }
}

export function event(id: string, over: Partial<EventRecord> = {}): EventRecord {
  return {
    kind: 'agent-event',
    id,
    key: 'agent-arn',
    event_time: T0,
    arrival_time: T0,
    ingest_time: Date.now(),
    source: 'test',
    payload: '{}',
    version: '1',
    is_deleted: 0,
    ...over,
  }
}

export function interval(over: Partial<IntervalRecord> = {}): IntervalRecord {
  return {
    agent_id: 'agent-1',
    instance_id: 'instance-1',
    of: 'status',
    contact_id: '',
    name: 'Available',
    status_type: 'ROUTABLE',
    channel: '',
    initiation_method: '',
    queue_id: '',
    start: T0,
    end: null,
    estimated: 0,
    version: '1',
    is_deleted: 0,
    ...over,
  }
}

export function alert(id: string, over: Partial<AlertRecord> = {}): AlertRecord {
  return {
    alert_id: id,
    rule_id: 'rule-1',
    rule_name: 'Cancel',
    rule_version: 1,
    severity: 'warning',
    entity_type: 'contact',
    entity_id: 'c1',
    state: 'raised',
    since: T0,
    raised_at: T0,
    queue_id: '',
    agent_id: '',
    hits: '[]',
    history: '[]',
    version: '1',
    is_deleted: 0,
    ...over,
  }
}
