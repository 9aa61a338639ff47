/** What hiding personal data costs: the segments and other messages of a simulated centre, and texts made to be slow. */
import { parseArgs } from 'node:util'
import type { JsonObject } from '#kernel/json'
import { silentTelemetry } from '#kernel/telemetry'
import type { Arrival, Reading } from '#ingest/arrival'
import { readElement } from '#ingest/read-element'
import { createRedact, type Redact } from '#ingest/redaction/redact'
import { createDemo } from '#simulator/demo'
import { readCorpus } from '../test/helpers/pii-corpus.ts'
import { voiceSegments } from '../test/helpers/wire.ts'

const LONG = 64 * 1024

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string', default: '60' } } })
  const startAt = Date.UTC(2026, 2, 2, 9)
  const endAt = startAt + Number(values.minutes) * 60_000
  const arrival: Arrival = { source: 'bench', origin: 'bench', kind: 'any', arrivalTime: endAt }
  const read = (value: JsonObject): Reading => readElement({ value }, arrival, endAt)

  const readings = new Map<string, Reading[]>()
  const demo = createDemo({ seed: 7, startAt, storyAt: startAt + 60_000 })
  for (let event = demo.next(); event.at < endAt; event = demo.next()) {
    const list = readings.get(event.kind)
    if (list) list.push(read(event.payload))
    else readings.set(event.kind, [read(event.payload)])
  }
  for (const [kind, list] of readings) {
    const segments = list.reduce((sum, reading) => sum + segmentsIn(reading), 0)
    const perMessage = cpuUs(list) / list.length
    const perSegment = segments === 0 ? '' : `, ${((perMessage * list.length) / segments).toFixed(1)} per segment`
    console.log(`redaction: ${list.length} ${kind} messages: ${perMessage.toFixed(1)} CPU µs per message${perSegment}`)
  }

  const corpus = readCorpus().flatMap(({ turns }) => turns.map(({ text, at }) => read(said(at, text))))
  const many = Array.from({ length: 20 }, () => corpus).flat()
  console.log(`redaction: the corpus, nearly every text with a hit: ${(cpuUs(many) / many.length).toFixed(1)} CPU µs per segment`)
  for (const pattern of ['a', 'one ', '4', '4 1 ', 'card 4111 ', 'GB82 ', 'a@', ' at dot dot dot']) {
    const us = cpuUs([read(said('slow', pattern.repeat(Math.ceil(LONG / pattern.length)).slice(0, LONG)))])
    console.log(`redaction: 64 KB of "${pattern}": ${(us / 1000).toFixed(0)} CPU ms`)
  }
}

function said(id: string, text: string): JsonObject {
  return voiceSegments(id, [{ turn: { id, text, begin: 0, end: 1 } }])
}

function segmentsIn(reading: Reading): number {
  const segments = reading.ok ? reading.payload['Segments'] : undefined
  return Array.isArray(segments) ? segments.length : 0
}

/** Once to warm up, then once to measure, each by a process that knows nothing of the conversations. */
function cpuUs(readings: readonly Reading[]): number {
  const all = (redact: Redact): void => readings.forEach((reading) => redact(reading))
  const fresh = (): Redact => createRedact({ mode: 'mask', isShared: false }, { telemetry: silentTelemetry })
  all(fresh())
  const redact = fresh()
  const before = process.cpuUsage()
  all(redact)
  const { user, system } = process.cpuUsage(before)
  return user + system
}
