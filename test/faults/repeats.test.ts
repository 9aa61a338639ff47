import { afterEach, describe, expect, it } from 'vitest'
import type { ContactRow } from '#contracts/rows'
import { createRandom } from '#simulator/random'
import type { Pipeline, TestEvent } from '../helpers/pipeline.ts'
import { agentEvent, contactEvent, contactRecord, voiceSegments } from '../helpers/wire.ts'
import { AT, openPipeline, outcomeOf, sendAnew, simulated, type Outcome } from './in-memory.ts'
import { seed } from './size.ts'

const MINUTES = 10
const END = AT + 20 * 60_000
const DAY_MS = 24 * 3_600_000
const opened: Pipeline[] = []
afterEach(async () => {
  for (const pipeline of opened.splice(0)) await pipeline.stop()
})
const open = async (at = END): Promise<Pipeline> => {
  const pipeline = await openPipeline(at)
  opened.push(pipeline)
  return pipeline
}
const iso = (at: number): string => new Date(at).toISOString()
const once = async (events: readonly TestEvent[], at = END): Promise<Outcome> => {
  const pipeline = await open(at)
  await sendAnew(pipeline, events)
  return outcomeOf(pipeline)
}

const events = simulated(seed, MINUTES)

describe('dup', () => {
  it('dup.exact', async () => {
    const expected = await once(events)
    const pipeline = await open()
    for (const event of events) await sendAnew(pipeline, [event, event])
    expect(await outcomeOf(pipeline)).toEqual(expected)
    for (let times = 0; times < 8; times++) await sendAnew(pipeline, events)
    expect(await outcomeOf(pipeline)).toEqual(expected)
  }, 60_000)

  it('dup.two-seqs', async () => {
    const expected = await once(events)
    const pipeline = await open()
    // Two shards, each with a reader of its own and another arrival: sequence numbers never become identities.
    const other = events.map((event) => ({ ...event, at: (event.at ?? AT) + 700 }))
    const lens = ({ kind }: TestEvent): boolean => kind === 'contact-lens'
    await Promise.all([
      sendAnew(pipeline, events),
      sendAnew(
        pipeline,
        other.filter((event) => !lens(event)),
      ),
    ])
    expect(await outcomeOf(pipeline)).toEqual(expected)
  }, 60_000)

  it('dup.beyond-cache', async () => {
    const pipeline = await open()
    await sendAnew(pipeline, events)
    const expected = await outcomeOf(pipeline)
    // Another door and other members know only what the log says; and a day later by the events' own time.
    await pipeline.move()
    await sendAnew(pipeline, events.toReversed())
    expect(await outcomeOf(pipeline)).toEqual(expected)
    pipeline.clock.set(END + DAY_MS)
    const dayLater = await outcomeOf(pipeline)
    await sendAnew(pipeline, events)
    expect(await outcomeOf(pipeline)).toEqual(dayLater)
  }, 60_000)

  it('dup.not-a-duplicate', async () => {
    const pipeline = await open()
    const at = iso(AT)
    const same = { contactId: 'c1', eventType: 'CONTACT_DATA_UPDATED', at }
    const record = (attributes: Record<string, string>): TestEvent => ({
      kind: 'contact-record',
      payload: contactRecord({ ContactId: 'c1', LastUpdateTimestamp: at, Attributes: attributes }),
    })
    const turn = (id: string, text: string) => voiceSegments('c1', [{ turn: { id, text, begin: 0, end: 900 } }])
    const said = (text: string) => voiceSegments('c1', [{ utterance: { id: 'u1', turn: 't9', text, begin: 0, end: 900 } }])
    const category = (begin: number) => ({
      ...voiceSegments('c1', []),
      Segments: [
        {
          Categories: {
            MatchedCategories: ['Rude'],
            MatchedDetails: { Rude: { PointsOfInterest: [{ BeginOffsetMillis: begin, EndOffsetMillis: begin + 10 }] } },
          },
        },
      ],
    })
    const kept: TestEvent[] = [
      record({ a: '1' }),
      record({ a: '2' }),
      { kind: 'contact-event', payload: contactEvent(same) },
      { kind: 'contact-event', payload: contactEvent(same) },
      { kind: 'contact-lens', payload: turn('t1', 'my card is [PII]') },
      { kind: 'contact-lens', payload: turn('t1', 'my card is 4111') },
      { kind: 'contact-lens', payload: said('I want to') },
      { kind: 'contact-lens', payload: said('I want to cancel') },
      { kind: 'contact-lens', payload: category(100) },
      { kind: 'contact-lens', payload: category(900) },
    ]
    expect(await sendAnew(pipeline, kept)).toBe(kept.length)
    await pipeline.settle()
    let inLog = 0
    for (let p = 0; p < pipeline.log.partitionCount; p++) inLog += (await pipeline.log.bounds('connect.contacts', p)).end
    expect(inLog).toBeGreaterThanOrEqual(kept.length)
  })
})

