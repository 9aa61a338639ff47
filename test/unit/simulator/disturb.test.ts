import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { decodeUtf8, isEqualJson, isJsonObject, parseJson, type JsonObject } from '#kernel/json'
import { decodePayload } from '#events/decode'
import type { SourceKind } from '#events/envelope'
import { disturb } from '#simulator/disturb/disturb'
import { presetNames, resolveKnobs, type Knobs } from '#simulator/disturb/knobs'
import { toBytes } from '#simulator/output/bytes'
import { partitionKeyOf, shardOf } from '#simulator/partition-key'
import type { WireEvent } from '#simulator/stream'
import { goodEvents, objectOf, run, textAt } from './disturb-fixture.ts'
import { MINUTE, T0 } from './recording.ts'

const events = goodEvents(30)
const few = goodEvents(6)
const digest = (sent: Iterable<WireEvent>): string => {
  const hash = createHash('sha256')
  for (const { at, time, kind, payload } of sent) hash.update(JSON.stringify([at, time, kind, payload]))
  return hash.digest('hex')
}
const arrivals = (sent: readonly WireEvent[]): number[] => sent.map(({ at }) => at)
const byPayload = (sent: readonly WireEvent[]): Map<WireEvent['payload'], WireEvent> => new Map(sent.map((e) => [e.payload, e]))

const share = fc.constantFrom(0, 0.1, 0.7, 1)
const span = (most: number): fc.Arbitrary<number> => fc.constantFrom(0, 1, 1000, most)
const anyKnobs: fc.Arbitrary<Partial<Knobs>> = fc.record({
  duplicates: share,
  duplicateTimes: fc.integer({ min: 1, max: 4 }),
  duplicateWithin: span(5 * MINUTE),
  resentRecords: share,
  resentWithin: span(3 * MINUTE),
  disorderWithin: span(30_000),
  disorderAcross: span(MINUTE),
  heartBeatsAfterLogOff: span(60 * MINUTE),
  lateShard: span(2 * MINUTE),
  lateShardOf: fc.integer({ min: 1, max: 4 }),
  lateShardFrom: span(MINUTE),
  lateShardFor: span(2 * MINUTE),
  unknownTypes: share,
  malformed: share,
})

describe('whatever the knobs', () => {
  it('loses nothing good, changes nothing good, delays it within bounds, and keeps the order of arrival', () => {
    fc.assert(
      fc.property(anyKnobs, fc.nat(1000), (knobs, seed) => {
        const { sent, good } = run(few, knobs, seed)
        expect(arrivals(sent)).toEqual(arrivals(sent).toSorted((a, b) => a - b))
        expect(good).toHaveLength(few.length)
        const found = byPayload(good)
        const mostMs = (knobs.disorderWithin ?? 0) + (knobs.disorderAcross ?? 0) + (knobs.lateShard ?? 0)
        for (const event of few) {
          const arrived = found.get(event.payload)
          expect(arrived).toMatchObject({ kind: event.kind, time: event.time })
          expect(arrived!.at - event.at).toBeGreaterThanOrEqual(0)
          expect(arrived!.at - event.at).toBeLessThanOrEqual(mostMs)
        }
      }),
      { numRuns: 40 },
    )
  })

  it.each(presetNames)('gives the same bytes for the same seed, others for another: %s', (preset) => {
    const knobs = resolveKnobs(preset)
    expect(digest(disturb(events, knobs, 7))).toBe(digest(disturb(events, knobs, 7)))
    if (preset === 'none') expect([...disturb(events, knobs, 7)]).toEqual(events)
    else expect(digest(disturb(events, knobs, 8))).not.toBe(digest(disturb(events, knobs, 7)))
  })

  it('holds no more than what is on its way, also of a stream without end', () => {
    let taken = 0
    const endless = function* (): Generator<WireEvent, never> {
      for (;;) {
        const at = T0 + taken++ * 100
        yield { at, time: at, kind: 'contact-record', payload: { ContactId: `c${taken}`, LastUpdateTimestamp: new Date(at).toISOString() } }
      }
    }
    const knobs = resolveKnobs('hard')
    let [given, most] = [0, 0]
    let good = 0
    const additions = { count: 0 }
    for (const _ of disturb(endless(), knobs, 1, () => additions.count++)) {
      given++
      good = given - additions.count
      most = Math.max(most, taken - good)
      if (given === 200_000) break
    }
    const longestMs = knobs.disorderWithin + knobs.disorderAcross + knobs.lateShard
    expect(most).toBeLessThanOrEqual(longestMs / 100 + 1)
    expect(good).toBeGreaterThan(100_000)
  })

  it('leaves what one knob does to good messages as it is when another is turned', () => {
    const turned = { disorderWithin: 20_000, duplicates: 0.2 }
    const others = { malformed: 0.3, unknownTypes: 0.3, resentRecords: 0.5, lostContactEvents: 0.3 }
    const alone = new Map(run(events, turned, 3).good.map((e) => [e.payload, e.at]))
    const together = run(events, { ...turned, ...others }, 3)
    expect(together.good.length).toBeLessThan(events.length)
    for (const event of together.good) expect(event.at).toBe(alone.get(event.payload))
  })

  it('ends what it adds with the last good message', () => {
    const { added } = run(events, { duplicates: 1, duplicateWithin: 60 * MINUTE, resentRecords: 1, disorderWithin: 1000 })
    expect(Math.max(...arrivals(added))).toBeLessThanOrEqual(events.at(-1)!.at)
  })
})

