import type { Clock } from '#kernel/clock'
import { failpoint } from '#kernel/node/failpoint'
import type { Telemetry } from '#kernel/telemetry'
import { topicOf, topics } from '#events/topics'
import { toRecord } from '#events/record'
import { isBackfill, type SourceKind } from '#events/envelope'
import type { Entry, EventLog } from '#log/port'
import { arrivalOf, type Arrival, type Element, type Reading } from './arrival.ts'
import { readElement } from './read-element.ts'
import { createRecentIds } from './recent-ids.ts'
import { toDeadLetter } from './dead-letter.ts'
import { toEnvelopes } from './envelopes.ts'
import { asSent, type Redact } from './redaction/redact.ts'

export interface IngestResult {
  accepted: number
  /** Recognised at the door. Repeats that are not recognised are accepted and have no effect. */
  duplicate: number
  deadLettered: number
}

export interface IngestDoor {
  /** Takes elements in; resolves when every one is durable: as events with their observations, or as dead letters. */
  take(elements: readonly Element[], arrival: Arrival): Promise<IngestResult>
  /** Newest event time taken in, per kind. */
  watermarks(): ReadonlyMap<SourceKind, number>
}

export interface DoorDeps {
  log: EventLog
  clock: Clock
  telemetry: Telemetry
  /** Hides personal data; left out: everything is kept as it was sent. */
  redact?: Redact
}

const REMEMBERED_IDS = 200_000
/** Below the log's own limit of 8 MiB, which counts key and headers too. */
const MAX_RECORD_BYTES = 8 * 1024 * 1024 - 64 * 1024

/**
 * The one way in: read → redact → judge → envelope with observations → append. A source is acknowledged only after `take` resolves.
 * Order matters: identity is taken before anything is changed in the payload, and remembered only once the append is durable.
 */
export function createIngestDoor(deps: DoorDeps): IngestDoor {
  const { log, clock, telemetry, redact = asSent } = deps
  const recent = createRecentIds(REMEMBERED_IDS)
  const watermarks = new Map<SourceKind, number>()
  /** Never goes back: our own clock set back must not make what is happening now look like the future. */
  let latest = 0

  return {
    watermarks: () => watermarks,
    async take(elements, arrival) {
      latest = Math.max(latest, clock.now())
      const readings: Reading[] = []
      const fresh = new Map<string, { reading: Extract<Reading, { ok: true }>; from: Arrival }>()
      const dead: Entry[] = []
      let duplicate = 0
      for (const element of elements) {
        const from = arrivalOf(element, arrival)
        const reading = redact(readElement(element, from, latest))
        readings.push(reading)
        if (!reading.ok) dead.push(toDeadLetter(reading, from))
        else if ((arrival.knownAs === undefined && recent.has(reading.identity)) || fresh.has(reading.identity)) duplicate++
        else fresh.set(reading.identity, { reading, from })
      }

      const byTopic = new Map<string, Entry[]>()
      for (const [identity, { reading, from }] of fresh) {
        const records = toEnvelopes(reading, from).map((envelope) => ({ topic: topicOf(envelope.kind), record: toRecord(envelope) }))
        // Numbers can be longer as we write them than as they came.
        const longest = Math.max(...records.map(({ record }) => record.value.byteLength))
        if (longest > MAX_RECORD_BYTES) {
          fresh.delete(identity)
          dead.push(
            toDeadLetter(
              { ok: false, reason: 'too-large', message: `${longest} bytes, at most ${MAX_RECORD_BYTES}`, bytes: records[0]!.record.value },
              from,
            ),
          )
        } else for (const { topic, record } of records) add(byTopic, topic, record)
      }
      if (dead.length > 0) byTopic.set(topics.deadLetters, dead)
      await Promise.all([...byTopic].map(([topic, entries]) => log.append(topic, entries)))
      failpoint('CP03')
      if (dead.length > 0) failpoint('CP22')

      const now = clock.now()
      for (const { reading } of fresh.values()) {
        const { identity, kind, eventTime } = reading
        recent.add(identity)
        if (eventTime > (watermarks.get(kind) ?? 0)) watermarks.set(kind, eventTime)
        if (!isBackfill(eventTime, now)) telemetry.observe('ingest_delay_ms', { kind }, Math.max(0, now - eventTime))
      }
      for (const [kind, watermark] of watermarks) telemetry.gauge('ingest_watermark_seconds', { kind }, watermark / 1000)
      report(telemetry, arrival, readings, duplicate)
      return { accepted: fresh.size, duplicate, deadLettered: dead.length }
    },
  }
}

function add(byTopic: Map<string, Entry[]>, topic: string, entry: Entry): void {
  const list = byTopic.get(topic)
  if (list) list.push(entry)
  else byTopic.set(topic, [entry])
}

function report(telemetry: Telemetry, { source }: Arrival, readings: readonly Reading[], duplicate: number): void {
  const kinds = new Map<SourceKind, number>()
  for (const reading of readings) {
    if (reading.ok) kinds.set(reading.kind, (kinds.get(reading.kind) ?? 0) + 1)
    else telemetry.count('dead_letters_total', { source, reason: reading.reason })
  }
  for (const [kind, count] of kinds) telemetry.count('ingest_events_total', { source, kind }, count)
  if (duplicate > 0) telemetry.count('ingest_duplicates_total', { source }, duplicate)
}
