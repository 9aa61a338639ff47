import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { topics } from '#events/topics'
import { createManualClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { createBudgets } from '#ingest/connect-api/budget'
import { connectApiSourceSchema } from '#ingest/connect-api/config'
import { createConnectApiSources } from '#ingest/connect-api/source'
import { connectApiPermissions } from '#ingest/connect-api/permissions'
import { createIngestDoor } from '#ingest/door'
import type { Source } from '#ingest/source'
import { faults, startConnectApi, type Fault, type TestConnectApi } from '../../helpers/connect-api.ts'
import { eventually } from '../../helpers/eventually.ts'
import { startPipeline, type Pipeline } from '../../helpers/pipeline.ts'
import { agentEvent } from '../../helpers/wire.ts'

const INSTANCE_ID = '10000000-0000-4000-8000-000000000001'
let amazon: TestConnectApi
let pipeline: Pipeline
let sources: Source[]
let environment: NodeJS.ProcessEnv
const startAt = Date.now()

beforeEach(async () => {
  environment = { ...process.env }
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' })
  amazon = await startConnectApi()
  pipeline = await startPipeline({ startAt })
  sources = []
})
afterEach(async () => {
  for (const source of sources.toReversed()) await source.stop()
  await pipeline.stop()
  await amazon.stop()
  process.env = environment
})

/** Real clients and real sources over the pipeline's log. Time runs fast: a pause of a second is over in a few milliseconds. */
async function start(settings: object = {}): Promise<void> {
  const config = connectApiSourceSchema.parse({
    type: 'contact-lens-api',
    name: 'api',
    instanceArn: `arn:aws:connect:us-east-1:111122223333:instance/${INSTANCE_ID}`,
    region: 'us-east-1',
    endpoint: amazon.endpoint,
    ...settings,
  })
  const { log, clock, telemetry } = pipeline
  const door = createIngestDoor(pipeline)
  sources = createConnectApiSources(config, { log, clock, telemetry, door, budgetOf: createBudgets(pipeline), isWatched: () => false })
  for (const source of sources) await source.start()
}

/** Lets the manual clock run, a step each few milliseconds, until `probe` holds. */
function playUntil<T>(probe: () => T | undefined | false | Promise<T | undefined | false>, what: string, stepMs = 1_000): Promise<T> {
  return eventually(async () => {
    pipeline.clock.advance(stepMs)
    await new Promise((resolve) => setImmediate(resolve))
    return probe()
  }, what)
}

const part = (suffix: string): Source => sources.find(({ name }) => name === `source api ${suffix}`)!
const connected = (contactId: string, channel = 'VOICE', state = 'CONNECTED') =>
  agentEvent('amy', new Date(pipeline.clock.now()).toISOString(), {
    AgentStatus: { Name: 'Available' },
    Contacts: [{ ContactId: contactId, Channel: channel, State: state }],
  })
const said = (id: string, begin: number, text: string) => ({
  Transcript: {
    Id: id,
    ParticipantId: 'CUSTOMER',
    ParticipantRole: 'CUSTOMER',
    Content: text,
    BeginOffsetMillis: begin,
    EndOffsetMillis: begin + 900,
    Sentiment: 'NEGATIVE',
  },
})
const turns = () => pipeline.rowsOf('turn').toSorted((a, b) => (a.turnId < b.turnId ? -1 : 1))

describe('words from the API', () => {
  it('makes a segment from stream and API one turn, page after page, until the analysis has ended', async () => {
    amazon.on('ListRealtimeContactAnalysisSegments', ({ token }) =>
      token === undefined
        ? { Segments: [said('t-1', 1000, 'I want to cancel'), said('t-2', 3000, 'my contract')], NextToken: 'p2' }
        : {
            Segments: [
              said('t-3', 5000, 'today'),
              { Categories: { MatchedCategories: ['Churn'], MatchedDetails: { Churn: { PointsOfInterest: [] } } } },
            ],
          },
    )
    await start()
    await pipeline.settle()
    await pipeline.send([
      { kind: 'agent-event', payload: connected('c1') },
      {
        kind: 'contact-lens',
        payload: {
          Version: '1.0.0',
          Channel: 'VOICE',
          AccountId: '111122223333',
          InstanceId: INSTANCE_ID,
          ContactId: 'c1',
          LanguageCode: 'en-US',
          EventType: 'SEGMENTS',
          Segments: [
            {
              Utterance: {
                Id: 'u-2',
                TranscriptId: 't-2',
                ParticipantId: 'CUSTOMER',
                ParticipantRole: 'CUSTOMER',
                PartialContent: 'my',
                BeginOffsetMillis: 3000,
                EndOffsetMillis: 3300,
              },
            },
            said('t-1', 1000, 'I want to cancel'),
          ],
        },
      },
    ])
    await playUntil(() => pipeline.rowsOf('contact')[0]?.analysis === 'completed', 'the analysis is over')
    await pipeline.settle()
    expect(turns().map(({ turnId, text, partial }) => [turnId, text, partial])).toEqual([
      ['t-1', 'I want to cancel', false],
      ['t-2', 'my contract', false],
      ['t-3', 'today', false],
    ])
    const [contact] = pipeline.rowsOf('contact')
    expect(contact).toMatchObject({ turnCount: 3, categories: ['Churn'], sentiment: { customer: { turns: 3 } } })
    const asked = amazon.calls.filter(({ operation }) => operation === 'ListRealtimeContactAnalysisSegments')
    expect(asked.map(({ contactId, token }) => [contactId, token])).toEqual([
      ['c1', undefined],
      ['c1', 'p2'],
    ])
    expect(asked[0]?.body).toMatchObject({ InstanceId: INSTANCE_ID, MaxResults: 100 })
  })

  it('reads a chat, redacted where raw words are not kept', async () => {
    amazon.on('ListRealtimeContactAnalysisSegmentsV2', ({ body }) =>
      body['OutputType'] === 'Raw'
        ? { status: 400, type: 'OutputTypeNotFoundException' }
        : {
            Channel: 'CHAT',
            Status: 'COMPLETED',
            Segments: [
              {
                Transcript: {
                  Id: 'm-1',
                  ParticipantId: 'p-1',
                  ParticipantRole: 'CUSTOMER',
                  Content: 'Where is [PII]?',
                  ContentType: 'text/plain',
                  Time: { AbsoluteTime: new Date(startAt).toISOString() },
                  Sentiment: 'NEUTRAL',
                },
              },
              { SomethingNew: { Id: 'n-1' } },
            ],
          },
    )
    await start()
    await pipeline.settle()
    await playUntil(() => amazon.calls.some(({ operation }) => operation === 'ListQueues'), 'it is under way')
    await pipeline.send([{ kind: 'agent-event', payload: connected('chat-1', 'CHAT') }])
    await playUntil(() => pipeline.rowsOf('contact')[0]?.analysis === 'completed', 'the chat is read')
    await pipeline.settle()
    expect(turns()).toMatchObject([{ turnId: 'm-1', outputType: 'redacted', text: 'Where is [PII]?', saidAt: startAt }])
  })

  it('leaves a contact alone that a stream tells about', async () => {
    await start()
    await pipeline.send([{ kind: 'agent-event', payload: connected('c1') }])
    for (let i = 0; i < 8; i++) {
      await pipeline.send([
        {
          kind: 'contact-lens',
          payload: {
            Version: '1.0.0',
            Channel: 'VOICE',
            InstanceId: INSTANCE_ID,
            ContactId: 'c1',
            EventType: 'SEGMENTS',
            Segments: [said(`s-${i}`, i * 9000, 'yes')],
          },
        },
      ])
      const until = pipeline.clock.now() + 9_000
      await playUntil(() => pipeline.clock.now() >= until, 'nine seconds are over')
    }
    expect(amazon.calls.filter(({ operation }) => operation.startsWith('ListRealtime'))).toEqual([])
    await playUntil(() => amazon.calls.some(({ contactId }) => contactId === 'c1'), 'the gap is filled')
  })

  it('asks later for a contact that is not analysed, and no more once it is over', async () => {
    amazon.fail('ListRealtimeContactAnalysisSegments', faults.notFound)
    await start()
    await pipeline.settle()
    await pipeline.send([{ kind: 'agent-event', payload: connected('c1') }])
    const asked = () => amazon.calls.filter(({ contactId }) => contactId === 'c1').length
    await playUntil(() => asked() >= 2, 'it is asked for again')
    expect(part('voice').health()).toMatchObject({ ok: true, detail: expect.stringContaining('is Contact Lens on in the flow') as string })
    await pipeline.send([{ kind: 'agent-event', payload: connected('c1', 'VOICE', 'ENDED') }])
    await playUntil(() => part('voice').health().detail.startsWith('0 contacts'), 'it is given up')
    const before = asked()
    const until = pipeline.clock.now() + 20 * 60_000
    await playUntil(() => pipeline.clock.now() >= until, 'twenty minutes are over', 10_000)
    expect(asked()).toBe(before)
  })
})

describe('what Amazon refuses', () => {
  it.each([
    ['throttled', faults.throttledLens],
    ['access-denied', faults.denied],
    ['credentials', faults.expired],
    ['clock-skew', faults.skewed],
    ['service', faults.broken],
  ] satisfies [string, Fault][])('is shown as %s, and reading goes on afterwards', async (fault, answer) => {
    amazon.fail('ListRealtimeContactAnalysisSegments', answer)
    amazon.on('ListRealtimeContactAnalysisSegments', () => ({ Segments: [said('t-1', 0, 'hello')] }))
    await start()
    await pipeline.settle()
    await pipeline.send([{ kind: 'agent-event', payload: connected('c1') }])
    await playUntil(() => part('voice').health().fault === fault, `health says ${fault}`)
    expect(part('voice').health().ok).toBe(false)
    expect(pipeline.telemetry.render()).toContain(`source_failures_total{source="api voice",error="${fault}"}`)
    amazon.fail('ListRealtimeContactAnalysisSegments', undefined)
    await playUntil(() => turns().length === 1 && part('voice').health().ok, 'it is read after all')
  })
})

describe('names', () => {
  it('lists page after page, writes what changed, deletes what is gone, and does without what is denied', async () => {
    let names = ['Billing', 'Sales']
    amazon.on('ListQueues', ({ token, body }) => {
      expect(body['queueTypes']).toBe('STANDARD')
      const at = Number(token ?? 0)
      const summary = { Id: `q${at}`, Arn: `arn:aws:connect:us-east-1:111122223333:instance/${INSTANCE_ID}/queue/q${at}`, Name: names[at] }
      return { QueueSummaryList: [summary], ...(at + 1 < names.length ? { NextToken: String(at + 1) } : {}) }
    })
    amazon.fail('SearchUsers', faults.denied)
    amazon.on('ListUsers', () => ({ UserSummaryList: [{ Id: 'u1', Arn: 'arn:aws:connect:x', Username: 'amy' }] }))
    await start()
    const named = () => [...pipeline.table(topics.directory).values()].map((entry) => (entry as { name: string }).name).toSorted()
    await playUntil(() => part('names').health().ok, 'the names are there')
    expect(named()).toEqual(['Billing', 'Sales', 'amy'])
    expect(part('names').health().detail).toContain('no permission for connect:SearchUsers')
    names = ['Invoices']
    await playUntil(() => named().join() === 'Invoices,amy', 'the new name is there, the old queue is not', 60_000)
  })

  it('slows down for a throttled answer and lists all the same', async () => {
    amazon.fail('ListQueues', faults.throttled)
    await start()
    await playUntil(() => part('names').health().fault === 'throttled', 'health says throttled')
    expect(pipeline.telemetry.render()).toMatch(/connect_api_pace_ratio\{operation="ListQueues"\} 0\.\d+/)
    amazon.fail('ListQueues', undefined)
    await playUntil(() => part('names').health().ok, 'the names are there')
  })

  it('is not well when nothing may be listed', async () => {
    for (const operation of ['ListQueues', 'SearchUsers', 'ListUsers']) amazon.fail(operation, faults.denied)
    await start()
    await playUntil(() => part('names').health().fault === 'access-denied', 'health says access denied')
  })
})

describe('the budget', () => {
  const order = (urgency: number) => ({ urgency, signal: new AbortController().signal })
  const settle = () => new Promise((resolve) => setImmediate(resolve))

  it('gives the burst, then the rate, the most urgent first, to all users of an account together', async () => {
    const clock = createManualClock(0)
    const budgetOf = createBudgets({ clock, telemetry: silentTelemetry })
    const place = { account: '111122223333', region: 'us-east-1' }
    const [one, other] = [budgetOf({ ...place, share: 1 }), budgetOf({ ...place, share: 0.5 })]
    const made: string[] = []
    const ask = (budget: typeof one, name: string, urgency: number) =>
      void budget.spend('ListRealtimeContactAnalysisSegments', async () => void made.push(name), order(urgency))
    ask(one, 'first', 1)
    ask(other, 'low', 1)
    ask(one, 'high', 9)
    await settle()
    expect(made).toEqual(['first'])
    clock.advance(1_999)
    await settle()
    expect(made).toEqual(['first'])
    clock.advance(1)
    await settle()
    expect(made).toEqual(['first', 'high'])
    clock.advance(2_000)
    await settle()
    expect(made).toEqual(['first', 'high', 'low'])
  })

  it('halves its pace after a throttled answer and comes back with answers that are not', async () => {
    const clock = createManualClock(0)
    const budget = createBudgets({ clock, telemetry: silentTelemetry })({ account: 'a', region: 'r', share: 1 })
    const throttled = Object.assign(new Error('slow down'), { name: 'TooManyRequestsException' })
    await expect(budget.spend('ListQueues', () => Promise.reject(throttled), order(1))).rejects.toThrow('slow down')
    let made = 0
    for (let i = 0; i < 3; i++) void budget.spend('ListQueues', async () => void made++, order(1))
    clock.advance(999)
    await settle()
    expect(made).toBe(0)
    clock.advance(1)
    await settle()
    expect(made).toBe(1)
    clock.advance(1_000)
    await settle()
    expect(made).toBe(2)
  })

  it('lets a waiter go that is stopped', async () => {
    const clock = createManualClock(0)
    const budget = createBudgets({ clock, telemetry: silentTelemetry })({ account: 'a', region: 'r', share: 0.1 })
    await budget.spend('ListQueues', async () => {}, order(1))
    const stop = new AbortController()
    const waiting = budget.spend('ListQueues', async () => {}, { urgency: 1, signal: stop.signal })
    stop.abort(new Error('stopped'))
    await expect(waiting).rejects.toThrow('stopped')
  })
})

describe('the setting', () => {
  const given = { type: 'contact-lens-api', name: 'api', region: 'us-east-1' }
  const arn = `arn:aws:connect:us-east-1:111122223333:instance/${INSTANCE_ID}`

  it.each([
    ['neither instance', {}, 'give exactly one of instanceArn and instanceId'],
    ['another Region', { instanceArn: arn.replace('us-east-1', 'eu-central-1') }, 'is in another Region than region says'],
    ['more than all', { instanceArn: arn, share: 2 }, 'Too big'],
  ])('is refused with %s', (_, more, message) => {
    expect(connectApiSourceSchema.safeParse({ ...given, ...more }).error?.issues[0]?.message).toContain(message)
  })

  it('asks for permission to read words only where it reads them', () => {
    const [permission] = connectApiPermissions(connectApiSourceSchema.parse({ ...given, instanceArn: arn, segments: false }))
    expect(permission).toMatchObject({
      actions: ['connect:ListQueues', 'connect:SearchUsers', 'connect:ListUsers'],
      resources: [arn, `${arn}/*`],
    })
  })
})
