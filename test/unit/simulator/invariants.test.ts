import { beforeAll, describe, expect, it } from 'vitest'
import { integer, sample } from 'fast-check'
import type { WireEvent } from '#simulator/demo'
import { groupBy, MINUTE, readAll, record, T0, type Readings } from './recording.ts'

const inWholeSeconds = (ms: number | null): number | null => (ms === null ? null : Math.floor(ms / 1000) * 1000)

// Drawn once, so that a failure can be seen again.
const seeds = sample(integer({ min: 0, max: 1_000_000 }), { numRuns: 6, seed: 20_250_303 })

describe.each(seeds)('for any seed, such as %i', (seed) => {
  let events: WireEvent[]
  let readings: Readings
  beforeAll(() => {
    // Steady load, then two rounds of the story.
    events = record({ seed, startAt: T0, storyAt: T0 + 15 * MINUTE }, T0 + 35 * MINUTE)
    readings = readAll(events)
  })

  it('an event shows as previous what the agent’s last event showed as current', () => {
    const sent = events.filter(({ kind }) => kind === 'agent-event').map(({ payload }) => payload)
    for (const own of groupBy(sent, ({ AgentARN }) => JSON.stringify(AgentARN)).values()) {
      const current = own.map((payload) => payload['CurrentAgentSnapshot'])
      expect(own.map((payload) => payload['PreviousAgentSnapshot'])).toEqual([null, ...current.slice(0, -1)])
    }
  })

  it('no agent has two voice contacts, or more chats than slots, or a chat beside a call', () => {
    for (const { current } of readings['agent-event']) {
      const channels = current!.contacts.map(({ channel }) => channel)
      const voice = channels.filter((channel) => channel === 'VOICE').length
      const chats = channels.length - voice
      expect(voice === 0 ? chats <= 2 : voice === 1 && chats === 0).toBe(true)
      for (const slot of current!.config.slots) expect(slot.available).toBe(slot.maximum - (slot.channel === 'VOICE' ? voice : chats))
    }
  })

  it('an agent’s contact moves only along legal states', () => {
    const legal: Record<string, string[]> = {
      new: ['CONNECTING', 'INCOMING'],
      INCOMING: ['CONNECTING'],
      CONNECTING: ['CONNECTED', 'MISSED'],
      CONNECTED: ['CONNECTED_ONHOLD', 'ENDED'],
      CONNECTED_ONHOLD: ['CONNECTED'],
      MISSED: ['gone'],
      ENDED: ['gone'],
    }
    for (const { current, previous } of readings['agent-event']) {
      const states = (contacts = current!.contacts): Map<string, string> => new Map(contacts.map((c) => [c.contactId, c.state]))
      const [before, after] = [states(previous?.contacts ?? []), states()]
      for (const id of new Set([...before.keys(), ...after.keys()])) {
        const [from, to] = [before.get(id) ?? 'new', after.get(id) ?? 'gone']
        if (from !== to) expect(legal[from], `${from} → ${to}`).toContain(to)
      }
    }
  })

  it('is never silent about an agent for more than 120 s, save the two ghosts', () => {
    const silent = [...groupBy(readings['agent-event'], (event) => event.agentId).values()].filter((own) =>
      own.some((event, i) => i > 0 && event.eventTime - own[i - 1]!.eventTime > 120_000),
    )
    expect(silent.length).toBeLessThanOrEqual(2)
  })

  it('queue counts never go below zero and every contact leaves its queue once', () => {
    const waiting = new Map<string, Set<string>>()
    const left = new Set<string>()
    for (const { type, contactId, queue } of readings['contact-event']) {
      if (!queue) continue
      if (!waiting.has(queue.id)) waiting.set(queue.id, new Set())
      const line = waiting.get(queue.id)!
      if (type === 'QUEUED') line.add(contactId)
      const leaves = type === 'CONNECTED_TO_AGENT' || (type === 'DISCONNECTED' && !left.has(contactId))
      if (!leaves) continue
      expect(line.delete(contactId), `${type} of a contact that did not wait`).toBe(true)
      left.add(contactId)
    }
  })

  it('every contact’s story is told in order and to its end', () => {
    const recorded = new Set(readings['contact-record'].map((record) => record.contactId))
    const longAgo = T0 + 10 * MINUTE
    let ended = 0
    for (const [contactId, own] of groupBy(readings['contact-event'], (event) => event.contactId)) {
      const told = own.map(({ type }) => type).filter((type) => type !== 'CONNECTED_TO_SYSTEM')
      const whole = told.includes('CONNECTED_TO_AGENT')
        ? ['INITIATED', 'QUEUED', 'CONNECTED_TO_AGENT', 'DISCONNECTED', 'COMPLETED']
        : ['INITIATED', ...(told.includes('DISCONNECTED') && !told.includes('QUEUED') ? [] : ['QUEUED']), 'DISCONNECTED', 'COMPLETED']
      expect(told).toEqual(whole.slice(0, told.length))
      const times = own.map(({ eventTime }) => eventTime)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      if (own[0]!.eventTime > longAgo) continue
      ended++
      expect(told).toEqual(whole)
      expect(recorded.has(contactId)).toBe(true)
    }
    expect(ended).toBeGreaterThan(30)
  })

  it('the times of a contact record add up', () => {
    for (const { at, queueSeconds, enqueuedAt, dequeuedAt, agent, lastUpdatedAt, eventTime } of readings['contact-record']) {
      if (queueSeconds !== null) expect(dequeuedAt! - enqueuedAt!).toBe(queueSeconds * 1000)
      expect(queueSeconds ?? 0).toBeGreaterThanOrEqual(0)
      expect(lastUpdatedAt - eventTime).toBeGreaterThan(55_000)
      expect(lastUpdatedAt).toBeLessThanOrEqual(at)
      if (!agent) continue
      expect(agent.connectedAt).toBe(dequeuedAt)
      expect(agent.acwEndedAt! - agent.acwStartedAt!).toBe(agent.acwSeconds! * 1000)
      expect(agent.acwStartedAt! - agent.connectedAt!).toBe((agent.interactionSeconds! + agent.holdSeconds!) * 1000)
      expect(agent.interactionSeconds).toBeGreaterThan(0)
      expect(agent.holdCount === 0).toBe(agent.holdSeconds === 0)
    }
  })

  it('records say what agent events and contact events said', () => {
    const finals = new Map(readings['contact-event'].map((event) => [event.contactId, event]))
    for (const record of readings['contact-record']) {
      const final = finals.get(record.contactId)!
      expect(final.type).toBe('COMPLETED')
      expect(record.agent?.id ?? null).toBe(final.agentId)
      expect(record.agent?.connectedAt ?? null).toBe(inWholeSeconds(final.connectedToAgentAt))
      expect(record.agent?.acwEndedAt ?? null).toBe(inWholeSeconds(final.acwEndedAt))
      expect(record.enqueuedAt).toBe(inWholeSeconds(final.enqueuedAt))
      expect(record.disconnectedAt).toBe(inWholeSeconds(final.disconnectedAt))
    }
  })

  it('transferred contacts point at each other', () => {
    const records = new Map(readings['contact-record'].map((record) => [record.contactId, record]))
    for (const { contactId, nextContactId, initialContactId } of records.values()) {
      const next = nextContactId === null ? undefined : records.get(nextContactId)
      if (next) expect(next).toMatchObject({ previousContactId: contactId, initialContactId: initialContactId ?? contactId })
    }
  })

  it('pieces of a turn, joined by a space, are the turn', () => {
    const pieces = new Map<string, { texts: string[]; beginMs: number | null; endMs: number | null }>()
    for (const { type, turns, channel } of readings['contact-lens']) {
      if (type !== 'SEGMENTS' || channel !== 'VOICE') continue
      for (const turn of turns) {
        const so = pieces.get(turn.turnId) ?? { texts: [], beginMs: turn.beginOffsetMs, endMs: null }
        if (turn.type === 'utterance') {
          pieces.set(turn.turnId, { texts: [...so.texts, turn.text], beginMs: so.beginMs, endMs: turn.endOffsetMs })
          continue
        }
        expect(so).toEqual({ texts: so.texts, beginMs: turn.beginOffsetMs, endMs: turn.endOffsetMs })
        expect(so.texts.join(' ')).toBe(turn.text)
      }
    }
  })

  it('an analysed contact has one start, its words, one end, and nobody talks over the end of the call', () => {
    const ends = new Map(readings['contact-record'].map((record) => [record.contactId, record]))
    for (const [contactId, own] of groupBy(readings['contact-lens'], (event) => event.contactId)) {
      const types = own.map(({ type }) => type)
      expect(types.indexOf('STARTED')).toBe(0)
      expect(types.lastIndexOf('STARTED')).toBe(0)
      if (!ends.has(contactId)) continue
      expect(types.indexOf('COMPLETED')).toBe(types.length - 1)
      expect(own.flatMap(({ turns }) => turns).length).toBeGreaterThan(2)
      const { agent } = ends.get(contactId)!
      for (const { endOffsetMs } of own.flatMap(({ turns }) => turns)) {
        expect(endOffsetMs ?? 0).toBeLessThan(agent!.acwStartedAt! - agent!.connectedAt! + 1000)
      }
    }
  })
})
