/**
 * What each stage of an event's way costs, by processor time and not by the clock: the messages of a simulated contact centre through
 * decoding, the door, the folds and the rows of history, each on its own. `npm run bench -- stages [--agents 500] [--minutes 30]`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createManualClock, type ManualClock } from '#kernel/clock'
import type { Component } from '#kernel/lifecycle'
import { createTelemetry } from '#kernel/telemetry'
import { isSourceKind, type SourceKind } from '#events/envelope'
import { topics, topicSpecs } from '#events/topics'
import type { Element } from '#ingest/arrival'
import { createIngestDoor } from '#ingest/door'
import { readElement } from '#ingest/read-element'
import { openLmdbLog } from '#log/lmdb/log'
import type { EventLog } from '#log/port'
import { agentsFold } from '#processors/agents/fold'
import { contactsFold } from '#processors/contacts/fold'
import { addToBatch, emptyBatch } from '#processors/history/records'
import type { Fold } from '#processors/runner/fold'
import { createFoldLane } from '#processors/runner/lane'
import { startSimulation } from '#simulator/start'
import { eventually } from '../test/helpers/eventually.ts'

interface Message {
  kind: SourceKind
  at: number
  bytes: Uint8Array
}

/** A Monday at 10. */
const START = Date.UTC(2026, 2, 2, 10)
const PARTITIONS = 4
/** As many as come with one request or one read of a stream. */
const BATCH = 200

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { agents: { type: 'string', default: '500' }, minutes: { type: 'string', default: '30' } },
  })
  const messages = messagesOf(Number(values.agents), Number(values.minutes))
  const bytes = messages.reduce((sum, m) => sum + m.bytes.length, 0)
  console.log(
    `stages: ${messages.length} messages, ${(bytes / 1e6).toFixed(1)} MB, of ${values.agents} agents in ${values.minutes} minutes`,
  )

  await measured('decode', messages.length, bytes, async () => {
    for (const { kind, at, bytes: one } of messages) {
      const reading = readElement({ bytes: one }, { source: 'bench', origin: 'bench', kind, arrivalTime: at }, at)
      if (!reading.ok) throw new Error(reading.message)
    }
  })

  const dir = await mkdtemp(join(tmpdir(), 'callboard-bench-stages-'))
  const clock = createManualClock(START)
  const telemetry = createTelemetry(() => {})
  const log = await openLmdbLog({ dir, topics: topicSpecs, partitionCount: PARTITIONS, clock })
  const deps = { log, clock, telemetry }
  try {
    await measured('door (with decode and log)', messages.length, bytes, () => takeAll(messages, { ...deps, clock }))
    for (const fold of [agentsFold, contactsFold]) {
      const records = await recordsIn(log, fold.input)
      const lane = createFoldLane(fold, deps)
      await measured(`${fold.name} fold`, records, undefined, () => runUntilRead(lane, telemetry.render, fold))
      await lane.stop()
    }
    const inputs = [topics.agents, topics.contacts, topics.rows]
    await measured('history rows (read, made, as JSON)', await recordsIn(log, ...inputs), undefined, () => makeRows(log, inputs))
  } finally {
    await log.close()
    await rm(dir, { recursive: true })
  }
}

function messagesOf(agents: number, minutes: number): Message[] {
  const simulation = startSimulation({
    profile: 'omnichannel',
    seed: 3,
    startAt: START,
    agents,
    queues: Math.max(4, Math.round(agents / 8)),
  })
  const messages: Message[] = []
  for (let event = simulation.next(); event && event.at < START + minutes * 60_000; event = simulation.next()) {
    const text = typeof event.payload === 'string' ? event.payload : JSON.stringify(event.payload)
    if (isSourceKind(event.kind)) messages.push({ kind: event.kind, at: event.at, bytes: Buffer.from(text) })
  }
  return messages
}

async function takeAll(
  messages: readonly Message[],
  deps: { log: EventLog; clock: ManualClock; telemetry: Parameters<typeof createIngestDoor>[0]['telemetry'] },
): Promise<void> {
  const door = createIngestDoor(deps)
  for (let from = 0; from < messages.length; from += BATCH) {
    const batch = messages.slice(from, from + BATCH)
    const arrivalTime = batch.at(-1)!.at
    deps.clock.advance(Math.max(0, arrivalTime - deps.clock.now()))
    const byKind = new Map<SourceKind, Element[]>()
    for (const { kind, bytes } of batch) byKind.set(kind, [...(byKind.get(kind) ?? []), { bytes }])
    for (const [kind, elements] of byKind) await door.take(elements, { source: 'bench', origin: 'bench', kind, arrivalTime })
  }
}

async function recordsIn(log: EventLog, ...names: string[]): Promise<number> {
  let count = 0
  for (const name of names)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { start, end } = await log.bounds(name, partition)
      count += end - start
    }
  return count
}

/** As the history lane does it, without the store: the client writes each row as JSON. */
async function makeRows(log: EventLog, names: readonly string[]): Promise<void> {
  for (const name of names)
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const { start, end } = await log.bounds(name, partition)
      for (let from = start; from < end;) {
        const { records, next } = await log.read(name, partition, from, { maxRecords: 2_000, maxBytes: 8_000_000 })
        const batch = emptyBatch()
        for (const record of records) addToBatch(batch, name, record)
        for (const rows of Object.values(batch)) for (const row of rows) JSON.stringify(row)
        from = next
      }
    }
}

/** Starts the lane and waits until nothing lies before it. */
async function runUntilRead(lane: Component, render: () => string, { name }: Pick<Fold, 'name'>): Promise<void> {
  await lane.start()
  const pattern = new RegExp(`^lane_behind_records\\{lane="${name}".*\\} (\\d+)$`, 'gm')
  await eventually(
    () => {
      const behind = [...render().matchAll(pattern)].map((m) => Number(m[1]))
      return behind.length >= PARTITIONS && behind.every((count) => count === 0)
    },
    `${name} has read all`,
    300_000,
  )
}

async function measured(name: string, count: number, bytes: number | undefined, work: () => Promise<void>): Promise<void> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  const perMb = bytes === undefined ? '' : `, ${((user + system) / 1000 / (bytes / 1e6)).toFixed(0)} ms per MB`
  console.log(`  ${name}: ${((user + system) / count).toFixed(1)} CPU µs for each of ${count}${perMb}`)
}
