import { afterEach, describe, expect, it } from 'vitest'
import { createMetricsFold } from '#contracts/metrics/fold'
import { metricById } from '#contracts/metrics/catalogue'
import type { JsonObject } from '#kernel/json'
import { startPipeline, type Pipeline, type TestEvent } from '../../helpers/pipeline.ts'
import { agentEvent, contactEvent, contactRecord, voiceSegments } from '../../helpers/wire.ts'

const at = (time: string): string => `2026-03-02T${time}Z`
const ms = (time: string): number => Date.parse(at(time))
const available = { Name: 'Available', Type: 'ROUTABLE', StartTimestamp: at('08:00:00.000') }
let pipeline: Pipeline
afterEach(() => pipeline.stop())
async function start(now = '10:30:00') { pipeline = await startPipeline({ startAt: ms(now) }) }
async function fold(events: readonly TestEvent[], now?: string): Promise<void> {
  await start(now); await pipeline.send(events); await pipeline.settle()
}
const contact = (id: string) => pipeline.rowsOf('contact').find((r) => r.id === id)
const figure = (id: string, threshold = 20): number | null => {
  const figures = createMetricsFold()
  for (const row of pipeline.rows()) figures.apply(undefined, row)
  const now = pipeline.clock.now()
  return figures.compute({ metric: metricById(id)!, select: { queueIds: 'all' }, now, windowStart: () => now - 3_600_000, threshold: () => threshold })
}
const event = (d: Parameters<typeof contactEvent>[0]): TestEvent => ({ kind: 'contact-event', payload: contactEvent(d) })
const agent = (payload: JsonObject): TestEvent => ({ kind: 'agent-event', payload })
const snap = (who: string, time: string, contacts: any[], previous?: any[], more: any = {}) =>
  agent(agentEvent(who, at(time), { AgentStatus: available, Contacts: contacts }, { ...(previous ? { previous: { AgentStatus: available, Contacts: previous } } : {}), ...more }))

const Q = at('10:00:00.000')
const C = (State: string, t: string, more: any = {}) => ({ ContactId: 'c1', State, StateStartTimestamp: at(t), QueueTimestamp: Q, ...more })
const ring = C('CONNECTING', '10:00:10.000')
const talk = (t: string) => C('CONNECTED', t, { ConnectedToAgentTimestamp: at(t) })
const acw = (t: string, con: string) => C('ENDED', t, { ConnectedToAgentTimestamp: at(con) })