describe('duplicates', () => {
  it('come after the first copy, identical, in the number and within the time asked for', () => {
    const { good, added, facts } = run(events, { duplicates: 0.3, duplicateTimes: 3, duplicateWithin: 2 * MINUTE })
    const first = byPayload(good)
    const copies = new Map<WireEvent, number>()
    for (const copy of added) {
      const original = first.get(copy.payload)
      expect(original).toMatchObject({ kind: copy.kind, time: copy.time })
      const laterMs = copy.at - original!.at
      expect(laterMs).toBeGreaterThan(0)
      expect(laterMs).toBeLessThanOrEqual(2 * MINUTE)
      copies.set(original!, (copies.get(original!) ?? 0) + 1)
    }
    expect(Math.max(...copies.values())).toBe(3)
    expect(copies.size / events.length).toBeGreaterThan(0.25)
    expect(copies.size / events.length).toBeLessThan(0.35)
    expect(facts.every(({ type, knob }) => type === 'message-added' && knob === 'duplicates')).toBe(true)
  })
})

describe('resentRecords', () => {
  it('are complete, newer, and else the same but for an attribute', () => {
    const { good, added, facts } = run(events, { resentRecords: 0.5, resentWithin: 5 * MINUTE })
    const records = new Map(good.filter((e) => e.kind === 'contact-record').map((e) => [objectOf(e)['ContactId'], e]))
    expect(added.length).toBeGreaterThan(10)
    for (const again of added) {
      const record = records.get(objectOf(again)['ContactId'] ?? null)
      const [before, after] = [objectOf(record!), objectOf(again)]
      const { LastUpdateTimestamp, Attributes } = after
      const [old, fresh] = [before, after].map((record) => Date.parse(textAt(record, 'LastUpdateTimestamp')))
      expect(after).toEqual({ ...before, LastUpdateTimestamp, Attributes })
      expect(Attributes).toHaveProperty('followUp')
      expect(fresh).toBeGreaterThan(old!)
      expect(fresh).toBeLessThanOrEqual(again.at)
      expect(again.at - record!.at).toBeLessThanOrEqual(5 * MINUTE)
      expect(decodePayload(after, 'contact-record')).toMatchObject({ ok: true })
    }
    expect(facts[0]).toMatchObject({ knob: 'resentRecords', contactId: expect.any(String), attributes: { followUp: expect.any(String) } })
  })
})

describe('disorder', () => {
  const positions = (sent: readonly WireEvent[], kind: string): number[] => {
    const order = new Map(events.map((e, i) => [e.payload, i]))
    return sent.filter((e) => e.kind === kind).map((e) => order.get(e.payload) ?? -1)
  }
  const isSorted = (list: readonly number[]): boolean =>
    isEqualJson(
      list,
      list.toSorted((a, b) => a - b),
    )

  it('disorderWithin lets messages of one stream swap places', () => {
    const { sent } = run(events, { disorderWithin: 5000 })
    for (const kind of ['agent-event', 'contact-event', 'contact-lens']) expect(isSorted(positions(sent, kind))).toBe(false)
  })

  it('disorderAcross shifts whole streams: each keeps its order, the last is behind by all of it', () => {
    const { sent } = run(events, { disorderAcross: 50_000 })
    const before = byPayload(events)
    const shifts = new Map<string, Set<number>>()
    for (const event of sent) {
      const set = shifts.get(event.kind) ?? new Set()
      shifts.set(event.kind, set.add(event.at - before.get(event.payload)!.at))
    }
    for (const kind of shifts.keys()) expect(isSorted(positions(sent, kind))).toBe(true)
    expect([...shifts.values()].map(([...of]) => of.length)).toEqual([1, 1, 1, 1, 1, 1])
    expect([...shifts.values()].flatMap((of) => [...of]).toSorted((a, b) => a - b)).toEqual([0, 10_000, 20_000, 30_000, 40_000, 50_000])
  })
})

