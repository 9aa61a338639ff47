import { pause, type Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { partitionOf } from '#kernel/partition'
import type { Telemetry } from '#kernel/telemetry'
import { isSourceKind } from '#events/envelope'
import { topics } from '#events/topics'
import type { EventLog, LogRecord } from '#log/port'
import type { Arrival } from './arrival.ts'
import type { IngestDoor } from './door.ts'
import { readElement } from './read-element.ts'

export interface RedriveRequest {
  /** Only these, by `partition-offset`. */
  ids?: readonly string[] | undefined
  reason?: string | undefined
  source?: string | undefined
  /** How many letters are judged at most; the cursor leads on. */
  limit: number
  ratePerSecond: number
  /** Judges and changes nothing. */
  dryRun: boolean
  /** Per partition, where to go on. */
  from?: readonly number[] | undefined
}

/** What became of a letter. `stillRefused`: it cannot be read by this version either; it stays as it is. */
export const redriveOutcomes = ['redriven', 'alreadyRedriven', 'stillRefused', 'notAnEvent', 'truncated', 'notFound'] as const
export type RedriveOutcome = (typeof redriveOutcomes)[number]

export interface RedriveResult {
  items: { id: string; outcome: RedriveOutcome; reason: string }[]
  /** Where the next call goes on; null at the end. */
  next: readonly number[] | null
}

export interface Redriver {
  /** One at a time: rejects with CONFLICT while another runs. */
  run(request: RedriveRequest): Promise<RedriveResult>
}

export interface RedriveMark {
  redrivenAt: number
}

const encoder = new TextEncoder()
/** Records looked at in one call, so that a rare reason does not make it endless. */
const MAX_SCANNED = 20_000
const READ_LIMITS = { maxRecords: 200, maxBytes: 4 * 1024 * 1024 }
/** Letters between two looks at the clock. */
const CHUNK = 20

/**
 * Takes dead letters in again, through the door, as what they were: source, kind and arrival time stay. Effect once: a letter that
 * was taken in gets a mark and is left alone afterwards; should the process die between the two, the door's event has the same
 * identity and changes nothing. A letter that still cannot be read stays where it is and makes no second letter.
 */
export function createRedriver(deps: { log: EventLog; door: IngestDoor; clock: Clock; telemetry: Telemetry }): Redriver {
  const { log, door, clock, telemetry } = deps
  let running = false
  /** When the rate allows the next letter, over all calls. */
  let freeAt = 0

  const isMarked = (id: string): boolean => log.table(topics.redrives, partitionOf(id, log.partitionCount)).get(id) !== undefined

  /** Decides without effect; `take` then has one. */
  const judge = (record: LogRecord): { outcome: RedriveOutcome; reason: string; take?: () => Promise<unknown> } => {
    const { headers, value } = record
    const reason = headers['reason'] ?? 'unknown'
    if (isMarked(idOf(record))) return { outcome: 'alreadyRedriven', reason }
    const kind = headers['kind'] ?? ''
    // What a lane set aside besides events (a row the store refused, an observation) is made again from its event.
    if (value === null || !(kind === 'any' || isSourceKind(kind))) return { outcome: 'notAnEvent', reason }
    if (headers['fullBytes'] !== undefined) return { outcome: 'truncated', reason }
    const arrival: Arrival = {
      source: headers['source'] ?? record.key,
      origin: headers['origin'] ?? '',
      kind,
      arrivalTime: Number(headers['arrivalTime'] ?? record.ingestTime),
      ...(headers['id'] === undefined ? {} : { knownAs: headers['id'] }),
    }
    const reading = readElement({ bytes: value }, arrival, clock.now())
    if (!reading.ok) return { outcome: 'stillRefused', reason: reading.reason }
    return { outcome: 'redriven', reason, take: () => door.take([{ bytes: value }], arrival) }
  }

  const apply = async (records: readonly LogRecord[], request: RedriveRequest): Promise<RedriveResult['items']> => {
    const judged = records.map((record) => ({ id: idOf(record), ...judge(record) }))
    const taken = judged.filter(({ take }) => take !== undefined)
    if (!request.dryRun && taken.length > 0) {
      if (freeAt > clock.now()) await pause(clock, freeAt - clock.now())
      freeAt = Math.max(freeAt, clock.now()) + (taken.length * 1000) / request.ratePerSecond
      // In the order they were set aside: `take` appends before it first waits.
      await Promise.all(taken.map(({ take }) => take!()))
      const value = encoder.encode(JSON.stringify({ redrivenAt: clock.now() } satisfies RedriveMark))
      await log.append(
        topics.redrives,
        taken.map(({ id }) => ({ key: id, value, headers: {} })),
      )
      for (const { reason } of taken) telemetry.count('dead_letters_redriven_total', { reason })
    }
    return judged.map(({ id, outcome, reason }) => ({ id, outcome, reason }))
  }

  const readOne = async (id: string): Promise<LogRecord | undefined> => {
    const place = placeOf(id, log.partitionCount)
    if (!place) return undefined
    const { start, end } = await log.bounds(topics.deadLetters, place.partition)
    if (place.offset < start || place.offset >= end) return undefined
    const batch = await log.read(topics.deadLetters, place.partition, place.offset, { ...READ_LIMITS, maxRecords: 1 })
    return batch.records.find(({ offset }) => offset === place.offset)
  }

  const runNamed = async (ids: readonly string[], request: RedriveRequest): Promise<RedriveResult> => {
    const items: RedriveResult['items'] = []
    for (let i = 0; i < ids.length; i += CHUNK) {
      const records: LogRecord[] = []
      for (const id of new Set(ids.slice(i, i + CHUNK))) {
        const record = await readOne(id)
        if (record) records.push(record)
        else items.push({ id, outcome: 'notFound', reason: 'unknown' })
      }
      items.push(...(await apply(records, request)))
    }
    return { items, next: null }
  }

  const runAll = async (request: RedriveRequest): Promise<RedriveResult> => {
    const items: RedriveResult['items'] = []
    const next: number[] = []
    const ends: number[] = []
    let scanned = 0
    for (let partition = 0; partition < log.partitionCount; partition++) {
      const { start, end } = await log.bounds(topics.deadLetters, partition)
      next.push(Math.max(start, Math.min(end, request.from?.[partition] ?? start)))
      ends.push(end)
    }
    for (let partition = 0; partition < log.partitionCount; partition++) {
      while (next[partition]! < ends[partition]! && items.length < request.limit && scanned < MAX_SCANNED) {
        const batch = await log.read(topics.deadLetters, partition, next[partition]!, {
          ...READ_LIMITS,
          maxRecords: Math.min(CHUNK, request.limit - items.length),
        })
        scanned += batch.records.length
        items.push(
          ...(await apply(
            batch.records.filter((record) => isWanted(record, request)),
            request,
          )),
        )
        next[partition] = batch.next
      }
    }
    return { items, next: next.some((at, partition) => at < ends[partition]!) ? next : null }
  }

  return {
    async run(request) {
      if (running) throw new CallboardError('CONFLICT', 'another redrive is running; wait until it is done', { retryable: true })
      running = true
      try {
        return await (request.ids ? runNamed(request.ids, request) : runAll(request))
      } finally {
        running = false
      }
    },
  }
}

function isWanted({ headers, key }: LogRecord, { reason, source }: RedriveRequest): boolean {
  return (reason === undefined || headers['reason'] === reason) && (source === undefined || (headers['source'] ?? key) === source)
}

function idOf({ partition, offset }: LogRecord): string {
  return `${partition}-${offset}`
}

function placeOf(id: string, partitionCount: number): { partition: number; offset: number } | undefined {
  const [, partition, offset] = /^(\d{1,5})-(\d{1,15})$/.exec(id) ?? []
  if (partition === undefined || Number(partition) >= partitionCount) return undefined
  return { partition: Number(partition), offset: Number(offset) }
}
