import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '#kernel/json'
import { eventually } from '../helpers/eventually.ts'
import { startServer, type TestServer } from '../helpers/server.ts'

type Wire = JsonObject & { ContactId: string; Queue?: JsonObject & { Name?: string }; Agent?: JsonObject }
type Example = { given: { contactRecords: Wire[] }; expect: Record<string, unknown> }
const examples = JSON.parse(readFileSync('test/fixtures/metric-examples.json', 'utf8')) as Record<string, Example>
const DAY = { startTime: '2026-03-02T00:00:00Z', endTime: '2026-03-03T00:00:00Z' }

/** Names of the examples that are a metric of ours with filters. */
const incoming = { key: 'INITIATION_METHOD', values: ['INBOUND', 'TRANSFER', 'QUEUE_TRANSFER'] }
const by = (method: string) => [{ key: 'INITIATION_METHOD', values: [method] }]
const filtered: Record<string, { name: string; filters?: unknown }> = {
  AVG_HOLD_TIME_heldOnly: { name: 'AVG_HOLD_TIME' },
  AVG_HOLDS_connectedOnly: { name: 'AVG_HOLDS' },
  handledCount: { name: 'CONTACTS_HANDLED' },
  CONTACTS_INCOMING: { name: 'CONTACTS_CREATED', filters: [incoming] },
  CONTACTS_HANDLED_INCOMING: { name: 'CONTACTS_HANDLED', filters: [incoming] },
  CONTACTS_HANDLED_OUTBOUND: { name: 'CONTACTS_HANDLED', filters: by('OUTBOUND') },
  CALLBACK_CONTACTS_HANDLED: { name: 'CONTACTS_HANDLED', filters: by('CALLBACK') },
  API_CONTACTS_HANDLED: { name: 'CONTACTS_HANDLED', filters: by('API') },
  CONTACTS_AGENT_HUNG_UP_FIRST: { name: 'CONTACTS_HANDLED', filters: [{ key: 'DISCONNECT_REASON', values: ['AGENT_DISCONNECT'] }] },
  CONTACTS_TRANSFERRED_IN: { name: 'CONTACTS_CREATED', filters: [{ key: 'INITIATION_METHOD', values: ['TRANSFER', 'QUEUE_TRANSFER'] }] },
  CONTACTS_TRANSFERRED_IN_BY_AGENT: { name: 'CONTACTS_CREATED', filters: by('TRANSFER') },
  CONTACTS_TRANSFERRED_IN_FROM_QUEUE: { name: 'CONTACTS_CREATED', filters: by('QUEUE_TRANSFER') },
}
/** Expectations that no metric of the catalogue stands for, and why. */
const left: Record<string, string> = {
  ANSWERED_OVER_QUEUED_20_LTE: 'a custom metric',
  activeCount: 'part of AVG_ACTIVE_TIME',
  AVG_HOLDS_literalAllRecords: 'the other reading of AVG_HOLDS',
  customerWaitFirstQueueToAgent: 'a figure of a chain of contacts',
  CONTACTS_TRANSFERRED_OUT_EXTERNAL: 'needs the endpoint of the transfer',
  CONTACTS_TRANSFERRED_OUT_INTERNAL: 'needs the follow-up contact',
}

/** `SERVICE_LEVEL_20_LT` → the metric, with its threshold. */
function toMetric(key: string): { name: string; threshold?: unknown; filters?: unknown } {
  const [, stem, seconds, comparison] = /^(.*)_(\d+)_(LTE?)$/.exec(key) ?? []
  if (stem === undefined) return filtered[key] ?? { name: key }
  const name = stem === 'SERVICE_LEVEL' ? stem : `${stem.replace(/_IN$/, '')}_IN_X`
  return { name, threshold: [{ comparison, value: Number(seconds) }] }
}

const instanceOf = (id: string): string => `00000000-0000-4000-8000-0000000000${id.slice(1)}`

/** The record of an example, with what it leaves out and Amazon would send. */
function toRecord(id: string, { ContactId, Queue, Agent, ...given }: Wire): JsonObject {
  const instance = `arn:aws:connect:us-east-1:111122223333:instance/${instanceOf(id)}`
  const named = (name: unknown): unknown => (typeof name === 'string' ? `${id}-${name}` : name)
  return {
    InstanceARN: instance,
    Channel: 'VOICE',
    DisconnectTimestamp: '2026-03-02T10:30:00Z',
    LastUpdateTimestamp: '2026-03-02T13:00:00Z',
    ...given,
    ContactId: `${id}-${ContactId}`,
    ...('NextContactId' in given ? { NextContactId: named(given['NextContactId']) } : {}),
    ...('PreviousContactId' in given ? { PreviousContactId: named(given['PreviousContactId']) } : {}),
    Queue: Queue ? { ARN: `${instance}/queue/${Queue.Name ?? 'Sales'}`, ...Queue } : null,
    Agent: Agent ? { ARN: `${instance}/agent/a`, Username: 'a', ...Agent } : null,
  } as JsonObject
}