describe('lostContactEvents', () => {
  it('drops contact events only, and tells which', () => {
    const { sent, facts } = run(events, { lostContactEvents: 0.2 })
    const lost = new Set<unknown>(facts.map(({ id }) => id))
    const isLost = (e: WireEvent): boolean => e.kind === 'contact-event' && lost.has(objectOf(e)['id'] ?? null)
    expect(sent).toEqual(events.filter((e) => !isLost(e)))
    expect(facts).toHaveLength(events.length - sent.length)
    expect(facts.length / events.filter((e) => e.kind === 'contact-event').length).toBeCloseTo(0.2, 1)
    expect(facts[0]).toMatchObject({ type: 'message-lost', contactId: expect.any(String), eventType: expect.any(String) })
  })
})

describe('heartBeatsAfterLogOff', () => {
  const agentEvent = (name: string, type: string, at: number): WireEvent => ({
    at: at + 180,
    time: at,
    kind: 'agent-event',
    payload: {
      ...objectOf(events.find((e) => e.kind === 'agent-event')!),
      AgentARN: `arn:aws:connect:eu-west-1:1:instance/i/agent/${name}`,
      EventId: `${name}-${type}-${at}`,
      EventType: type,
      EventTimestamp: new Date(at).toISOString(),
    },
  })
  const beatsOf = (sent: readonly WireEvent[], name: string): WireEvent[] =>
    sent.filter((e) => partitionKeyOf(e).endsWith(`/${name}`) && objectOf(e)['EventType'] === 'HEART_BEAT')

  it('every 120 s with the same snapshot, for an hour at most, until the agent is back', () => {
    const input: WireEvent[] = []
    for (let n = 0; n < 20; n++) input.push(agentEvent(`a${n}`, 'LOGOUT', T0 + n))
    input.push(agentEvent('back', 'LOGOUT', T0 + 100))
    input.push(agentEvent('back', 'LOGIN', T0 + 5 * MINUTE))
    input.push(agentEvent('end', 'STATE_CHANGE', T0 + 90 * MINUTE))
    const { sent } = run(input, { heartBeatsAfterLogOff: 60 * MINUTE })
    const counts = Array.from({ length: 20 }, (_, n) => {
      const beats = beatsOf(sent, `a${n}`)
      beats.forEach((beat, i) => {
        const beatAt = T0 + n + (i + 1) * 2 * MINUTE
        expect(beat).toMatchObject({ at: beatAt + 180, time: beatAt })
        expect(objectOf(beat)).toMatchObject({ EventTimestamp: new Date(beatAt).toISOString() })
        expect(objectOf(beat)['CurrentAgentSnapshot']).toEqual(objectOf(input[n]!)['CurrentAgentSnapshot'])
      })
      return beats.length
    })
    expect(Math.max(...counts)).toBeGreaterThan(20)
    expect(Math.max(...counts)).toBeLessThanOrEqual(30)
    expect(beatsOf(sent, 'back').length).toBeLessThanOrEqual(2)
    expect(new Set(sent.map((e) => objectOf(e)['EventId'])).size).toBe(sent.length)
  })
})

describe('lateShard', () => {
  it('holds one shard back, in order, for its time; the others are on time', () => {
    const [lateMs, fromMs, forMs] = [3 * MINUTE, 5 * MINUTE, 8 * MINUTE]
    const { sent } = run(events, { lateShard: lateMs, lateShardOf: 3, lateShardFrom: fromMs, lateShardFor: forMs })
    const before = byPayload(events)
    const late = sent.filter((e) => e.at !== before.get(e.payload)!.at)
    expect(new Set(late.map((e) => shardOf(partitionKeyOf(e), 3))).size).toBe(1)
    const delays = late.map((e) => e.at - before.get(e.payload)!.at)
    expect(Math.max(...delays)).toBe(lateMs)
    const firstAt = events[0]!.at
    for (const e of late) {
      const { at } = before.get(e.payload)!
      expect(at).toBeGreaterThanOrEqual(firstAt + fromMs)
      expect(at).toBeLessThan(firstAt + fromMs + forMs + lateMs)
    }
    const shard = shardOf(partitionKeyOf(late[0]!), 3)
    const ofShard = (list: readonly WireEvent[]): WireEvent['payload'][] =>
      list
        .filter((e) => e.kind !== 'queue-log' && e.kind !== 'softphone-report' && shardOf(partitionKeyOf(e), 3) === shard)
        .map((e) => e.payload)
    expect(ofShard(sent)).toEqual(ofShard(events))
    // Everything of the shard in that time, not a part of it.
    const inTime = events.filter((e) => e.at >= firstAt + fromMs && e.at < firstAt + fromMs + forMs)
    expect(late.length).toBeGreaterThanOrEqual(ofShard(inTime).length)
  })
})

