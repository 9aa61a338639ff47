-- What was said: one row per final turn and output type (raw, redacted).
--
-- Order: the natural key, contact first: a transcript is one range.
-- Granules of 1,024 rows: a page of hits reads the turns of some hundred contacts that lie far apart (measured: a search for a
-- rare phrase costs a third less than with 8,192).
-- Partition: none. Voice turns carry an offset and no clock; the wall time follows from when the agent connected and can change.
--
-- Search reads `words`: the text with everything but letters, digits and combining marks turned to single blanks, case folded and
-- compatibility-normalised (NFKC). Measured on engine 26.7:
--   * splitByNonAlpha takes every byte above 127 for part of a word. "ação" stays one word, but so does “refund” with its curly
--     quotes, "¿qué?" and "Kündigung—Ärger": searched for the bare word, all three are missed.
--   * lower() folds A-Z only: "AÇÃO" becomes "aÇÃo". The folding here also makes "STRASSE" find "Straße" and a decomposed "ã"
--     find the composed one.
-- Hence a column of its own and not a preprocessor of the index: a query is folded by the same expression, and functions give
-- the same answer with the index and without it.
-- Text without blanks between words (Chinese, Japanese, Thai) is one word each sentence and is found by prefix only.
CREATE TABLE IF NOT EXISTS segments
(
    contact_id String,
    turn_id String,
    output_type LowCardinality(String),
    participant_role LowCardinality(String),
    participant_id String,
    text String CODEC(ZSTD(1)),
    sentiment LowCardinality(String),
    begin_offset_ms Nullable(UInt32),
    end_offset_ms Nullable(UInt32),
    said_at Nullable(DateTime64(3, 'UTC')),
    words String MATERIALIZED replaceRegexpAll(normalizeUTF8NFKCCasefold(text), '[^\\p{L}\\p{M}\\p{N}]+', ' ') CODEC(ZSTD(1)),
    version UInt64,
    is_deleted UInt8,
    INDEX by_word words TYPE text(tokenizer = 'splitByNonAlpha')
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (contact_id, turn_id, output_type)
SETTINGS index_granularity = 1024;
