import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { createManualClock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { canonicalJson, type JsonObject } from '#kernel/json'
import { silentTelemetry } from '#kernel/telemetry'
import type { SourceKind } from '#events/envelope'
import { topics, topicSpecs } from '#events/topics'
import { createIngestDoor } from '#ingest/door'
import { createMemoryLog } from '#log/memory'
import type { EventLog } from '#log/port'
import { disturb } from '#simulator/disturb/disturb'
import { resolveKnobs } from '#simulator/disturb/knobs'
import { toBytes } from '#simulator/output/bytes'
import { createRandom, type Random } from '#simulator/random'
import { profileList, startSimulation } from '#simulator/start'
import { messagesOf, type WireEvent } from '#simulator/stream'
import { isTaken } from '../truth/centre.ts'
import { openPipeline, outcomeOf, AT, type Outcome } from './in-memory.ts'
import { seed, seeds } from './size.ts'

const HOURS_EACH = 1
const STEP = 60
/** Those that four agents make small. */
const profiles = profileList.map(({ name }) => name).filter((name) => !name.includes('ivr-only') && !name.startsWith('outbound'))

/** What goes wrong before a step; all of it drawn from the seed before anything runs, so a seed replays. */
type Fault =
  | { type: 'none' | 'move' | 'newDoor' }
  | { type: 'appendFails' | 'appendUnclear' | 'commitFails' | 'commitUnclear'; times: number }
  | { type: 'clock'; byMs: number }

function drawFault(random: Random): Fault {
  const types = ['none', 'none', 'move', 'newDoor', 'appendFails', 'appendUnclear', 'commitFails', 'commitUnclear', 'clock'] as const
  const type = types[random.whole(0, types.length - 1)]!
  if (type === 'clock') return { type, byMs: random.whole(0, 20_000) }
  if (type === 'none' || type === 'move' || type === 'newDoor') return { type }
  return { type, times: random.whole(1, 3) }
}

interface Simulated {
  faults: Fault[]
  outcome: Outcome
  /** Readable messages in the log, told apart by identity: every acknowledged one, once or more. */
  identities: number
}

/** One log whose next appends and commits fail as asked: refused, or done with the answer lost. */
function createFailingLog(log: EventLog): { log: EventLog; fail(fault: Fault): void } {
  const left = { appendFails: 0, appendUnclear: 0, commitFails: 0, commitUnclear: 0 }
  const lost = (): CallboardError => new CallboardError('LOG_UNAVAILABLE', 'made by a test', { retryable: true })
  const attempt = async <T>(what: 'append' | 'commit', call: () => Promise<T>): Promise<T> => {
    if (left[`${what}Fails`] > 0 && left[`${what}Fails`]--) throw lost()
    const answer = await call()
    if (left[`${what}Unclear`] > 0 && left[`${what}Unclear`]--) throw lost()
    return answer
  }
  return {
    fail: (fault) => void ('times' in fault && (left[fault.type] += fault.times)),
    log: {
      ...log,
      append: (topic, entries) =>
        topic === topics.settings ? log.append(topic, entries) : attempt('append', () => log.append(topic, entries)),
      async openLane(spec, owner) {
        const lane = await log.openLane(spec, owner)
        return { ...lane, commit: (commit) => attempt('commit', () => lane.commit(commit)) }
      },
    },
  }
}

async function run(events: readonly WireEvent[], endsAt: number, faults: readonly Fault[]): Promise<Omit<Simulated, 'faults'>> {
  const clock = createManualClock(AT)
  const memory = createMemoryLog({ topics: topicSpecs, partitionCount: 2, clock })
  const failing = createFailingLog(memory)
  const pipeline = await openPipeline(AT, { log: failing.log, clock, failing: true })
  const openDoor = () => createIngestDoor({ log: failing.log, clock, telemetry: silentTelemetry })
  let door = openDoor()
  try {
    for (let i = 0; i * STEP < events.length; i++) {
      const fault = faults[i] ?? { type: 'none' }
      failing.fail(fault)
      if (fault.type === 'move') await pipeline.move()
      if (fault.type === 'newDoor') door = openDoor()
      const batch = events.slice(i * STEP, (i + 1) * STEP)
      clock.set(batch.at(-1)!.at + (fault.type === 'clock' ? fault.byMs : 0))
      for (const { kind, payload, at } of batch) {
        const element = typeof payload === 'string' ? { bytes: toBytes({ at, time: at, kind, payload }) } : { value: payload }
        // As a source does: again until it is taken in.
        for (let tries = 0; ; tries++) {
          try {
            await door.take([element], { source: 'sim', origin: 'sim', kind: kind as SourceKind, arrivalTime: at })
            break
          } catch (error) {
            if (tries > 10) throw error
          }
        }
      }
      await pipeline.settle(600)
    }
    clock.set(endsAt)
    await pipeline.settle(600)
    const identities = new Set<string>()
    for (const topic of [topics.agents, topics.contacts]) {
      for (let p = 0; p < memory.partitionCount; p++) {
        const { records } = await memory.read(topic, p, 0, { maxRecords: 1e9, maxBytes: 1e12 })
        for (const { headers } of records) if (headers['kind'] !== 'observation') identities.add(`${headers['kind']} ${headers['id']}`)
      }
    }
    return { outcome: withoutArrival(await outcomeOf(pipeline)), identities: identities.size }
  } finally {
    await pipeline.stop()
  }
}

/** Voice segments carry no clock: what follows from their arrival is not compared, nor is which step of an alert came first. */
function withoutArrival({ rows, alerts, figures }: Outcome): Outcome {
  const strip = (text: string): string => text.replaceAll(/"(firstEventAt|lastEventAt|audioStartedAt|stateSince|saidAt)":(\d+|null)/g, '')
  const { OLDEST_CONTACT_AGE: _age, ...rest } = figures
  return { rows: rows.map(strip).sort(), alerts: alerts.map(strip).sort(), deliveries: [], figures: rest }
}

async function simulate(one: number): Promise<Simulated & { expected: Outcome; distinct: number }> {
  const random = createRandom(`${one}/faults`)
  const profile = profiles[random.whole(0, profiles.length - 1)]!
  const simulation = startSimulation({ profile, seed: one, agents: 4, startAt: AT, endAt: AT + HOURS_EACH * 3_600_000 })
  const sent = [...messagesOf(simulation)].filter(({ kind }) => isTaken(kind))
  const knobs = resolveKnobs('hard', {
    resentRecords: 0,
    clockSkew: 0,
    heartBeatsAfterLogOff: 0,
    lostContactEvents: 0,
    unknownFields: 0,
    unknownTypes: 0,
  })
  const disturbed = [...disturb(sent, knobs, one)]
  const faults = Array.from({ length: Math.ceil(disturbed.length / STEP) }, () => drawFault(random))
  const endsAt = Math.max(sent.at(-1)!.at, disturbed.at(-1)!.at) + 60_000
  const readable = sent.filter(({ payload }) => typeof payload !== 'string')
  const expected = await run(readable, endsAt, [])
  const distinct = new Set(readable.map(({ kind, payload }) => `${kind} ${canonicalJson(payload as JsonObject)}`)).size
  return { faults, distinct, expected: expected.outcome, ...(await run(disturbed, endsAt, faults)) }
}

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12)

