import type { AlertRule } from '#contracts/settings'
import { canonicalJson } from '#kernel/json'
import { disturb } from '#simulator/disturb/disturb'
import { resolveKnobs } from '#simulator/disturb/knobs'
import { startSimulation } from '#simulator/start'
import { messagesOf, type TruthFact, type WireEvent } from '#simulator/stream'
import { alertsOf, type TurnTruth } from '#simulator/truth/alerts'
import { toTruth, type Truth } from '#simulator/truth/figures'
import { isTaken } from '../truth/centre.ts'

/** Yesterday, because stored events leave after 90 days by the store's own clock; shortly before a full hour, so that every run crosses one. */
export const START = Math.floor(Date.now() / 86_400_000) * 86_400_000 - 86_400_000 + Date.parse('1970-01-01T09:52:00.000Z')

export const rule: AlertRule = {
  name: 'Wants to leave',
  enabled: true,
  severity: 'warning',
  condition: { type: 'phrase', phrases: ['you', 'my', 'thanks'], speaker: 'customer' },
  queues: [],
}

/** A contact centre's messages as they come, what is true of it, and what must be in the outputs once all is taken in. */
export interface Workload {
  seed: number
  truth: Truth
  /** Disturbed: doubled, out of order, with unknown and broken messages. */
  events: readonly WireEvent[]
  endsAt: number
  recorded: ReadonlySet<string>
  /** `contactId state` of every alert. */
  alerts: readonly string[]
  deadLetters: number
}

export function createWorkload(options: {
  seed: number
  minutes: number
  agents: number
  load?: number
  startAt?: number
  profile?: string
  /** As busy at every hour of the day. */
  steady?: boolean
}): Workload {
  const { seed, minutes, agents, load = 1, startAt = START, profile = 'omnichannel', steady = false } = options
  const facts: TruthFact[] = []
  const simulation = startSimulation({
    profile,
    seed,
    agents,
    load,
    steady,
    startAt,
    endAt: startAt + minutes * 60_000,
    note: (fact) => facts.push(fact),
  })
  const sent = [...messagesOf(simulation)].filter(({ kind }) => isTaken(kind))
  const knobs = resolveKnobs('hard', { clockSkewOf: 'contact-event', lostContactEvents: 0, heartBeatsAfterLogOff: 120_000 })
  const events = [...disturb(sent, knobs, seed)]
  const truth = toTruth(facts)
  const turns = facts.filter((fact): fact is TurnTruth => fact.type === 'turn')
  const contacts = new Map(truth.contacts.map((c) => [c.id, { queueId: c.queueId }]))
  return {
    seed,
    truth,
    events,
    endsAt: Math.max(sent.at(-1)!.at, events.at(-1)!.at),
    recorded: new Set(truth.contacts.map(({ id }) => id)),
    alerts: alertsOf(turns, [{ id: 'rule', rule }], contacts)
      .map(({ contactId, state }) => `${contactId} ${state}`)
      .sort(),
    deadLetters: events.filter(isUnreadable).length,
  }
}

export const isUnreadable = ({ payload }: WireEvent): boolean =>
  typeof payload === 'string' ? payload !== '' : payload['detail-type'] === 'Amazon Connect Forecast Change'

/** Distinct readable messages by kind: what `events_raw` must hold in the end, each once. */
export function distinctMessages(events: readonly WireEvent[]): Map<string, number> {
  const seen = new Map<string, Set<string>>()
  for (const event of events) {
    if (typeof event.payload === 'string' || isUnreadable(event)) continue
    const ofKind = seen.get(event.kind) ?? new Set<string>()
    seen.set(event.kind, ofKind.add(canonicalJson(event.payload)))
  }
  return new Map([...seen].map(([kind, texts]) => [kind, texts.size]))
}
