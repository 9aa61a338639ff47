import { describe, expect, it } from 'vitest'
import { createManualClock, systemClock } from '#kernel/clock'
import type { JsonObject } from '#kernel/json'
import { silentTelemetry } from '#kernel/telemetry'
import { topics, topicSpecs } from '#events/topics'
import { createIngestDoor } from '#ingest/door'
import { createRedact } from '#ingest/redaction/redact'
import { createRedriver, type RedriveRequest } from '#ingest/redrive'
import { createMemoryLog } from '#log/memory'
import type { LogRecord } from '#log/port'
import { agentEvent, contactEvent } from '../../helpers/wire.ts'

const T0 = Date.UTC(2026, 2, 2, 12)
const iso = (ms: number): string => new Date(ms).toISOString()
const everything: RedriveRequest = { limit: 1000, ratePerSecond: 1000, dryRun: false }

/** A door whose clock can go on, and a redriver with real time for its pauses unless told otherwise. */
function open(partitionCount = 1) {
  const clock = createManualClock(T0)
  const log = createMemoryLog({ topics: topicSpecs, partitionCount, clock })
  const door = createIngestDoor({ log, clock, telemetry: silentTelemetry })
  const redriver = createRedriver({
    log,
    door,
    clock: { ...systemClock, now: clock.now, after: (_ms, task) => systemClock.after(0, task) },
    telemetry: silentTelemetry,
  })
  const all = async (topic: string): Promise<LogRecord[]> => {
    const records: LogRecord[] = []
    for (let p = 0; p < partitionCount; p++) records.push(...(await log.read(topic, p, 0, { maxRecords: 100_000, maxBytes: 1e9 })).records)
    return records
  }
  return { clock, log, door, redriver, all }
}
const arrival = { source: 'stream-a', origin: 'shard-1:42', kind: 'any' as const, arrivalTime: T0 - 5000 }
/** Cannot be taken in yet: our clock is behind. */
const early = (n: number) => ({ value: contactEvent({ contactId: `c${n}`, eventType: 'INITIATED', at: iso(T0 + 3_600_000) }) })
const outcomes = (items: readonly { outcome: string }[]): Record<string, number> =>
  items.reduce<Record<string, number>>((sum, { outcome }) => ({ ...sum, [outcome]: (sum[outcome] ?? 0) + 1 }), {})