describe('the worked examples of metrics, through the API', () => {
  let server: TestServer
  const used = ['E01', 'E04', 'E05', 'E07', 'E08', 'E19', 'E20', 'E21', 'E22', 'E23', 'E29']
  const skipped: string[] = []
  beforeAll(async () => {
    server = await startServer()
    const records = used.flatMap((id) => examples[id]!.given.contactRecords.map((record) => toRecord(id, record)))
    const { body } = await server.call<{ accepted: number }>('POST', '/api/v1/events/contact-records', records)
    expect(body.accepted).toBe(records.length)
    await eventually(async () => {
      const answer = await query({ metrics: [{ name: 'CONTACTS_CREATED' }] })
      return answer[0]?.collections[0]?.value === records.length
    }, 'every record is in the store')
  })
  afterAll(async () => {
    console.log(`left out: ${skipped.map((key) => `${key} (${left[key.split(' ')[1]!]})`).join(', ')}`)
    await server.stop()
  })
  type Result = { dimensions: Record<string, string>; interval: { start: string }; collections: { value: number | null }[] }
  const query = async (body: Record<string, unknown>): Promise<Result[]> => {
    const answer = await server.call<{ results: Result[]; detail?: string }>('POST', '/api/v1/metrics/query', { ...DAY, ...body })
    if (answer.status !== 200) throw new Error(answer.body.detail)
    return answer.body.results
  }
  const ownOf = (id: string) => ({ filters: [{ key: 'INSTANCE', values: [instanceOf(id)] }] })
  const metricsOf = (id: string, expected: Record<string, unknown>): string[] =>
    Object.keys(expected).filter((key) => {
      if (/^f\d$/.test(key)) return false
      if (left[key] !== undefined) skipped.push(`${id} ${key}`)
      return left[key] === undefined
    })
  const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 10_000) / 10_000)
  const valuesOf = (keys: readonly string[], result: Result | undefined) =>
    Object.fromEntries(keys.map((key, i) => [key, rounded(result?.collections[i]?.value ?? null)]))
  const pick = (from: Record<string, unknown>, keys: readonly string[]) => Object.fromEntries(keys.map((key) => [key, from[key]]))

  it.each(['E01', 'E07', 'E08', 'E20', 'E21', 'E22', 'E23'])('%s', async (id) => {
    const expected = examples[id]!.expect
    const keys = metricsOf(id, expected)
    // At most 20 metrics a question.
    const [result] = await query({ ...ownOf(id), metrics: keys.map(toMetric) })
    expect(valuesOf(keys, result)).toEqual(pick(expected, keys))
  })

  it('E04: the interval of the disconnect, of the enqueue, of the connection', async () => {
    const expected = examples['E04']!.expect as Record<string, Record<string, number>>
    const results = await query({
      ...ownOf('E04'),
      interval: { period: 'FIFTEEN_MIN', timeZone: 'UTC' },
      metrics: Object.keys(expected).map((name) => ({ name })),
    })
    const found = Object.keys(expected).map((name, i) => [
      name,
      Object.fromEntries(results.map((r) => [r.interval.start.slice(11, 16), r.collections[i]!.value]).filter(([, value]) => value !== 0)),
    ])
    expect(Object.fromEntries(found)).toEqual(expected)
  })

  it('E05: whole into the interval of the disconnect', async () => {
    const expected = (examples['E05']!.expect as Record<string, Record<string, number>>)['09:00']!
    const keys = Object.keys(expected)
    const results = await query({ ...ownOf('E05'), interval: { period: 'THIRTY_MIN', timeZone: 'UTC' }, metrics: keys.map(toMetric) })
    expect(results.map((r) => r.interval.start)).toEqual(['2026-03-02T09:00:00.000Z'])
    expect(valuesOf(keys, results[0])).toEqual(expected)
  })

  it('E19: two records of a queued callback, each in its queue', async () => {
    for (const queue of ['Sales', 'SalesCB']) {
      const expected = examples['E19']!.expect[queue] as Record<string, unknown>
      const keys = Object.keys(expected)
      const [result] = await query({ ...ownOf('E19'), groupings: ['QUEUE'], metrics: keys.map(toMetric) }).then((results) =>
        results.filter(({ dimensions }) => dimensions['QUEUE'] === queue),
      )
      expect(valuesOf(keys, result)).toEqual(expected)
    }
  })

  it('E29: nothing at all has no result', async () => {
    expect(await query({ ...ownOf('E29'), metrics: [{ name: 'CONTACTS_QUEUED' }] })).toEqual([])
  })

  it.each([
    ['an unknown metric', { metrics: [{ name: 'NOTHING' }] }, 'metrics.0.name'],
    ['a threshold that is missing', { metrics: [{ name: 'SERVICE_LEVEL' }] }, 'metrics.0.threshold'],
    [
      'a threshold that has no use',
      { metrics: [{ name: 'CONTACTS_QUEUED', threshold: [{ comparison: 'LT', value: 1 }] }] },
      'metrics.0.threshold',
    ],
    [
      'a zone that is none',
      { metrics: [{ name: 'CONTACTS_QUEUED' }], interval: { period: 'DAY', timeZone: 'Mars/Base' } },
      'interval.timeZone',
    ],
    ['an end before the start', { metrics: [{ name: 'CONTACTS_QUEUED' }], endTime: '2026-03-01T00:00:00Z' }, 'endTime'],
    [
      'too long a span',
      { metrics: [{ name: 'CONTACTS_QUEUED' }], interval: { period: 'HOUR' }, endTime: '2026-07-01T00:00:00Z' },
      'endTime',
    ],
    ['an unknown grouping', { metrics: [{ name: 'CONTACTS_QUEUED' }], groupings: ['MOON'] }, 'groupings.0'],
    ['an unknown filter', { metrics: [{ name: 'CONTACTS_QUEUED' }], filters: [{ key: 'MOON', values: ['x'] }] }, 'filters.0.key'],
  ])('names %s', async (_what, body, path) => {
    const { status, body: problem } = await server.call<{ errors: { path: string }[] }>('POST', '/api/v1/metrics/query', {
      ...DAY,
      ...body,
    })
    expect([status, problem.errors.map((e) => e.path)]).toEqual([400, [path]])
  })
})
