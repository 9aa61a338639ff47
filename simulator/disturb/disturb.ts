import { isJsonObject, type JsonObject } from '#kernel/json'
import { partitionKeyOf, shardOf } from '../partition-key.ts'
import { createRandom, type Random } from '../random.ts'
import type { TruthFact, WireEvent, WireKind } from '../stream.ts'
import { isObjectEvent, toHeartBeat, toResentRecord, toUnknownType, withSkew, withUnknownFields, type ObjectEvent } from './changes.ts'
import { createHeap } from '../heap.ts'
import { toMalformed } from './malformed.ts'
import { knobsSchema, type KnobName, type Knobs } from './knobs.ts'

/** A message that was lost (`message-lost`) or came in addition (`message-added`), and the knob that did it. */
export interface DisturbanceFact extends TruthFact {
  type: 'message-lost' | 'message-added'
  knob: KnobName
  kind: WireKind
  /** Id of the message itself, where it has one. */
  id?: string
  agentArn?: string
  contactId?: string
  eventType?: string
}

/** A message on its way, or the turn of a series of heart beats. `fact` is set on what is there in addition to the good ones. */
type Held = { event: WireEvent; fact: DisturbanceFact | null } | { beats: Beats }

interface Beats {
  logout: ObjectEvent
  agent: string
  sentMs: number
  mostMs: number
}

const HEART_BEAT_MS = 120_000
/** Any order would do; it must stay the same. */
const kinds: readonly WireKind[] = ['agent-event', 'contact-event', 'contact-record', 'contact-lens', 'softphone-report', 'queue-log']
const inKinesis: ReadonlySet<WireKind> = new Set(['agent-event', 'contact-event', 'contact-record', 'contact-lens'])
const idle = knobsSchema.parse({})

/**
 * What the way from Amazon does to messages. Takes and gives them in order of `at`; holds only what is on its way, so memory is
 * bounded by the rate times the longest delay. Good messages are delayed, never lost, except for `lostContactEvents`; what comes in
 * addition ends with the last good one read. `note` is told each message that is lost or added, with `knob` naming why.
 *
 *   read → lose → (unknown fields, skewed stamps) → delay → out
 *        └→ in addition: heart beats, newer records, unknown types, broken ones, copies of what goes out
 */
export function* disturb(
  events: Iterable<WireEvent>,
  knobs: Knobs,
  seed: number,
  note: (fact: DisturbanceFact) => void = () => undefined,
): Generator<WireEvent, void, undefined> {
  if (isIdle(knobs)) {
    yield* events
    return
  }
  const dice = createDice(seed)
  const held = createHeap<Held>()
  const beating = new Map<string, Beats>()
  const shift = createShifts(knobs, dice.across)
  const lateOne = dice.shard.whole(0, knobs.lateShardOf - 1)
  let startAt: number | undefined
  let lastAt = -Infinity

  const delayOf = (event: WireEvent, within: Random): number =>
    (shift.get(event.kind) ?? 0) +
    (knobs.disorderWithin > 0 ? within.whole(0, knobs.disorderWithin) : 0) +
    latenessOf(event, knobs, lateOne, startAt ?? event.at)

  const hold = (event: WireEvent, fact: DisturbanceFact | null): void => held.push(event.at, { event, fact })

  /** A lost message goes the same way up to the last step, so that the dice fall the same for the others. */
  const send = (event: WireEvent, fact: DisturbanceFact | null, isLost = false): void => {
    const { copies, within, fields } = fact === null ? dice.good : dice.added
    const changed = knobs.unknownFields > 0 && fields.chance(knobs.unknownFields) ? withUnknownFields(event, fields) : event
    const stamped = knobs.clockSkew === 0 ? changed : withSkew(changed, knobs.clockSkewOf, knobs.clockSkew)
    const sent = later(stamped, delayOf(event, within))
    if (!isLost) hold(sent, fact)
    if (knobs.duplicates === 0 || !copies.chance(knobs.duplicates)) return
    for (let times = copies.whole(1, knobs.duplicateTimes); times > 0; times--) {
      const copy = later(sent, copies.whole(1, Math.max(1, knobs.duplicateWithin)))
      if (!isLost) hold(copy, toFact('duplicates', copy))
    }
  }

  const accompany = (event: WireEvent): void => {
    if (knobs.unknownTypes > 0 && dice.types.chance(knobs.unknownTypes)) {
      const extra = toUnknownType(event, dice.types)
      if (extra) addExtra('unknownTypes', extra)
    }
    if (knobs.malformed > 0 && dice.broken.chance(knobs.malformed)) addExtra('malformed', toMalformed(event, dice.broken))
    if (isObjectEvent(event) && event.kind === 'contact-record' && knobs.resentRecords > 0 && dice.resent.chance(knobs.resentRecords)) {
      const resent = toResentRecord(event, dice.resent.whole(1000, Math.max(1000, knobs.resentWithin)), dice.resent)
      const { Attributes, LastUpdateTimestamp } = resent.payload
      send(resent, toFact('resentRecords', resent, { attributes: Attributes ?? null, lastUpdateTimestamp: LastUpdateTimestamp ?? null }))
    }
    if (isObjectEvent(event) && event.kind === 'agent-event' && knobs.heartBeatsAfterLogOff > 0) watchLogOff(event)
  }

  const addExtra = (knob: KnobName, extra: WireEvent): void => {
    const sent = later(extra, delayOf(extra, dice.added.within))
    hold(sent, toFact(knob, sent))
  }

  const watchLogOff = (event: ObjectEvent): void => {
    const agent = partitionKeyOf(event)
    const type = event.payload['EventType']
    if (type !== 'HEART_BEAT') beating.delete(agent)
    if (type !== 'LOGOUT') return
    const beats = { logout: event, agent, sentMs: 0, mostMs: dice.beats.whole(0, knobs.heartBeatsAfterLogOff) }
    beating.set(agent, beats)
    held.push(event.at + HEART_BEAT_MS, { beats })
  }

  const beat = (beats: Beats): void => {
    // Signed in again since.
    if (beating.get(beats.agent) !== beats) return
    beats.sentMs += HEART_BEAT_MS
    if (beats.sentMs > beats.mostMs) return void beating.delete(beats.agent)
    const sent = toHeartBeat(beats.logout, beats.sentMs, dice.beats.uuid())
    send(sent, toFact('heartBeatsAfterLogOff', sent))
    held.push(beats.logout.at + beats.sentMs + HEART_BEAT_MS, { beats })
  }

  function* release(until: number): Generator<WireEvent, void, undefined> {
    for (let next = held.takeDue(until); next; next = held.takeDue(until)) {
      if ('beats' in next.item) {
        if (next.at <= lastAt) beat(next.item.beats)
        continue
      }
      const { event, fact } = next.item
      if (fact !== null) {
        if (until === Infinity && event.at > lastAt) continue
        note(fact)
      }
      yield event
    }
  }

  for (const event of events) {
    startAt ??= event.at
    lastAt = event.at
    yield* release(event.at)
    const isLost = event.kind === 'contact-event' && knobs.lostContactEvents > 0 && dice.lost.chance(knobs.lostContactEvents)
    if (isLost) note(toFact('lostContactEvents', event))
    send(event, null, isLost)
    accompany(event)
    yield* release(event.at)
  }
  yield* release(Infinity)
}