describe('agent events only', () => {
  it('A1 keeps queue, enqueue time and the answered count after the contact left the agent', async () => {
    await fold([
      snap('amy', '10:00:10.000', [ring]),
      snap('amy', '10:00:15.000', [talk('10:00:15.000')], [ring]),
      snap('amy', '10:05:00.000', [acw('10:05:00.000', '10:00:15.000')], [talk('10:00:15.000')]),
    ])
    expect(figure('CONTACTS_QUEUED')).toBe(1)
    await pipeline.send([snap('amy', '10:05:30.000', [], [acw('10:05:00.000', '10:00:15.000')])])
    await pipeline.settle()
    expect(contact('c1')).toMatchObject({ state: 'ended', queue: { id: 'sales' }, enqueuedAt: ms('10:00:00.000'), channel: 'VOICE' })
    expect(figure('CONTACTS_QUEUED')).toBe(1)
  })
  it('A2 queue name survives (contact events + agent events)', async () => {
    await fold([
      event({ contactId: 'c1', eventType: 'QUEUED', at: Q, enqueued: Q }),
      snap('amy', '10:00:15.000', [talk('10:00:15.000')]),
      snap('amy', '10:05:30.000', [], [talk('10:00:15.000')]),
    ])
    expect(contact('c1')?.queue).toMatchObject({ id: 'sales', name: 'sales' })
  })
  it('A3 missed, then answered by the same agent: end and handle time', async () => {
    await fold([
      snap('amy', '10:00:10.000', [ring]),
      snap('amy', '10:00:30.000', [C('MISSED', '10:00:30.000')], [ring]),
      snap('amy', '10:00:40.000', [], [C('MISSED', '10:00:30.000')]),
      snap('amy', '10:00:50.000', [C('CONNECTING', '10:00:50.000')], []),
      snap('amy', '10:01:00.000', [talk('10:01:00.000')], [C('CONNECTING', '10:00:50.000')]),
      snap('amy', '10:05:00.000', [acw('10:05:00.000', '10:01:00.000')], [talk('10:01:00.000')]),
      snap('amy', '10:06:00.000', [], [acw('10:05:00.000', '10:01:00.000')]),
    ])
    expect(contact('c1')).toMatchObject({ state: 'ended', endedAt: ms('10:06:00.000'), acwSeconds: 60, handleSeconds: 300 })
  })
  it('A4 missed by amy (who clears it late), answered and held by bob: on hold', async () => {
    await fold([
      snap('amy', '10:00:10.000', [ring]),
      snap('amy', '10:00:30.000', [C('MISSED', '10:00:30.000')], [ring]),
      snap('bob', '10:00:40.000', [talk('10:00:40.000')]),
      snap('bob', '10:01:00.000', [C('CONNECTED_ONHOLD', '10:01:00.000', { ConnectedToAgentTimestamp: at('10:00:40.000') })]),
    ])
    expect(contact('c1')?.state).toBe('onHold')
    await pipeline.send([snap('amy', '10:02:30.000', [C('MISSED', '10:00:30.000')], undefined, { type: 'HEART_BEAT' })])
    await pipeline.settle()
    expect(contact('c1')?.state).toBe('onHold')
  })
  it('A5 missed by amy (who clears it after the end), handled by bob: ended stays ended', async () => {
    await fold([
      snap('amy', '10:00:30.000', [C('MISSED', '10:00:30.000')], [ring]),
      snap('bob', '10:00:40.000', [talk('10:00:40.000')]),
      snap('bob', '10:05:00.000', [acw('10:05:00.000', '10:00:40.000')]),
      snap('bob', '10:06:00.000', [], [acw('10:05:00.000', '10:00:40.000')]),
    ])
    expect(contact('c1')).toMatchObject({ state: 'ended', endedAt: ms('10:06:00.000') })
    await pipeline.send([snap('amy', '10:07:00.000', [], [C('MISSED', '10:00:30.000')])])
    await pipeline.settle()
    expect(contact('c1')).toMatchObject({ state: 'ended', endedAt: ms('10:06:00.000') })
  })
  it('A6 callback being dialled after the agent accepted is not waiting', async () => {
    const cb = (State: string, t: string) => C(State, t, { InitiationMethod: 'CALLBACK' })
    await fold([
      snap('amy', '10:00:10.000', [cb('INCOMING', '10:00:10.000')]),
      snap('amy', '10:00:20.000', [cb('CONNECTING', '10:00:20.000')], [cb('INCOMING', '10:00:10.000')]),
    ])
    expect(contact('c1')?.state).not.toBe('queued')
    expect(figure('CONTACTS_IN_QUEUE')).toBe(0)
  })
  it('A7 the leaving event is lost: heart beat without the contact heals the contact', async () => {
    await fold([
      snap('amy', '10:00:15.000', [talk('10:00:15.000')]),
      snap('amy', '10:04:00.000', [], [], { type: 'HEART_BEAT' }),
    ])
    expect(pipeline.rowsOf('agent')[0]?.contacts).toEqual([])
    expect(contact('c1')?.state).toBe('ended')
  })
  it('A8 monitoring supervisor is not a handled contact', async () => {
    await fold([snap('sup', '10:10:15.000', [{ ContactId: 'm1', State: 'CONNECTED', InitiationMethod: 'MONITOR', StateStartTimestamp: at('10:10:15.000'), ConnectedToAgentTimestamp: at('10:10:15.000') }])])
    expect(figure('CONTACTS_HANDLED')).toBe(0)
  })
  it('A9 a queued caller whose DISCONNECTED was lost ages out of the waiting figures (voice: hours)', async () => {
    await fold([event({ contactId: 'c1', eventType: 'QUEUED', at: Q, enqueued: Q })])
    pipeline.clock.advance(24 * 3_600_000)
    await pipeline.settle()
    expect([figure('CONTACTS_IN_QUEUE'), figure('OLDEST_CONTACT_AGE')]).toEqual([0, null])
  })
  it('A10 missed caller who hung up, agent events only, ages out', async () => {
    await fold([snap('amy', '10:00:30.000', [C('MISSED', '10:00:30.000')], [ring]), snap('amy', '10:01:00.000', [], [C('MISSED', '10:00:30.000')])])
    expect(contact('c1')?.state).not.toBe('queued')
  })
  it('A11 task paused, contact events only', async () => {
    await fold([
      event({ contactId: 'c1', eventType: 'CONNECTED_TO_AGENT', at: at('10:00:20.000'), enqueued: Q, connected: at('10:00:20.000') }),
      event({ contactId: 'c1', eventType: 'PAUSED', at: at('10:01:20.000'), enqueued: Q, connected: at('10:00:20.000') }),
    ])
    expect(contact('c1')?.state).toBe('paused')
  })
  it('A12 two agents: order of ENDED + other agent heart beat shows wrap-up', async () => {
    await fold([
      snap('amy', '10:00:30.000', [C('MISSED', '10:00:30.000')], [ring]),
      snap('bob', '10:00:40.000', [talk('10:00:40.000')]),
      snap('bob', '10:05:00.000', [acw('10:05:00.000', '10:00:40.000')]),
      snap('amy', '10:05:10.000', [C('MISSED', '10:00:30.000')], undefined, { type: 'HEART_BEAT' }),
    ])
    expect(contact('c1')?.state).toBe('wrapUp')
  })
})