describe('order', () => {
  const story = (id: string): TestEvent[] => [
    { kind: 'contact-event', payload: contactEvent({ contactId: id, eventType: 'INITIATED', at: iso(AT) }) },
    { kind: 'contact-event', payload: contactEvent({ contactId: id, eventType: 'QUEUED', at: iso(AT + 1000), enqueued: iso(AT + 1000) }) },
    {
      kind: 'contact-event',
      payload: contactEvent({
        contactId: id,
        eventType: 'CONNECTED_TO_AGENT',
        at: iso(AT + 5000),
        enqueued: iso(AT + 1000),
        connected: iso(AT + 5000),
      }),
    },
    {
      kind: 'contact-event',
      payload: contactEvent({
        contactId: id,
        eventType: 'DISCONNECTED',
        at: iso(AT + 60_000),
        enqueued: iso(AT + 1000),
        connected: iso(AT + 5000),
        disconnected: iso(AT + 60_000),
      }),
    },
    {
      kind: 'contact-lens',
      payload: voiceSegments(id, [{ turn: { id: 't1', text: 'you did well', begin: 0, end: 900, sentiment: 'POSITIVE' } }]),
      at: AT + 9000,
    },
    {
      kind: 'contact-record',
      payload: contactRecord({
        ContactId: id,
        LastUpdateTimestamp: iso(AT + 70_000),
        InitiationTimestamp: iso(AT),
        DisconnectTimestamp: iso(AT + 60_000),
        Queue: { Name: 'sales', EnqueueTimestamp: iso(AT + 1000), Duration: 4 },
      }),
    },
  ]
  const rank: Partial<Record<ContactRow['state'], number>> = { ended: 2, connected: 1, queued: 0 }

  it('order.shuffle', async () => {
    const all = permutations([0, 1, 2, 3, 4, 5])
    const random = createRandom(`${seed}/orders`)
    // All orders of six events at once, each for a contact of its own; every one must end as the first.
    const pipeline = await open()
    const shown = new Map<string, number>()
    const seen = new Map<string, number>()
    let back = 0
    const watch = pipeline.log.onChange((topic) => {
      if (topic !== 'callboard.rows') return
      for (const row of pipeline.rowsOf('contact')) {
        const now = rank[row.state] ?? -1
        if (now < (shown.get(row.id) ?? -1)) back++
        shown.set(row.id, now)
        seen.set(row.id, now)
      }
    })
    // Watching every change of every contact is quadratic: a drawn sample of the orders is watched, all are compared.
    const watched = Array.from({ length: 12 }, () => all[random.whole(0, all.length - 1)]!)
    for (const [n, order] of watched.entries()) {
      const told = story(`w${n}`)
      await sendAnew(
        pipeline,
        order.map((i) => told[i]!),
      )
      await pipeline.settle()
    }
    watch()
    expect([back, seen.size]).toEqual([0, watched.length])
    for (const [n, order] of all.entries()) {
      const told = story(`c${n}`)
      await sendAnew(
        pipeline,
        order.map((i) => told[i]!),
      )
    }
    await pipeline.settle()
    const rows = pipeline.rowsOf('contact').map((row) => JSON.stringify({ ...row, id: '', initialContactId: '' }))
    expect(new Set(rows).size, [...new Set(rows)].join('\n')).toBe(1)
    expect(rows.length).toBe(all.length + watched.length)
  }, 90_000)

  it('order.cross-stream', async () => {
    const pipeline = await open()
    const withContact = {
      AgentStatus: { Name: 'Available' },
      Contacts: [{ ContactId: 'c1', State: 'CONNECTED', StateStartTimestamp: iso(AT + 5000), queue: 'sales' }],
    }
    const out = { AgentStatus: { Name: 'Offline', Type: 'OFFLINE' } }
    const agents: TestEvent[] = [
      { kind: 'agent-event', payload: agentEvent('a1', iso(AT + 5000), withContact, { id: 'x1' }) },
      { kind: 'agent-event', payload: agentEvent('a1', iso(AT + 30_000), out, { id: 'x2', type: 'LOGOUT', previous: withContact }) },
    ]
    const told = story('c1')
    const record = told.splice(5, 1)
    // The record first, the agent's log-out before its contact ended, contact events last.
    for (const part of [record, agents.toReversed(), told]) {
      await sendAnew(pipeline, part)
      await pipeline.settle()
      const { figures } = await outcomeOf(pipeline)
      expect(Object.entries(figures).filter(([, value]) => value !== null && value < 0)).toEqual([])
    }
    const shuffled = await outcomeOf(pipeline)
    expect(shuffled).toEqual(await once([...agents, ...story('c1')]))
    expect(pipeline.rowsOf('agent').map(({ state }) => state)).toEqual(['offline'])
  })

  it('order.reopen', async () => {
    const record = (at: number, attributes: Record<string, string>): TestEvent => ({
      kind: 'contact-record',
      payload: contactRecord({
        ContactId: 'c1',
        LastUpdateTimestamp: iso(at),
        InitiationTimestamp: iso(AT),
        DisconnectTimestamp: iso(AT + 60_000),
        AgentConnectionAttempts: Number(attributes['attempts']),
        Queue: { Name: attributes['queue'] ?? 'x', EnqueueTimestamp: iso(AT), Duration: Number(attributes['wait']) },
      }),
    })
    const pipeline = await open()
    await sendAnew(pipeline, [record(AT + 90_000, { queue: 'new', wait: '9', attempts: '2' })])
    const newest = await outcomeOf(pipeline)
    const effects = (): number =>
      Number(/lane_records_without_effect_total\{lane="contacts"\} (\d+)/.exec(pipeline.telemetry.render())?.[1] ?? 0)
    const before = effects()
    await sendAnew(pipeline, [record(AT + 70_000, { queue: 'old', wait: '4', attempts: '1' })])
    expect(await outcomeOf(pipeline)).toEqual(newest)
    expect(effects()).toBe(before + 1)
  })
})

function permutations(items: readonly number[]): number[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((first) => permutations(items.filter((i) => i !== first)).map((rest) => [first, ...rest]))
}