describe('redrive', () => {
  it('takes a letter in as what it was: source and arrival time stay', async () => {
    const { clock, door, redriver, all } = open()
    await door.take([early(1)], arrival)
    clock.advance(3_600_000)
    const { items, next } = await redriver.run(everything)
    expect([items, next]).toEqual([[{ id: '0-0', outcome: 'redriven', reason: 'event-time-in-future' }], null])
    expect((await all(topics.contacts))[0]).toMatchObject({ key: 'c1', headers: { source: 'stream-a', arrivalTime: String(T0 - 5000) } })
  })

  it('takes a letter whose words were hidden in as the event it was', async () => {
    const { clock, log, redriver, all } = open()
    const redact = createRedact({ mode: 'mask', isShared: false }, { telemetry: silentTelemetry })
    const door = createIngestDoor({ log, clock, telemetry: silentTelemetry, redact })
    const { value } = early(1)
    ;(value['detail'] as JsonObject)['description'] = 'card 4111 1111 1111 1111'
    await door.take([{ value }], arrival)
    clock.advance(3_600_000)
    expect(outcomes((await redriver.run(everything)).items)).toEqual({ redriven: 1 })
    // The source sends it again, and another process takes it in.
    await createIngestDoor({ log, clock, telemetry: silentTelemetry, redact }).take([{ value }], arrival)
    const [redriven, again] = await all(topics.contacts)
    expect(again!.headers['id']).toBe(redriven!.headers['id'])
    for (const letter of [redriven!, again!, (await all(topics.deadLetters))[0]!])
      expect(Buffer.from(letter.value!).toString()).toMatch(/card \*{19}/)
  })

  it('leaves a letter alone the second time, also in another process', async () => {
    const { clock, log, door, redriver, all } = open()
    await door.take([early(1)], arrival)
    clock.advance(3_600_000)
    await redriver.run(everything)
    const before = (await all(topics.contacts)).length
    expect(outcomes((await redriver.run(everything)).items)).toEqual({ alreadyRedriven: 1 })
    const other = createRedriver({
      log,
      door: createIngestDoor({ log, clock, telemetry: silentTelemetry }),
      clock,
      telemetry: silentTelemetry,
    })
    expect(outcomes((await other.run({ ...everything, ids: ['0-0'] })).items)).toEqual({ alreadyRedriven: 1 })
    expect((await all(topics.contacts)).length).toBe(before)
  })

  it('says in a dry run what would become of each letter, and changes nothing', async () => {
    const { clock, log, door, redriver, all } = open()
    await door.take([early(1), { bytes: Buffer.from('{"half') }], arrival)
    await log.append(topics.deadLetters, [
      { key: 'history:contacts', value: Buffer.from('{}'), headers: { reason: 'store-rejected', origin: 'lane:history:contacts' } },
      { key: 's', value: Buffer.from('{'), headers: { reason: 'too-large', kind: 'any', source: 's', fullBytes: '9000000' } },
    ])
    clock.advance(3_600_000)
    const { items } = await redriver.run({ ...everything, dryRun: true })
    expect(items.map(({ outcome }) => outcome).toSorted()).toEqual(['notAnEvent', 'redriven', 'stillRefused', 'truncated'])
    expect(await all(topics.contacts)).toEqual([])
    expect(await all(topics.redrives)).toEqual([])
  })

  it('leaves what still cannot be read where it is, and makes no second letter of it', async () => {
    const { door, redriver, all } = open()
    await door.take([{ bytes: Buffer.from('{"half') }], arrival)
    expect((await redriver.run(everything)).items).toEqual([{ id: '0-0', outcome: 'stillRefused', reason: 'invalid-json' }])
    expect(await all(topics.deadLetters)).toHaveLength(1)
  })

  it('takes only what the filter names', async () => {
    const { clock, door, redriver } = open()
    await door.take([early(1)], arrival)
    await door.take([early(2), { bytes: Buffer.from('no') }], { ...arrival, source: 'stream-b' })
    clock.advance(3_600_000)
    expect(outcomes((await redriver.run({ ...everything, source: 'stream-b' })).items)).toEqual({ redriven: 1, stillRefused: 1 })
    expect(outcomes((await redriver.run({ ...everything, reason: 'event-time-in-future' })).items)).toEqual({
      redriven: 1,
      alreadyRedriven: 1,
    })
    expect((await redriver.run({ ...everything, ids: ['0-99', '7-1'] })).items.map(({ outcome }) => outcome)).toEqual([
      'notFound',
      'notFound',
    ])
  })

  it('gives a lane once more what it had set aside, as the same event, though the door remembers it', async () => {
    const { log, door, redriver, all } = open()
    const payload = agentEvent('amy', iso(T0), { AgentStatus: { Name: 'Available' } }, { id: 'e1' })
    await door.take([{ value: payload }], arrival)
    const [record] = await all(topics.agents)
    await log.append(topics.deadLetters, [
      {
        key: 'agents',
        value: record!.value,
        headers: { ...record!.headers, reason: 'fold-failed', message: 'x', origin: 'lane:agents:0:0' },
      },
    ])
    expect(outcomes((await redriver.run(everything)).items)).toEqual({ redriven: 1 })
    expect((await all(topics.agents)).map(({ headers }) => headers['id'])).toEqual(['e1', 'e1'])
  })

  it('poison.redrive: 10,000 letters after a fix, twice: one effect each', async () => {
    const { clock, door, redriver, all } = open(3)
    for (let i = 0; i < 10; i++)
      await door.take(
        Array.from({ length: 1000 }, (_, n) => early(i * 1000 + n)),
        { ...arrival, source: `s${i}` },
      )
    clock.advance(3_600_000)
    const run = async (): Promise<Record<string, number>> => {
      const total: Record<string, number> = {}
      for (let from: readonly number[] | null | undefined; from !== null;) {
        const part = await redriver.run({ ...everything, ratePerSecond: 1_000_000, ...(from ? { from } : {}) })
        for (const [outcome, n] of Object.entries(outcomes(part.items))) total[outcome] = (total[outcome] ?? 0) + n
        from = part.next
      }
      return total
    }
    expect(await run()).toEqual({ redriven: 10_000 })
    expect(await run()).toEqual({ alreadyRedriven: 10_000 })
    const ids = (await all(topics.contacts)).map(({ headers }) => headers['id'])
    expect([ids.length, new Set(ids).size]).toEqual([10_000, 10_000])
  })

  it('keeps to the rate over calls, and lets one run at a time', async () => {
    const clock = createManualClock(T0 + 3_600_000)
    const { log, door } = open()
    await door.take(
      Array.from({ length: 60 }, (_, n) => early(n)),
      arrival,
    )
    const redriver = createRedriver({
      log,
      door: createIngestDoor({ log, clock, telemetry: silentTelemetry }),
      clock,
      telemetry: silentTelemetry,
    })
    const done: number[] = []
    const first = redriver.run({ ...everything, ratePerSecond: 10 }).then(({ items }) => done.push(items.length))
    await expect(redriver.run(everything)).rejects.toMatchObject({ code: 'CONFLICT' })
    // 60 letters at 10 a second in chunks of 20: the last chunk begins after 4 seconds.
    const marks = async (): Promise<number> => (await log.bounds(topics.redrives, 0)).end
    const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))
    await settle()
    expect(await marks()).toBe(20)
    clock.advance(1_900)
    await settle()
    expect(await marks()).toBe(20)
    clock.advance(200)
    await settle()
    expect(await marks()).toBe(40)
    clock.advance(2_000)
    await first
    expect(done).toEqual([60])
  })
})
