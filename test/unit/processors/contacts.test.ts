import { afterEach, describe, expect, it } from 'vitest'
import { createMetricsFold } from '#contracts/metrics/fold'
import { metricById } from '#contracts/metrics/catalogue'
import type { JsonObject } from '#kernel/json'
import { startPipeline, type Pipeline, type TestEvent } from '../../helpers/pipeline.ts'
import { agentEvent, contactEvent, contactRecord, voiceSegments } from '../../helpers/wire.ts'
import { eventually } from '../../helpers/eventually.ts'

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
    await eventually(() => contact('c1') === undefined, 'the contact is gone')
    expect([...pipeline.table('callboard.facts').keys()].filter((k) => k.startsWith('contacts/c1/'))).toEqual([])
  })
})

describe('a contact on its way through agents', () => {
  const at2 = (t: string) => at(`10:0${t}.000`)
  const sight = (who: string, time: string, State: string, more: object = {}, type?: string): TestEvent =>
    agent(
      agentEvent(
        who,
        at2(time),
        {
          AgentStatus: available,
          Contacts: State === '' ? [] : [{ ContactId: 'c1', State, QueueTimestamp: at2('0:00'), StateStartTimestamp: at2(time), ...more }],
        },
        {
          ...(type === undefined ? {} : { type }),
          ...(State === ''
            ? {
                previous: { AgentStatus: available, Contacts: [{ ContactId: 'c1', State: 'ENDED', QueueTimestamp: at2('0:00'), ...more }] },
              }
            : {}),
        },
      ),
    )
  const connected = { ConnectedToAgentTimestamp: at2('1:00') }

  it('keeps queue, channel and enqueue time when it leaves the agent, from agent events alone', async () => {
    await fold([
      sight('amy', '0:50', 'CONNECTING'),
      sight('amy', '1:00', 'CONNECTED', connected),
      sight('amy', '3:00', 'ENDED', connected),
      sight('amy', '3:30', '', connected),
    ])
    expect(contact('c1')).toMatchObject({
      queue: { id: 'sales', name: 'sales' },
      channel: 'VOICE',
      enqueuedAt: Date.parse(at2('0:00')),
      queueSeconds: 60,
      state: 'ended',
      acwSeconds: 30,
      handleSeconds: 150,
    })
    expect(figure('CONTACTS_QUEUED')).toBe(1)
  })

  it('belongs to the agent who connected, whatever one who missed it shows later', async () => {
    await fold([
      sight('amy', '0:10', 'CONNECTING'),
      sight('amy', '0:30', 'MISSED'),
      sight('bob', '1:00', 'CONNECTED', connected),
      sight('bob', '2:00', 'CONNECTED_ONHOLD', connected),
      sight('amy', '2:30', 'MISSED', {}, 'HEART_BEAT'),
    ])
    expect(contact('c1')).toMatchObject({ state: 'onHold', agentId: 'bob' })
    await pipeline.send([sight('bob', '3:00', 'ENDED', connected), sight('amy', '3:10', 'MISSED', {}, 'HEART_BEAT')])
    await pipeline.settle()
    expect(contact('c1')?.state).toBe('wrapUp')
    await pipeline.send([sight('bob', '4:00', '', connected), sight('amy', '5:00', '')])
    await pipeline.settle()
    expect(contact('c1')).toMatchObject({ state: 'ended', endedAt: Date.parse(at2('4:00')) })
  })

  it('ends with the last visit when the same agent was offered it twice', async () => {
    await fold([
      sight('amy', '0:10', 'CONNECTING'),
      sight('amy', '0:30', 'MISSED'),
      sight('amy', '0:40', ''),
      sight('amy', '0:50', 'CONNECTING'),
      sight('amy', '1:00', 'CONNECTED', connected),
      sight('amy', '5:00', 'ENDED', connected),
      sight('amy', '6:00', '', connected),
    ])
    expect(contact('c1')).toMatchObject({ endedAt: Date.parse(at2('6:00')), acwSeconds: 60, handleSeconds: 300 })
  })

  it('is not waiting while an accepted callback is dialled', async () => {
    await fold([
      event({ contactId: 'c1', eventType: 'QUEUED', at: at2('0:00'), enqueued: at2('0:00'), initiationMethod: 'CALLBACK' }),
      sight('amy', '0:10', 'INCOMING', { InitiationMethod: 'CALLBACK' }),
      sight('amy', '0:20', 'CONNECTING', { InitiationMethod: 'CALLBACK' }),
    ])
    expect(contact('c1')?.state).toBe('offered')
    expect(figure('CONTACTS_IN_QUEUE')).toBe(0)
  })

  it('that was missed and is with nobody does not wait for ever where only agent events tell of it', async () => {
    await fold([sight('amy', '0:10', 'CONNECTING'), sight('amy', '0:30', 'MISSED')])
    expect(contact('c1')?.state).toBe('queued')
    await pipeline.send([sight('amy', '1:00', '')])
    await pipeline.settle()
    expect([contact('c1')?.state, figure('CONTACTS_IN_QUEUE')]).toEqual(['ended', 0])
  })

  it('makes no row when it was only seen leaving', async () => {
    await fold([sight('amy', '1:00', '')])
    expect(contact('c1')).toBeUndefined()
  })
})