/** One stream of chance a knob, and others for what is added: turning one knob leaves what the others do to good messages as it was. */
function createDice(seed: number) {
  const root = createRandom(`${seed}/disturb`)
  const each = (whose: string): Record<'copies' | 'within' | 'fields', Random> => ({
    copies: root.fork(`${whose}/copies`),
    within: root.fork(`${whose}/within`),
    fields: root.fork(`${whose}/fields`),
  })
  return {
    good: each('good'),
    added: each('added'),
    resent: root.fork('resent'),
    across: root.fork('across'),
    lost: root.fork('lost'),
    beats: root.fork('beats'),
    shard: root.fork('shard'),
    types: root.fork('types'),
    broken: root.fork('broken'),
  }
}

const causes = [
  'duplicates',
  'resentRecords',
  'disorderWithin',
  'disorderAcross',
  'lostContactEvents',
  'heartBeatsAfterLogOff',
  'lateShard',
  'clockSkew',
  'unknownFields',
  'unknownTypes',
  'malformed',
] as const satisfies KnobName[]
const isIdle = (knobs: Knobs): boolean => causes.every((name) => knobs[name] === idle[name])

/** The streams in some order, the first on time, the last behind by all of `disorderAcross`. */
function createShifts({ disorderAcross }: Knobs, random: Random): Map<WireKind, number> {
  return new Map(random.shuffle(kinds).map((kind, i) => [kind, Math.round((disorderAcross * i) / (kinds.length - 1))]))
}

/**
 * A shard that stands still for `lateShard`, then is that much behind, and at the end of `lateShardFor` delivers the rest at once.
 * Never more than `lateShard`, and its order stays.
 */
function latenessOf(event: WireEvent, knobs: Knobs, lateOne: number, startAt: number): number {
  if (knobs.lateShard === 0 || !inKinesis.has(event.kind)) return 0
  const intoMs = event.at - startAt - knobs.lateShardFrom
  if (intoMs < 0 || intoMs >= knobs.lateShardFor + knobs.lateShard) return 0
  if (shardOf(partitionKeyOf(event), knobs.lateShardOf) !== lateOne) return 0
  return Math.min(knobs.lateShard, knobs.lateShardFor + knobs.lateShard - intoMs)
}

const later = (event: WireEvent, ms: number): WireEvent => (ms === 0 ? event : { ...event, at: event.at + ms })

/** What was lost, or came in addition: enough to find it among what arrived. */
function toFact(knob: KnobName, event: WireEvent, more: JsonObject = {}): DisturbanceFact {
  const fact: DisturbanceFact = {
    type: knob === 'lostContactEvents' ? 'message-lost' : 'message-added',
    at: event.at,
    knob,
    kind: event.kind,
  }
  if (!isObjectEvent(event)) return { ...fact, ...more }
  const detail = isJsonObject(event.payload['detail']) ? event.payload['detail'] : {}
  const told = {
    id: event.payload['EventId'] ?? event.payload['id'],
    agentArn: event.payload['AgentARN'],
    contactId: event.payload['ContactId'] ?? detail['contactId'],
    eventType: event.payload['EventType'] ?? event.payload['StreamingEventType'] ?? detail['eventType'],
  }
  const known = Object.entries(told).filter(([, value]) => typeof value === 'string')
  return { ...fact, ...Object.fromEntries(known), ...more }
}
