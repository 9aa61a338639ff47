import type { LogRecord, ReadBatch, ReadLimits } from '../port.ts'

/** The newest records of one partition, kept so that followers of the end never ask a broker. */
export interface Tail {
  readonly topic: string
  readonly partition: number
  /** First offset the log still has. */
  start: number
  /** Everything before it has been fetched, and shown to the tables. */
  readonly next: number
  /** Somebody has been told that there are records up to here. */
  seenEnd: number
  add(records: readonly LogRecord[], next: number): void
  /** Goes on elsewhere, with nothing kept. */
  jump(next: number): void
  /** What is kept from `from` on; undefined when that is not all there is. */
  serve(from: number, limits: ReadLimits): ReadBatch | undefined
  /** Resolves once everything before `offset` has been fetched. */
  reached(offset: number): Promise<void>
}

export function sizeOf({ key, value }: LogRecord): number {
  return key.length + (value?.length ?? 0) + 100
}

/** Cuts to the limits; one record always fits. `next` is where the list as a whole ends. */
export function cut(records: readonly LogRecord[], at: number, next: number, limits: ReadLimits): { batch: ReadBatch; used: number } {
  let bytes = 0
  let end = at
  for (; end < records.length; end++) {
    const { key, value } = records[end]!
    bytes += key.length + (value?.length ?? 0)
    if (end > at && (end - at >= limits.maxRecords || bytes > limits.maxBytes)) break
  }
  const taken = records.slice(at, end)
  return { batch: { records: taken, next: end === records.length ? next : taken.at(-1)!.offset + 1 }, used: end }
}

export function createTail(topic: string, partition: number, at: { start: number; next: number }, keptBytes: number): Tail {
  let records: LogRecord[] = []
  let bytes = 0
  let keptFrom = at.next
  let next = at.next
  let lastTime = 0
  let waiters: { offset: number; resolve: () => void }[] = []

  const dropOld = (): void => {
    let drop = 0
    while (bytes > keptBytes && drop < records.length) bytes -= sizeOf(records[drop++]!)
    if (drop === 0) return
    keptFrom = records[drop - 1]!.offset + 1
    records = records.slice(drop)
  }
  const tell = (): void => {
    if (waiters.length === 0) return
    const due = waiters.filter(({ offset }) => offset <= next)
    waiters = waiters.filter(({ offset }) => offset > next)
    for (const { resolve } of due) resolve()
  }

  return {
    topic,
    partition,
    start: at.start,
    get next() {
      return next
    },
    seenEnd: at.next,
    add(added, to) {
      for (const record of added) {
        // A broker's clock may go back, or the next leader's be behind; a partition's time does not.
        if (record.ingestTime < lastTime) record.ingestTime = lastTime
        lastTime = record.ingestTime
        records.push(record)
        bytes += sizeOf(record)
      }
      next = to
      if (bytes > keptBytes * 1.25) dropOld()
      tell()
    },
    jump(to) {
      records = []
      bytes = 0
      keptFrom = next = to
      tell()
    },
    serve(from, limits) {
      if (from < keptFrom || from > next) return undefined
      return cut(records, indexOf(records, from), next, limits).batch
    },
    reached: (offset) => (next >= offset ? Promise.resolve() : new Promise((resolve) => waiters.push({ offset, resolve }))),
  }
}

/** Index of the first record at or past `offset`. */
function indexOf(records: readonly LogRecord[], offset: number): number {
  let low = 0
  let high = records.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (records[middle]!.offset < offset) low = middle + 1
    else high = middle
  }
  return low
}
