/**
 * The event log: the one truth from which everything else is folded. It knows no domain: records are opaque bytes.
 *
 * Contract, proven by `test/conformance/event-log-suite.ts` for every implementation:
 * - `append` resolves when every entry is durable (on disk; on Kafka acknowledged by all in-sync replicas). It rejects as a
 *   whole or resolves as a whole per call; after a rejection the caller may append again (ids make a repeat harmless).
 * - Entries of one key land in one partition, in the order of the calls and of the entries in a call.
 * - Offsets grow within a partition, and may have gaps (compaction). `ingestTime` never decreases within a partition.
 * - `commit` is all or nothing: outputs and positions become visible together, or neither does. A position never goes back.
 * - A reader sees only what is durable.
 * - A full buffer makes `append` wait (back-pressure). Nothing is dropped.
 * - After `close`, calls reject with LOG_CLOSED; what was acknowledged is still there when the log is opened again.
 */
export interface EventLog {
  readonly partitionCount: number

  /**
   * Adds entries at the end of `topic`; the partition follows from each key. For ingest and for settings, never for folds. Values
   * must not be changed until it resolves. Rejects with LOG_RECORD_TOO_LARGE, LOG_UNAVAILABLE (retryable: disk full), LOG_CLOSED.
   */
  append(topic: string, entries: readonly Entry[]): Promise<readonly Position[]>

  /** Records with offset >= `from`, in order, up to `limits`. Returns at once, empty when `from` is at the end. Throws LOG_OFFSET_OUT_OF_RANGE beyond either end. */
  read(topic: string, partition: number, from: number, limits: ReadLimits): Promise<ReadBatch>

  /** First offset still kept, and the next one to be written. */
  bounds(topic: string, partition: number): Promise<{ start: number; end: number }>

  /** The newest record per key of a compacted topic's partition, as far as this process has it; on one machine that is all of it. */
  table(topic: string, partition: number): TableView

  /** Calls `listener` after something became readable in a partition. May call it without need, never misses. Returns the way to stop. */
  onChange(listener: (topic: string, partition: number) => void): () => void

  /**
   * Joins a lane. `owner.assigned` is called for each partition this member gets, before any of its records may be folded; never
   * before this has resolved, so the owner has its `Lane` by then.
   */
  openLane(spec: LaneSpec, owner: LaneOwner): Promise<Lane>

  close(): Promise<void>
}

export interface TopicSpec {
  name: string
  /** `delete`: records leave by age. `compact`: the newest record per key stays; a null value deletes the key. */
  cleanup: 'delete' | 'compact'
}

export interface Entry {
  key: string
  /** null only on compacted topics: deletes the key. The tombstone itself stays readable for the log's tombstone retention. */
  value: Uint8Array | null
  headers: Readonly<Record<string, string>>
}

export interface LogRecord extends Entry {
  offset: number
  partition: number
  /** Epoch milliseconds at which the log took the record in. */
  ingestTime: number
}

export interface Position {
  partition: number
  offset: number
  ingestTime: number
}

export interface ReadLimits {
  maxRecords: number
  maxBytes: number
}

export interface ReadBatch {
  records: readonly LogRecord[]
  /** Where to read on: past the last record, also when compaction left a gap. */
  next: number
}

export interface TableView {
  get(key: string): LogRecord | undefined
  /** Live records whose key begins with `prefix`, in key order (UTF-8 bytes). */
  scan(prefix: string): Iterable<LogRecord>
}

export interface LaneSpec {
  /** Name of the lane; with the partition number it identifies the owner of a commit. */
  name: string
  inputs: readonly string[]
}

/** A callback that rejects is a fault of the owner and is not caught. */
export interface LaneOwner {
  assigned(partition: number): Promise<void>
  /** Resolves when the member has stopped folding the partition. */
  revoked(partition: number): Promise<void>
}

export interface Lane {
  /** The next offset this lane reads of `topic`; the topic's start when it never committed. */
  position(topic: string, partition: number): Promise<number>
  /**
   * Writes outputs and input positions as one. Outputs go to the partition of their input, whatever their key; never to a
   * `connect.*` topic, which `append` alone writes. The same position again is allowed. Rejects with CONFLICT when a position would
   * go back or this member does not own the partition, LOG_OFFSET_OUT_OF_RANGE when it lies past the end, LOG_RECORD_TOO_LARGE,
   * LOG_UNAVAILABLE (retryable), LOG_CLOSED.
   */
  commit(commit: LaneCommit): Promise<readonly Position[]>
  close(): Promise<void>
}

export interface LaneCommit {
  partition: number
  outputs: readonly LaneOutput[]
  positions: readonly { topic: string; next: number }[]
}

export interface LaneOutput extends Entry {
  topic: string
}
