-- What the historical metrics count besides: flow time, transfers, holds, pauses, whether anything follows.
ALTER TABLE contacts
    ADD COLUMN IF NOT EXISTS connected_to_system_at Nullable(DateTime64(3, 'UTC')),
    ADD COLUMN IF NOT EXISTS transferred_at Nullable(DateTime64(3, 'UTC')),
    ADD COLUMN IF NOT EXISTS pause_seconds Nullable(Float64),
    ADD COLUMN IF NOT EXISTS hold_count Nullable(Float64),
    ADD COLUMN IF NOT EXISTS has_next UInt8 DEFAULT 0;
