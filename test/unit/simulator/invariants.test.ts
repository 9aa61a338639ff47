import { beforeAll, describe, expect, it } from 'vitest'
import { integer, sample } from 'fast-check'
import { profiles } from '#simulator/profiles/index'
import { run } from '#simulator/simulation'
import type { TruthFact, WireEvent } from '#simulator/stream'
import type { ContactTruth } from '#simulator/truth/facts'
import { createDemo, amazonKinds, type DemoEvent } from '#simulator/demo'
import { groupBy, MINUTE, readAll, T0, type Readings } from './recording.ts'

const inWholeSeconds = (ms: number | null): number | null => (ms === null ? null : Math.floor(ms / 1000) * 1000)

// Drawn once, so that a failure can be seen again.
const seeds = sample(integer({ min: 0, max: 1_000_000 }), { numRuns: profiles.length + 2, seed: 20_250_303 })
const cases = profiles.map((plan, i) => ({ name: plan.name, plan, seed: seeds[i]!, hasStory: false }))
/** The demo plays its story as well, twice. */
const demo = { name: 'the demo', plan: profiles[0]!, seed: seeds.at(-1)!, hasStory: true }

describe.each([...cases, demo])('$name, seed $seed', ({ plan, seed, hasStory }) => {
  let events: WireEvent[]
  let readings: Readings
  let truth: ContactTruth[]
  const isOfAmazon = (event: WireEvent): event is DemoEvent => amazonKinds.some((kind) => kind === event.kind)
  beforeAll(() => {
    events = []
    const facts: TruthFact[] = []
    if (hasStory) {
      const endless = createDemo({ seed, startAt: T0, storyAt: T0 + 15 * MINUTE })
      while (endless.dueAt() < T0 + 35 * MINUTE) events.push(endless.next())
    } else {
      const simulation = run({ plan, seed, startAt: T0, endAt: T0 + 40 * MINUTE, note: (fact) => facts.push(fact) })
      for (let event = simulation.next(); event; event = simulation.next()) events.push(event)
    }
    truth = facts.filter((fact): fact is ContactTruth => fact.type === 'contact')
    // Throws on what our own decoders cannot read.
    readings = readAll(events.filter(isOfAmazon))
  })

  it('messages come in the order sources get them, never before they happened', () => {
    const times = events.map(({ at }) => at)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    expect(events.filter(({ at, time }) => time > at)).toEqual([])
  })

  it('an event shows as previous what the agent’s last event showed as current, and no two have the same time', () => {
    const sent = events.filter(isOfAmazon).flatMap(({ kind, payload }) => (kind === 'agent-event' ? [payload] : []))
    for (const own of groupBy(sent, ({ AgentARN }) => JSON.stringify(AgentARN)).values()) {
      const current = own.map((payload) => payload['CurrentAgentSnapshot'])
      expect(own.map((payload) => payload['PreviousAgentSnapshot'])).toEqual([null, ...current.slice(0, -1)])
      const times = own.map((payload) => payload['EventTimestamp'])
      expect(new Set(times).size).toBe(times.length)
    }
  })

  it('no agent has two voice contacts, more contacts than slots, or two channels at once', () => {
    for (const { current } of readings['agent-event']) {
      const channels = current!.contacts.map(({ channel }) => channel)
      expect(new Set(channels).size).toBeLessThanOrEqual(1)
      expect(channels.filter((channel) => channel === 'VOICE').length).toBeLessThanOrEqual(1)
      for (const slot of current!.config.slots) {
        const taken = channels.filter((channel) => channel === slot.channel).length
        expect(taken).toBeLessThanOrEqual(slot.maximum)
        expect(slot.available).toBe(slot.maximum - taken)
      }
    }
  })

  it('an agent’s contact moves only along legal states', () => {
    const legal: Record<string, string[]> = {
      new: ['CONNECTING', 'INCOMING', 'CONNECTED'],
      INCOMING: ['CONNECTING', 'MISSED'],
      CONNECTING: ['CONNECTED', 'MISSED', 'REJECTED', 'ERROR', 'gone'],
      CONNECTED: ['CONNECTED_ONHOLD', 'PAUSED', 'ENDED', 'gone'],
      CONNECTED_ONHOLD: ['CONNECTED', 'ENDED'],
      PAUSED: ['CONNECTED'],
      MISSED: ['gone'],
      REJECTED: ['gone'],
      ERROR: ['gone'],
      ENDED: ['gone'],
    }
    for (const { current, previous } of readings['agent-event']) {
      const states = (contacts = current!.contacts): Map<string, string> => new Map(contacts.map((c) => [c.contactId, c.state]))
      const methods = new Map([...current!.contacts, ...(previous?.contacts ?? [])].map((c) => [c.contactId, c.initiationMethod]))
      const [before, after] = [states(previous?.contacts ?? []), states()]
      for (const id of new Set([...before.keys(), ...after.keys()])) {
        const [from, to] = [before.get(id) ?? 'new', after.get(id) ?? 'gone']
        if (from === to) continue
        expect(legal[from], `${from} → ${to}`).toContain(to)
        // Only a supervisor's listening begins and ends without ringing and wrap-up; only a preview is thrown away unconnected.
        if (from === 'new' && to === 'CONNECTED') expect(methods.get(id)).toBe('MONITOR')
        if (from === 'CONNECTED' && to === 'gone') expect(methods.get(id)).toBe('MONITOR')
        if (from === 'CONNECTING' && to === 'gone') expect(methods.get(id)).toBe('OUTBOUND')
      }
    }
  })

  it('is never silent about a signed-in agent for more than 120 s, save the ghosts of the story', () => {
    const silent = [...groupBy(readings['agent-event'], (event) => event.agentId).values()].filter((own) =>
      own.some((event, i) => i > 0 && own[i - 1]!.type !== 'LOGOUT' && event.eventTime - own[i - 1]!.eventTime > 120_000),
    )
    expect(silent.length).toBeLessThanOrEqual(hasStory ? 2 : 0)
  })

  it('queue counts never go below zero and every contact leaves its queue once', () => {
    const waiting = new Set<string>()
    const left = new Set<string>()
    for (const { type, contactId, enqueuedAt } of readings['contact-event']) {
      if (enqueuedAt === null) continue
      if (type === 'QUEUED') waiting.add(contactId)
      const leaves = type === 'CONNECTED_TO_AGENT' || (type === 'DISCONNECTED' && !left.has(contactId))
      if (!leaves) continue
      expect(waiting.delete(contactId), `${type} of a contact that did not wait`).toBe(true)
      left.add(contactId)
    }
    if (!hasStory) expect([...waiting]).toEqual([])
  })

  it('every contact’s story is told in order and to its end', () => {
    const recorded = new Set(readings['contact-record'].map((record) => record.contactId))
    const rank = ['INITIATED', 'QUEUED', 'CONNECTED_TO_AGENT', 'DISCONNECTED', 'COMPLETED']
    const between = new Set(['CONNECTED_TO_SYSTEM', 'CONTACT_DATA_UPDATED', 'PAUSED', 'RESUMED'])
    let ended = 0
    for (const [contactId, own] of groupBy(readings['contact-event'], (event) => event.contactId)) {
      const told = own.map(({ type }) => type).filter((type) => !between.has(type))
      expect(told[0]).toBe('INITIATED')
      expect(told.map((type) => rank.indexOf(type))).toEqual([...new Set(told)].map((type) => rank.indexOf(type)).toSorted((a, b) => a - b))
      const times = own.map(({ eventTime }) => eventTime)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      if (hasStory && own[0]!.eventTime > T0 + 10 * MINUTE) continue
      ended++
      expect(told.slice(-2)).toEqual(['DISCONNECTED', 'COMPLETED'])
      expect(recorded.has(contactId)).toBe(true)
    }
    expect(ended).toBeGreaterThan(30)
  })

  it('the times of a contact record add up', () => {
    for (const record of readings['contact-record']) {
      const { at, queueSeconds, enqueuedAt, dequeuedAt, agent, lastUpdatedAt, eventTime, disconnectedAt } = record
      if (queueSeconds !== null) expect(dequeuedAt! - enqueuedAt!).toBe(queueSeconds * 1000)
      expect(queueSeconds ?? 0).toBeGreaterThanOrEqual(0)
      expect(lastUpdatedAt - Math.max(eventTime, disconnectedAt ?? 0)).toBeGreaterThan(55_000)
      expect(lastUpdatedAt).toBeLessThanOrEqual(at)
      if (!agent) continue
      if (dequeuedAt !== null) expect(agent.connectedAt).toBe(dequeuedAt)
      expect(agent.acwEndedAt! - agent.acwStartedAt!).toBe(agent.acwSeconds! * 1000)
      const whole = agent.interactionSeconds! + agent.holdSeconds! + (agent.pauseSeconds ?? 0)
      expect(agent.acwStartedAt! - agent.connectedAt!).toBe(whole * 1000)
      expect(agent.interactionSeconds).toBeGreaterThanOrEqual(0)
      if (agent.holdCount === 0) expect(agent.holdSeconds).toBe(0)
    }
  })

  it('records say what contact events said', () => {
    const finals = new Map(readings['contact-event'].map((event) => [event.contactId, event]))
    for (const record of readings['contact-record']) {
      const final = finals.get(record.contactId)!
      expect(final.type).toBe('COMPLETED')
      expect(record.agent?.id ?? null).toBe(final.agentId)
      expect(record.agent?.connectedAt ?? null).toBe(inWholeSeconds(final.connectedToAgentAt))
      expect(record.agent?.acwEndedAt ?? null).toBe(inWholeSeconds(final.acwEndedAt))
      // Contact events never name the queue of an outbound contact.
      if (record.initiationMethod !== 'OUTBOUND') expect(record.enqueuedAt).toBe(inWholeSeconds(final.enqueuedAt))
      expect(record.disconnectedAt).toBe(inWholeSeconds(final.disconnectedAt))
    }
  })

  it('links between contacts hold', () => {
    const records = new Map(readings['contact-record'].map((record) => [record.contactId, record]))
    for (const { contactId, nextContactId, initialContactId } of records.values()) {
      const next = nextContactId === null ? undefined : records.get(nextContactId)
      if (next) expect(next).toMatchObject({ previousContactId: contactId, initialContactId: initialContactId ?? contactId })
    }
    for (const { previousContactId } of records.values())
      if (previousContactId !== null && !hasStory) expect(records.has(previousContactId)).toBe(true)
  })

  it('the truth agrees with itself and names every contact once', () => {
    if (hasStory) return
    expect(truth.map(({ id }) => id).toSorted()).toEqual(readings['contact-record'].map(({ contactId }) => contactId).toSorted())
    for (const c of truth) {
      expect(c.enqueuedAt === null).toBe(c.leftQueueAt === null)
      expect(c.enqueuedAt === null).toBe(c.outcome === null)
      expect(c.connectedAt !== null && c.enqueuedAt !== null).toBe(c.outcome === 'answered')
      let last = c.enqueuedAt ?? 0
      for (const { from, to } of c.waits) {
        expect(from).toBeGreaterThanOrEqual(last)
        expect(to).toBeGreaterThanOrEqual(from)
        last = to
      }
      if (c.leftQueueAt !== null) expect(last).toBeLessThanOrEqual(c.leftQueueAt)
    }
  })

  it('an analysed contact has one start, its words, one end, and nobody talks over the end of the call', () => {
    const ends = new Map(readings['contact-record'].map((record) => [record.contactId, record]))
    for (const [contactId, own] of groupBy(readings['contact-lens'], (event) => event.contactId)) {
      const types = own.map(({ type }) => type)
      expect(types.indexOf('STARTED')).toBe(0)
      expect(types.lastIndexOf('STARTED')).toBe(0)
      const end = ends.get(contactId)
      if (!end) continue
      expect(types.filter((type) => type === 'COMPLETED' || type === 'FAILED')).toHaveLength(1)
      expect(['COMPLETED', 'FAILED']).toContain(types.at(-1))
      const { agent } = end
      for (const { endOffsetMs } of own.flatMap(({ turns }) => turns)) {
        expect(endOffsetMs ?? 0).toBeLessThan(agent!.acwStartedAt! - agent!.connectedAt! + 1000)
      }
    }
  })
})
