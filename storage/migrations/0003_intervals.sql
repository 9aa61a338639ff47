-- Stretches of an agent's time.
--
-- Order: the natural key. Agent and start come first, because reports ask for agents over a time.
-- Partition: the month of `start`. Start is part of the key, so it never differs between versions: a corrected start is another
-- key, and the old one is removed by a version with is_deleted = 1.
-- `end` and `estimated` change: filter on them after FINAL only.
CREATE TABLE IF NOT EXISTS intervals
(
    agent_id String,
    instance_id LowCardinality(String),
    of LowCardinality(String),
    contact_id String,
    name LowCardinality(String),
    status_type LowCardinality(String),
    channel LowCardinality(String),
    initiation_method LowCardinality(String),
    queue_id LowCardinality(String),
    start DateTime64(3, 'UTC'),
    end Nullable(DateTime64(3, 'UTC')),
    estimated UInt8,
    version UInt64,
    is_deleted UInt8
)
ENGINE = ReplacingMergeTree(version, is_deleted)
PARTITION BY toYYYYMM(start)
ORDER BY (agent_id, start, of, contact_id, name);