describe('a story without an end', () => {
  it('is taken for over when nothing was heard for the age of its channel, and goes on with later news', async () => {
    await fold([event({ contactId: 'c1', eventType: 'QUEUED', at: at('10:07:00.000'), enqueued: at('10:07:00.000') })])
    expect(figure('CONTACTS_IN_QUEUE')).toBe(1)
    pipeline.clock.advance(8 * 3_600_000)
    await eventually(() => contact('c1')?.state === 'ended', 'the contact has aged out')
    expect([contact('c1')?.outcome, figure('CONTACTS_IN_QUEUE')]).toEqual([null, 0])
    await pipeline.send([
      event({
        contactId: 'c1',
        eventType: 'CONNECTED_TO_AGENT',
        at: at('18:00:00.000'),
        enqueued: at('10:07:00.000'),
        connected: at('18:00:00.000'),
      }),
    ])
    await pipeline.settle()
    expect(contact('c1')).toMatchObject({ state: 'connected', outcome: 'answered' })
    pipeline.clock.advance(60 * 3_600_000)
    await eventually(() => contact('c1')?.state === 'ended', 'the contact has aged out again')
    pipeline.clock.advance(50 * 3_600_000)
    await eventually(() => contact('c1') === undefined, 'the contact is gone')
  })
})

describe('the sources of one contact', () => {
  it('agree on the record, also when it says that nobody answered', async () => {
    await fold([
      agent(
        agentEvent('amy', at('10:00:20.000'), {
          AgentStatus: available,
          Contacts: [{ ContactId: 'c1', State: 'ERROR', ConnectedToAgentTimestamp: at('10:00:10.000') }],
        }),
      ),
      { kind: 'contact-record', payload: contactRecord({ ContactId: 'c1', Queue: { EnqueueTimestamp: at('10:00:00'), Duration: 30 } }) },
    ])
    expect(contact('c1')).toMatchObject({ outcome: 'abandoned', connectedAt: null })
  })

  it('give the end of wrap-up or the disconnect, whichever is later', async () => {
    const payload = contactEvent({
      contactId: 'c1',
      eventType: 'COMPLETED',
      at: at('10:05:00.000'),
      connected: at('10:00:00.000'),
      disconnected: at('10:05:00.000'),
    })
    const info = (payload['detail'] as JsonObject)['agentInfo'] as JsonObject
    info['afterContactWorkEndTimestamp'] = at('10:02:00.000')
    await fold([{ kind: 'contact-event', payload }])
    expect(contact('c1')?.endedAt).toBe(Date.parse(at('10:05:00.000')))
  })

  it('show a task as paused until it is resumed, from contact events alone', async () => {
    const told = (eventType: string, time: string) => event({ contactId: 't1', eventType, at: at(time), connected: at('10:00:00.000') })
    await fold([told('CONNECTED_TO_AGENT', '10:00:00.000'), told('PAUSED', '10:01:00.000')])
    expect(contact('t1')?.state).toBe('paused')
    await pipeline.send([told('RESUMED', '10:02:00.000')])
    await pipeline.settle()
    expect(contact('t1')?.state).toBe('connected')
  })

  it('keep the first of several follow-ups as what took the contact out of the queue', async () => {
    const next = (contactId: string, initiationMethod: string, time: string) =>
      event({ contactId, eventType: 'INITIATED', at: at(time), initiationMethod, previousContactId: 'c1' })
    await fold([
      event({ contactId: 'c1', eventType: 'QUEUED', at: at('10:00:00.000'), enqueued: at('10:00:00.000') }),
      next('n1', 'CALLBACK', '10:01:00.000'),
      next('n2', 'TRANSFER', '10:02:00.000'),
      {
        kind: 'contact-record',
        payload: contactRecord({
          ContactId: 'n1',
          PreviousContactId: 'c1',
          InitiationMethod: 'CALLBACK',
          InitiationTimestamp: at('10:01:00'),
        }),
      },
    ])
    expect(contact('c1')).toMatchObject({ outcome: 'callback', leftQueueAt: Date.parse(at('10:01:00.000')) })
  })
})
