import { afterEach, describe, expect, it } from 'vitest'
import { createMetricsFold } from '#contracts/metrics/fold'
import { metricById } from '#contracts/metrics/catalogue'
import type { JsonObject } from '#kernel/json'
import { startPipeline, type Pipeline, type TestEvent } from '../../helpers/pipeline.ts'
import { until } from '../../helpers/until.ts'
import { agentEvent, contactEvent, contactRecord, voiceSegments } from '../../helpers/wire.ts'

const at = (time: string): string => `2026-03-02T${time}Z`
const available = { Name: 'Available', Type: 'ROUTABLE', StartTimestamp: at('08:00:00.000') }
let pipeline: Pipeline
afterEach(() => pipeline.stop())

async function fold(events: readonly TestEvent[]): Promise<void> {
  pipeline = await startPipeline({ startAt: Date.parse(at('10:08:00')) })
  await pipeline.send(events)
  await pipeline.settle()
}
const contact = (id: string) => pipeline.rowsOf('contact').find((r) => r.id === id)
const figure = (id: string, threshold = 20): number | null => {
  const figures = createMetricsFold()
  for (const row of pipeline.rows()) figures.apply(undefined, row)
  const now = pipeline.clock.now()
  return figures.compute({
    metric: metricById(id)!,
    select: { queueIds: 'all' },
    now,
    windowStart: () => now - 3_600_000,
    threshold: () => threshold,
  })
}
const event = (d: Parameters<typeof contactEvent>[0]): TestEvent => ({ kind: 'contact-event', payload: contactEvent(d) })
const agent = (payload: JsonObject): TestEvent => ({ kind: 'agent-event', payload })

describe('queue figures', () => {
  it('agree with example E01: queued, handled, abandoned, service level, answer time', async () => {
    const waited = (ContactId: string, Duration: number, more: JsonObject = {}): TestEvent => ({
      kind: 'contact-record',
      payload: contactRecord({ ContactId, Queue: { Name: 'Sales', EnqueueTimestamp: at('10:00:00'), Duration }, ...more }),
    })
    const answered = (seconds: number): JsonObject => ({
      Agent: { ConnectedToAgentTimestamp: `2026-03-02T10:00:${String(seconds).padStart(2, '0')}Z` },
    })
    await fold([
      ...[5, 19, 20, 21].map((s, i) => waited(`c${i + 1}`, s, answered(s))),
      waited('c5', 8, { DisconnectReason: 'CUSTOMER_DISCONNECT' }),
      waited('c6', 40, { DisconnectReason: 'CUSTOMER_DISCONNECT' }),
      waited('c7', 15, { NextContactId: 'cb7' }),
      waited('c8', 12, { NextContactId: 'qt8', TransferCompletedTimestamp: at('10:00:12') }),
    ])
    expect({
      CONTACTS_QUEUED: figure('CONTACTS_QUEUED'),
      CONTACTS_HANDLED: figure('CONTACTS_HANDLED'),
      CONTACTS_ABANDONED: figure('CONTACTS_ABANDONED'),
      ABANDONMENT_RATE: figure('ABANDONMENT_RATE'),
      SERVICE_LEVEL_20_LT: figure('SERVICE_LEVEL'),
      AVG_QUEUE_ANSWER_TIME: figure('AVG_QUEUE_ANSWER_TIME'),
    }).toEqual({
      CONTACTS_QUEUED: 8,
      CONTACTS_HANDLED: 4,
      CONTACTS_ABANDONED: 2,
      ABANDONMENT_RATE: 25,
      SERVICE_LEVEL_20_LT: 62.5,
      AVG_QUEUE_ANSWER_TIME: 16.25,
    })
  })

  it('are null, not zero, when nothing left a queue (example E29)', async () => {
    await fold([])
    expect(['CONTACTS_QUEUED', 'CONTACTS_HANDLED', 'CONTACTS_ABANDONED'].map((id) => figure(id))).toEqual([0, 0, 0])
    expect(['SERVICE_LEVEL', 'ABANDONMENT_RATE', 'AVG_HANDLE_TIME', 'AVG_QUEUE_ANSWER_TIME'].map((id) => figure(id))).toEqual([
      null,
      null,
      null,
      null,
    ])
  })

  it('take handle time from the record, skipping what never met an agent (example E07, r1–r4)', async () => {
    const record = (ContactId: string, Agent?: JsonObject): TestEvent => ({
      kind: 'contact-record',
      payload: contactRecord({ ContactId, ...(Agent ? { Agent: { ConnectedToAgentTimestamp: at('10:00:00'), ...Agent } } : {}) }),
    })
    await fold([
      record('r1', { AgentInteractionDuration: 120, CustomerHoldDuration: 30, AfterContactWorkDuration: 60 }),
      record('r2', { AgentInteractionDuration: 200, CustomerHoldDuration: 0 }),
      record('r3'),
      record('r4', { AgentInteractionDuration: 0, CustomerHoldDuration: 0, AfterContactWorkDuration: 0 }),
    ])
    expect(figure('AVG_HANDLE_TIME')).toBeCloseTo((210 + 200 + 0) / 3, 6)
  })
})