describe('clockSkew', () => {
  it.each([
    ['agent-event', 'EventTimestamp', -20_000],
    ['contact-event', 'time', 90_000],
  ] as const)('moves the own stamp of %s and nothing else', (kind, name, skewMs) => {
    const { sent } = run(events, { clockSkew: skewMs, clockSkewOf: kind })
    expect(arrivals(sent)).toEqual(arrivals(events))
    sent.forEach((event, i) => {
      if (event.kind !== kind) return expect(event).toBe(events[i])
      const [before, after] = [objectOf(events[i]!), objectOf(event)]
      const [old, stamp] = [textAt(before, name), textAt(after, name)]
      expect(Date.parse(stamp) - Date.parse(old)).toBe(skewMs)
      expect(stamp).toHaveLength(old.length)
      return expect(after).toEqual({ ...before, [name]: stamp })
    })
  })
})

const fourKinds: ReadonlySet<string> = new Set(['agent-event', 'contact-event', 'contact-record', 'contact-lens'])

describe('what nobody knows', () => {
  it('unknownFields leaves every known field as it is, and the message readable', () => {
    const { sent } = run(events, { unknownFields: 1 })
    sent.forEach((event, i) => {
      if (typeof event.payload === 'string') return expect(event).toBe(events[i])
      expect(event.payload).not.toEqual(events[i]!.payload)
      expect(event.payload).toMatchObject(withoutSegments(objectOf(events[i]!)))
      if (fourKinds.has(event.kind)) expect(decodePayload(event.payload, event.kind as SourceKind)).toMatchObject({ ok: true })
      return undefined
    })
  })

  it('unknownTypes are additional, and have ids of their own', () => {
    const { good, added } = run(events, { unknownTypes: 0.5 })
    expect(good).toEqual(events)
    expect(new Set(added.map((e) => e.kind))).toEqual(new Set(['agent-event', 'contact-event', 'contact-lens', 'queue-log']))
    const ids = new Set(events.map(ownId).filter(Boolean))
    for (const extra of added) expect(ids.has(ownId(extra))).toBe(false)
    for (const extra of added) expect(JSON.stringify(extra.payload)).toMatch(/XSHIFT_OFFERED|XCONTACT_RATED|XINSIGHTS|XAGENTMOOD|Forecast/)
  })

  it('malformed are additional, one line each, and readable as nothing', () => {
    const { good, added } = run(events, { malformed: 1 })
    expect(good).toEqual(events)
    const texts = added.map((e) => [e, toBytes(e)] as const)
    for (const [{ kind }, bytes] of texts) {
      expect(bytes.includes(0x0a)).toBe(false)
      if (!fourKinds.has(kind)) continue
      const text = decodeUtf8(bytes)
      const parsed = text === undefined ? undefined : parseJson(text)
      if (!parsed?.ok || !isJsonObject(parsed.value)) continue
      expect(decodePayload(parsed.value, kind as SourceKind), text).toMatchObject({ ok: false })
    }
    expect(texts.some(([, bytes]) => bytes.length === 0)).toBe(true)
    expect(texts.some(([, bytes]) => decodeUtf8(bytes) === undefined)).toBe(true)
    expect(new Set(added.map((e) => e.kind)).size).toBe(6)
  })
})

describe('knobs', () => {
  it('name what is wrong with them', () => {
    expect(() => resolveKnobs('mild', { duplicates: 2, lateShard: -1 })).toThrow(
      /knob duplicates must be a share from 0 to 1, not 2; knob lateShard must be between 0 and 24h/,
    )
    expect(() => resolveKnobs('none', { dupes: 1 })).toThrow(/there is no knob dupes; the knobs are duplicates, /)
    expect(() => resolveKnobs('none', { clockSkewOf: 'chat' })).toThrow(/knob clockSkewOf must be agent-event/)
  })

  it('turn a preset further', () => {
    expect(resolveKnobs('hard', { malformed: 0 })).toMatchObject({ malformed: 0, duplicates: 0.1 })
  })
})

/** Segments get one more element, so `toMatchObject` would refuse the list. */
function withoutSegments(payload: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(payload).filter(([name]) => name !== 'Segments'))
}

function ownId({ payload }: WireEvent): string {
  return typeof payload === 'string' ? '' : textAt(payload, 'EventId') || textAt(payload, 'id')
}
