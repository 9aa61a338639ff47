-- One row per alert, the newest version counts.
--
-- Order: alert_id, the natural key. Partition: none; alerts are few, and their times can still move.
CREATE TABLE IF NOT EXISTS alerts
(
    alert_id String,
    rule_id String,
    rule_name String,
    rule_version UInt32,
    severity LowCardinality(String),
    entity_type LowCardinality(String),
    entity_id String,
    state LowCardinality(String),
    since DateTime64(3, 'UTC'),
    raised_at DateTime64(3, 'UTC'),
    queue_id LowCardinality(String),
    agent_id LowCardinality(String),
    hits String CODEC(ZSTD(1)),
    history String CODEC(ZSTD(1)),
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY alert_id;