describe('a waiting contact', () => {
  const queued = event({ contactId: 'c1', eventType: 'QUEUED', at: at('10:07:00.000'), enqueued: at('10:07:00.000') })
  const ringing = { ContactId: 'c1', State: 'CONNECTING', QueueTimestamp: at('10:07:00.000') }

  it('is in queue until an agent is offered it, and again with its first enqueue time when the ring is missed', async () => {
    await fold([queued])
    expect([figure('CONTACTS_IN_QUEUE'), figure('OLDEST_CONTACT_AGE')]).toEqual([1, 60])
    await pipeline.send([agent(agentEvent('amy', at('10:07:10.000'), { AgentStatus: available, Contacts: [ringing] }))])
    await pipeline.settle()
    expect(contact('c1')).toMatchObject({ state: 'offered', offeredTo: 'amy' })
    expect(figure('CONTACTS_IN_QUEUE')).toBe(0)
    await pipeline.send([
      agent(agentEvent('amy', at('10:07:30.000'), { AgentStatus: available, Contacts: [{ ...ringing, State: 'MISSED' }] })),
    ])
    await pipeline.settle()
    expect(contact('c1')).toMatchObject({ state: 'queued', enqueuedAt: Date.parse(at('10:07:00.000')) })
    expect([figure('CONTACTS_IN_QUEUE'), figure('CONTACTS_IN_QUEUE_OVER_X', 59), figure('CONTACTS_IN_QUEUE_OVER_X', 61)]).toEqual([1, 1, 0])
  })

  it('is known from agent events alone where contact events are missing', async () => {
    await fold([
      agent(agentEvent('amy', at('10:07:10.000'), { AgentStatus: available, Contacts: [ringing] })),
      agent(
        agentEvent('amy', at('10:07:15.000'), {
          AgentStatus: available,
          Contacts: [{ ...ringing, State: 'CONNECTED', ConnectedToAgentTimestamp: at('10:07:15.000') }],
        }),
      ),
    ])
    expect(contact('c1')).toMatchObject({
      state: 'connected',
      outcome: 'answered',
      queueSeconds: 15,
      agentId: 'amy',
      queue: { name: 'sales' },
    })
  })

  it('does not go back into the queue when its QUEUED event comes after the answer', async () => {
    await fold([
      event({
        contactId: 'c1',
        eventType: 'CONNECTED_TO_AGENT',
        at: at('10:07:20.000'),
        enqueued: at('10:07:00.000'),
        connected: at('10:07:20.000'),
      }),
      queued,
    ])
    expect(contact('c1')).toMatchObject({ state: 'connected', queueSeconds: 20 })
  })

  it('counts as abandoned when it ends unanswered, and not when a transfer took it on', async () => {
    const end = {
      contactId: 'c1',
      eventType: 'DISCONNECTED',
      at: at('10:07:30.000'),
      enqueued: at('10:07:00.000'),
      disconnected: at('10:07:30.000'),
    }
    await fold([queued, event(end)])
    expect(contact('c1')).toMatchObject({ outcome: 'abandoned', state: 'ended' })
    await pipeline.send([
      event({
        contactId: 'c2',
        eventType: 'INITIATED',
        at: at('10:07:30.000'),
        initiationMethod: 'QUEUE_TRANSFER',
        previousContactId: 'c1',
      }),
    ])
    await pipeline.settle()
    expect(contact('c1')).toMatchObject({ outcome: 'transferred', nextContactIds: ['c2'] })
    expect(figure('CONTACTS_ABANDONED')).toBe(0)
  })
})

describe('records', () => {
  it('order.reopen: an older copy after a newer one changes nothing', async () => {
    const copy = (LastUpdateTimestamp: string, reason: string): TestEvent => ({
      kind: 'contact-record',
      payload: contactRecord({ ContactId: 'c1', LastUpdateTimestamp, DisconnectReason: reason }),
    })
    await fold([copy(at('10:07:30'), 'NEWER'), copy(at('10:06:30'), 'OLDER')])
    expect(contact('c1')).toMatchObject({ disconnectReason: 'NEWER', basis: 'final' })
  })

  it('older than the correction window make history only, never a live row', async () => {
    await fold([
      {
        kind: 'contact-record',
        payload: contactRecord({
          ContactId: 'old',
          DisconnectTimestamp: '2026-02-01T10:00:00Z',
          Queue: { EnqueueTimestamp: '2026-02-01T09:59:00Z', Duration: 5 },
        }),
      },
    ])
    expect(contact('old')).toMatchObject({ backfill: true })
    expect(figure('CONTACTS_QUEUED')).toBe(0)
  })
})

describe('conversation', () => {
  it('scores sentiment by streaks and counts raw turns once', async () => {
    const tones = ['NEUTRAL', 'NEGATIVE', 'POSITIVE', 'POSITIVE', 'POSITIVE']
    await fold([
      {
        kind: 'contact-lens',
        payload: voiceSegments(
          'c1',
          tones.map((sentiment, i) => ({ turn: { id: `t${i}`, text: 'words', begin: i * 1000, end: i * 1000 + 900, sentiment } })),
        ),
      },
    ])
    expect(contact('c1')?.sentiment.customer).toMatchObject({ score: 3.125, turns: 5, negativeTurns: 1 })
  })

  it("leaves memory 48 h after its end, by the partition's clock", async () => {
    await fold([{ kind: 'contact-record', payload: contactRecord({ ContactId: 'c1' }) }])
    expect(contact('c1')).toBeDefined()
    pipeline.clock.advance(50 * 3_600_000)
    await until('the contact is gone', () => contact('c1') === undefined)
    expect([...pipeline.table('callboard.facts').keys()].filter((k) => k.startsWith('contacts/c1/'))).toEqual([])
  })
})
