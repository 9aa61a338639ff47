import { describe, expect, it } from 'vitest'
import { createManualClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { topics, topicSpecs } from '#events/topics'
import { createIngestDoor } from '#ingest/door'
import { createMemoryLog } from '#log/memory'
import type { EventLog, LogRecord } from '#log/port'
import { agentEvent, contactEvent } from '../../helpers/wire.ts'

const now = Date.UTC(2026, 2, 2, 12)
const arrival = { source: 'test', origin: 'line 7', kind: 'any' as const, arrivalTime: now }
const iso = (ms: number): string => new Date(ms).toISOString()

function open(log: EventLog = createMemoryLog({ topics: topicSpecs, partitionCount: 1, clock: createManualClock(now) })) {
  return { log, door: createIngestDoor({ log, clock: createManualClock(now), telemetry: silentTelemetry }) }
}
async function all(log: EventLog, topic: string): Promise<readonly LogRecord[]> {
  return (await log.read(topic, 0, 0, { maxRecords: 1000, maxBytes: 1e9 })).records
}

describe('the door', () => {
  it('appends an event together with what it tells about its contacts', async () => {
    const { log, door } = open()
    const payload = agentEvent(
      'amy',
      iso(now),
      { AgentStatus: { Name: 'Available' }, Contacts: [{ ContactId: 'c1', State: 'CONNECTED' }] },
      { id: 'e1' },
    )
    expect(await door.take([{ value: payload }], arrival)).toEqual({ accepted: 1, duplicate: 0, deadLettered: 0 })
    const [event] = await all(log, topics.agents)
    expect(event).toMatchObject({
      key: payload['AgentARN'],
      headers: { id: 'e1', kind: 'agent-event', eventTime: String(now), source: 'test' },
    })
    expect(JSON.parse(Buffer.from(event!.value!).toString())).toEqual(payload)
    expect((await all(log, topics.contacts)).map((r) => [r.key, r.headers['kind']])).toEqual([['c1', 'observation']])
  })

  it('recognises a repeat only after the first was durable', async () => {
    const memory = open().log
    let fail = true
    const flaky: EventLog = {
      ...memory,
      append: (topic, entries) => (fail ? Promise.reject(new Error('disk full')) : memory.append(topic, entries)),
    }
    const { door } = open(flaky)
    const element = { value: contactEvent({ contactId: 'c1', eventType: 'QUEUED', at: iso(now), enqueued: iso(now) }) }
    await expect(door.take([element], arrival)).rejects.toThrow('disk full')
    fail = false
    expect(await door.take([element], arrival)).toMatchObject({ accepted: 1, duplicate: 0 })
    expect(await door.take([element, element], arrival)).toMatchObject({ accepted: 0, duplicate: 2 })
  })

  it('keeps what it cannot read, with bytes, reason and origin, and takes its neighbours', async () => {
    const { log, door } = open()
    const good = { value: contactEvent({ contactId: 'c1', eventType: 'INITIATED', at: iso(now) }) }
    const bytes = Uint8Array.of(0x7b, 0xff)
    expect(await door.take([{ bytes }, good, { value: 'text' }, { value: { some: 'thing' } }], arrival)).toEqual({
      accepted: 1,
      duplicate: 0,
      deadLettered: 3,
    })
    const dead = await all(log, topics.deadLetters)
    expect(dead.map((d) => d.headers['reason'])).toEqual(['invalid-utf8', 'not-an-object', 'unknown-shape'])
    expect(dead[0]).toMatchObject({ headers: { origin: 'line 7', source: 'test' } })
    expect([...dead[0]!.value!]).toEqual([...bytes])
  })

  it('takes the arrival time for what carries no clock, and refuses what comes from the future', async () => {
    const { log, door } = open()
    const segments = {
      Version: '1.0.0',
      Channel: 'VOICE',
      AccountId: '1',
      InstanceId: 'i',
      ContactId: 'c1',
      LanguageCode: 'en-US',
      EventType: 'STARTED',
    }
    await door.take([{ value: segments }], { ...arrival, arrivalTime: now - 5000 })
    expect((await all(log, topics.contacts))[0]?.headers['eventTime']).toBe(String(now - 5000))
    const future = agentEvent('amy', iso(now + 6 * 60_000), { AgentStatus: { Name: 'Available' } })
    expect(await door.take([{ value: future }], arrival)).toMatchObject({ deadLettered: 1 })
    expect(door.watermarks().get('agent-event')).toBeUndefined()
  })
})