describe('records', () => {
  it('B1 a record re-delivered days later keeps the scores in the row that history takes over', async () => {
    await fold([
      { kind: 'contact-lens', payload: voiceSegments('c1', [{ turn: { id: 't1', text: 'words', begin: 0, end: 900, sentiment: 'NEGATIVE' } }]) },
      { kind: 'contact-record', payload: contactRecord({ ContactId: 'c1' }) },
    ])
    expect(contact('c1')).toMatchObject({ turnCount: 1, backfill: false })
    for (let i = 0; i < 60; i++) { pipeline.clock.advance(3_600_000); await pipeline.settle() }
    await pipeline.settle()
    expect(contact('c1')).toBeUndefined()
    await pipeline.send([{ kind: 'contact-record', payload: contactRecord({ ContactId: 'c1', LastUpdateTimestamp: '2026-03-04T20:00:00Z', Attributes: { reviewed: 'yes' } }) }])
    await pipeline.settle()
    expect(contact('c1')).toMatchObject({ turnCount: 1, sentiment: { customer: { negativeTurns: 1 } } })
  })
  it('B2 order: completed contact event with disconnect after ACW end', async () => {
    const e = contactEvent({ contactId: 'c1', eventType: 'COMPLETED', at: at('10:20:00.000'), enqueued: Q, connected: at('10:00:20.000'), disconnected: at('10:20:00.000') })
    ;((e['detail'] as any).agentInfo as any).afterContactWorkEndTimestamp = at('10:02:00.000')
    await fold([{ kind: 'contact-event', payload: e }])
    expect(contact('c1')?.endedAt).toBe(ms('10:20:00.000'))
  })
  it('B3 lens only: COMPLETED analysis', async () => {
    const done: any = { ...voiceSegments('c1', []), EventType: 'COMPLETED' }; delete done.Segments
    await fold([
      { kind: 'contact-lens', payload: voiceSegments('c1', [{ turn: { id: 't1', text: 'words', begin: 0, end: 900 } }]) },
      { kind: 'contact-lens', payload: done },
    ])
    expect(contact('c1')?.state).not.toBe('started')
  })
})

describe('leaks', () => {
  it('C1 alerts lane forgets contacts that never had a transcript', async () => {
    await fold([event({ contactId: 'c1', eventType: 'QUEUED', at: Q, enqueued: Q })])
    for (let day = 0; day < 30; day++) { pipeline.clock.advance(24 * 3_600_000); await pipeline.settle() }
    expect([...pipeline.table('callboard.facts').keys()]).toEqual([])
  })
  it('C2 settle after move', async () => {
    await fold([event({ contactId: 'c1', eventType: 'QUEUED', at: Q, enqueued: Q }), event({ contactId: 'c1', eventType: 'CONTACT_DATA_UPDATED', at: Q, enqueued: Q })])
    await pipeline.move()
    await pipeline.settle()
    await pipeline.send([event({ contactId: 'c2', eventType: 'QUEUED', at: Q, enqueued: Q })])
    await pipeline.settle()
    expect(contact('c2')).toBeDefined()
  })
})

describe('alerts order', () => {
  const seg = (): TestEvent => ({ kind: 'contact-lens', payload: voiceSegments('c1', [{ turn: { id: 't1', text: 'please cancel it', begin: 0, end: 900 } }]) })
  const place = (): TestEvent => snap('amy', '10:00:15.000', [talk('10:00:15.000')])
  const rule = { name: 'x', condition: { type: 'phrase', phrases: ['cancel'], speaker: 'customer' }, queues: ['sales'] } as any
  it('D1 place before words', async () => { await start(); await pipeline.putRule('r', rule); await pipeline.send([place(), seg()]); await pipeline.settle(); expect(pipeline.alerts()).toHaveLength(1) })
  it('D2 words before place', async () => { await start(); await pipeline.putRule('r', rule); await pipeline.send([seg(), place()]); await pipeline.settle(); expect(pipeline.alerts()).toHaveLength(1) })
  it('D3 queue name in the alert does not depend on order', async () => {
    const ce = event({ contactId: 'c1', eventType: 'CONNECTED_TO_AGENT', at: at('10:00:15.000'), enqueued: Q, connected: at('10:00:15.000') })
    ;((ce.payload['detail'] as any).agentInfo as any).agentArn = (ce.payload['detail'] as any).agentInfo.agentArn.replace('/a1', '/amy')
    const names: unknown[] = []
    for (const events of [[place(), ce, seg()], [ce, place(), seg()]]) {
      await start(); await pipeline.putRule('r', { ...rule, queues: [] }); await pipeline.send(events); await pipeline.settle()
      names.push(pipeline.alerts()[0]?.queue?.name ?? null)
      if (names.length === 1) await pipeline.stop()
    }
    expect(names[0]).toBe(names[1])
  })
})
