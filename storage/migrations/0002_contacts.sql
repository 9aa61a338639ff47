-- One row per contact, the newest version counts.
--
-- Order: contact_id, the natural key and the only column that never changes between versions. Lists by time read `started_at` of
-- all versions first and choose the newest version of those contacts after that (storage/queries/newest-first.ts).
-- Granules of 1,024 rows: a page of a list reads some hundred contacts that lie far apart.
-- Partition: none. Every time of a contact can still move (late events, the record replacing live figures), over a month's end
-- too; versions in two partitions would never merge, and a pruned partition would show an old one. A hash bucket would be stable
-- but gives each insert one part per bucket and prunes nothing but single contacts, which the order finds anyway.
-- No TTL: when a newer version had an earlier time it would leave first and the older one would come back.
CREATE TABLE IF NOT EXISTS contacts
(
    contact_id String,
    instance_id LowCardinality(String),
    channel LowCardinality(String),
    initiation_method LowCardinality(String),
    initial_contact_id String,
    previous_contact_id String,
    queue_id LowCardinality(String),
    queue_name LowCardinality(String),
    agent_id LowCardinality(String),
    state LowCardinality(String),
    outcome LowCardinality(String),
    basis LowCardinality(String),
    initiated_at Nullable(DateTime64(3, 'UTC')),
    enqueued_at Nullable(DateTime64(3, 'UTC')),
    connected_at Nullable(DateTime64(3, 'UTC')),
    left_queue_at Nullable(DateTime64(3, 'UTC')),
    disconnected_at Nullable(DateTime64(3, 'UTC')),
    ended_at Nullable(DateTime64(3, 'UTC')),
    disconnect_reason LowCardinality(String),
    queue_seconds Nullable(Float64),
    interaction_seconds Nullable(Float64),
    hold_seconds Nullable(Float64),
    acw_seconds Nullable(Float64),
    handle_seconds Nullable(Float64),
    audio_started_at Nullable(DateTime64(3, 'UTC')),
    customer_score Nullable(Float64),
    agent_score Nullable(Float64),
    turn_count UInt32,
    categories Array(LowCardinality(String)),
    first_event_at DateTime64(3, 'UTC'),
    last_event_at DateTime64(3, 'UTC'),
    record_updated_at Nullable(DateTime64(3, 'UTC')),
    backfill UInt8,
    -- What lists are sorted by: when the contact began, as far as known.
    started_at DateTime64(3, 'UTC') MATERIALIZED ifNull(initiated_at, first_event_at),
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY contact_id
SETTINGS index_granularity = 1024;