it(`sim.seeds`, async () => {
  const list = Array.from({ length: seeds }, (_, i) => seed + i)
  for (const one of list) {
    const { faults, outcome, expected, identities, distinct } = await simulate(one)
    const told = `seed ${one} (replay: npm run test:faults -- --seeds 1 --seed ${one} sim.seeds)`
    expect(identities, `${told}: messages in the log`).toBe(distinct)
    expect(outcome.rows.length, told).toBeGreaterThan(0)
    for (const part of ['rows', 'alerts'] as const) {
      const [have, want] = [new Set(outcome[part]), new Set(expected[part])]
      const difference = {
        missing: expected[part].filter((r) => !have.has(r)).slice(0, 2),
        extra: outcome[part].filter((r) => !want.has(r)).slice(0, 2),
      }
      expect(difference, `${told}: ${part}`).toEqual({ missing: [], extra: [] })
    }
    expect(outcome.figures, told).toEqual(expected.figures)
    console.log(
      `sim.seeds: seed ${one}: ${HOURS_EACH} h, ${faults.filter(({ type }) => type !== 'none').length} faults, ${outcome.rows.length} rows, outcome ${hash(outcome)}`,
    )
    if (one !== seed) continue
    // The same seed makes the same faults and ends the same.
    const again = await simulate(one)
    expect([hash(again.faults), hash(again.outcome)]).toEqual([hash(faults), hash(outcome)])
  }
}, 3_600_000)
