import { createHash } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createDemo, demoEvents } from '#simulator/demo'
import { decodePayload } from '#events/decode'
import type { JsonObject } from '#kernel/json'
import { MINUTE, record, T0 } from './recording.ts'

const options = { seed: 11, startAt: T0, storyAt: T0 + 8 * MINUTE }
const end = T0 + 22 * MINUTE
const events = record(options, end)
const digest = (events: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(events)).digest('hex')
const withoutIds = (events: readonly unknown[], startAt: number): string =>
  JSON.stringify(events)
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}/g, 'id')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, (text) => String(Date.parse(text) - startAt))
    .replaceAll(/"(at|time)":(\d+)/g, (_, name: string, at: string) => `"${name}":${Number(at) - startAt}`)

describe('the demo', () => {
  it('gives the same bytes for the same seed and times', () => {
    expect(digest(record(options, end))).toBe(digest(events))
  })

  it('gives something else for another seed', () => {
    expect(digest(record({ ...options, seed: 12 }, end))).not.toBe(digest(events))
  })

  it('plays the same day at another time, with other ids', () => {
    const later = 86_400_000
    const second = record({ seed: 11, startAt: T0 + later, storyAt: options.storyAt + later }, end + later)
    expect(withoutIds(second, T0 + later)).toBe(withoutIds(events, T0))
    expect(digest(second)).not.toBe(digest(events))
  })

  it('hands out messages in the order sources get them', () => {
    const times = events.map(({ at }) => at)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })

  it('can be read as an endless generator', () => {
    const generator = demoEvents(options)
    const first = Array.from({ length: 200 }, () => generator.next().value)
    expect(first).toEqual(events.slice(0, 200))
  })

  it('sends only what the decoders read', () => {
    for (const { kind, payload } of events) {
      const decoded = decodePayload(payload, 'any')
      expect(decoded, JSON.stringify(payload).slice(0, 300)).toMatchObject({ ok: true, kind })
    }
  })

  it('never uses a message id twice', () => {
    const ids = events.flatMap(({ payload }) => payload['EventId'] ?? payload['id'] ?? [])
    expect(ids.length).toBeGreaterThan(1000)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('brings every kind of message', () => {
    const types = events.map(({ kind, payload }) => {
      const detail = payload['detail'] as JsonObject | undefined
      return `${kind} ${JSON.stringify(payload['EventType'] ?? payload['StreamingEventType'] ?? detail?.['eventType'] ?? payload['Channel'])}`
    })
    expect([...new Set(types)]).toEqual(
      expect.arrayContaining([
        'agent-event "HEART_BEAT"',
        'agent-event "LOGIN"',
        'agent-event "STATE_CHANGE"',
        'contact-event "COMPLETED"',
        'contact-event "CONNECTED_TO_AGENT"',
        'contact-event "CONNECTED_TO_SYSTEM"',
        'contact-event "DISCONNECTED"',
        'contact-event "INITIATED"',
        'contact-event "QUEUED"',
        'contact-lens "COMPLETED"',
        'contact-lens "SEGMENTS"',
        'contact-lens "STARTED"',
        'contact-record "CHAT"',
        'contact-record "VOICE"',
      ]),
    )
  })

  it('keeps nothing of what has ended', () => {
    const hours = 8
    const demo = createDemo({ seed: 5, startAt: T0 })
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const heapAfter = (until: number): number => {
      while (demo.dueAt() < until) demo.next()
      collect()
      return process.memoryUsage().heapUsed
    }
    const early = heapAfter(T0 + 60 * MINUTE)
    const late = heapAfter(T0 + hours * 60 * MINUTE)
    expect(late - early).toBeLessThan(5_000_000)
  })
})
