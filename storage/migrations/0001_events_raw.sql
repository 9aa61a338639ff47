-- Every event as kept (masked), the truth after the log has let go of it.
--
-- Order: (kind, id) is the event's identity, so an event taken in twice becomes one row. Ids are random; all events of one key
-- are found through the bloom filter, which is safe with FINAL because `key` follows from the event and never differs between
-- two copies of it.
-- Partition: none. Ingest time differs between two copies, and for voice segments so does event time (it is the arrival time):
-- by month, two copies would live in two partitions and never merge.
-- TTL: 90 days, row by row. Without partitions old rows leave by rewriting parts, therefore at most once a day per part. While
-- two copies are unmerged they may leave one after the other; they are the same event.
CREATE TABLE IF NOT EXISTS events_raw
(
    kind LowCardinality(String),
    id String,
    key String,
    event_time DateTime64(3, 'UTC'),
    arrival_time DateTime64(3, 'UTC'),
    ingest_time DateTime64(3, 'UTC'),
    source LowCardinality(String),
    payload String CODEC(ZSTD(3)),
    version UInt64,
    is_deleted UInt8,
    INDEX by_key key TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (kind, id)
TTL toDateTime(ingest_time) + INTERVAL 90 DAY DELETE
SETTINGS merge_with_ttl_timeout = 86400;
