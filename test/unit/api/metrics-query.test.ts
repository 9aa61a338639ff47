import { describe, expect, it } from 'vitest'
import { createMetricsFold } from '#contracts/metrics/fold'
import { defaultQueueSettings } from '#contracts/settings'
import { computeGroup, currentMetricsSchema, groupsOf, metricKey, toMetricsQuery, type MetricsQuery } from '#api/metrics-query'
import { computeSums, type SumsQuestion } from '#api/metrics-sums'
import type { QueueFacts } from '#api/queue-facts'
import { agent, contact, queue, T0 } from '../../integration/api/rows.ts'

const targets: Record<string, number> = { q1: 20, q2: 60 }
const facts: QueueFacts = {
  ids: () => ['q1', 'q2'],
  has: (id) => id in targets,
  settings: (id) => ({ ...defaultQueueSettings, target: { seconds: targets[id] ?? 20, percent: 80 } }),
  queueName: () => null,
  displayName: (id) => id,
  instanceOf: () => null,
  agentName: () => null,
  windowStart: () => T0 - 900_000,
}
const fold = createMetricsFold()
fold.apply(undefined, agent('a1', { queues: [queue('q1'), queue('q2')] }))
const left = (queueId: string, channel: string, queueSeconds: number) =>
  contact(`${queueId}${channel}`, {
    queue: queue(queueId),
    channel,
    state: 'ended',
    leftQueueAt: T0 - 60_000,
    queueSeconds,
    outcome: 'answered',
  })
for (const row of [left('q1', 'VOICE', 30), left('q2', 'VOICE', 30), left('q2', 'CHAT', 10)]) fold.apply(undefined, row)
for (const channel of ['VOICE', 'CHAT'])
  fold.apply(undefined, contact(`w${channel}`, { queue: queue('q1'), channel, enqueuedAt: T0 - 30_000 }))

const queryOf = (body: object): MetricsQuery => {
  const checked = toMetricsQuery(currentMetricsSchema.parse(body))
  if ('errors' in checked) throw new Error(JSON.stringify(checked.errors))
  return checked.query
}
const valuesOf = (body: object): Record<string, Record<string, number | null>> => {
  const query = queryOf(body)
  const readSums = (question: SumsQuestion) => computeSums(question, { fold, facts })
  return Object.fromEntries(groupsOf(query, facts, ['VOICE', 'CHAT']).map((group) => [group.id, computeGroup(group, query, T0, readSums)]))
}

describe('metrics of now', () => {
  it("take each queue's own target unless a threshold is given, and total from sums", () => {
    const metrics = [
      { name: 'SERVICE_LEVEL', window: 'PT15M' },
      { name: 'SERVICE_LEVEL', window: 'PT15M', threshold: 20 },
    ]
    expect(valuesOf({ metrics })).toEqual({ all: { 'SERVICE_LEVEL@PT15M': (100 * 2) / 3, 'SERVICE_LEVEL@PT15M<20': 100 / 3 } })
    expect(valuesOf({ metrics: [metrics[0]], groupings: ['QUEUE'] })).toEqual({
      'QUEUE=q1': { 'SERVICE_LEVEL@PT15M': 0 },
      'QUEUE=q2': { 'SERVICE_LEVEL@PT15M': 100 },
    })
  })

  it('show empty groups: null for what cannot be computed, 0 for counts', () => {
    const metrics = [
      { name: 'CONTACTS_QUEUED', window: 'PT15M' },
      { name: 'ABANDONMENT_RATE', window: 'PT15M' },
    ]
    expect(valuesOf({ metrics, groupings: ['QUEUE', 'CHANNEL'] })['QUEUE=q1&CHANNEL=CHAT']).toEqual({
      'CONTACTS_QUEUED@PT15M': 0,
      'ABANDONMENT_RATE@PT15M': null,
    })
  })

  it('add up filtered channels, and count an agent of two queues once', () => {
    const metrics = [{ name: 'CONTACTS_IN_QUEUE' }, { name: 'AGENTS_STAFFED' }, { name: 'OLDEST_CONTACT_AGE' }]
    const filters = [
      { key: 'CHANNEL', values: ['VOICE', 'CHAT', 'TASK'] },
      { key: 'QUEUE', values: ['q1', 'q2', 'unknown'] },
    ]
    expect(valuesOf({ metrics, filters })).toEqual({ all: { CONTACTS_IN_QUEUE: 2, AGENTS_STAFFED: 1, OLDEST_CONTACT_AGE: 30 } })
    const none = valuesOf({ metrics, filters: [{ key: 'CHANNEL', values: ['TASK'] }] })
    expect(none['all']).toMatchObject({ CONTACTS_IN_QUEUE: 0, OLDEST_CONTACT_AGE: null })
  })

  it('narrow by every filter on the same key', () => {
    const filters = [
      { key: 'QUEUE', values: ['q1', 'q2'] },
      { key: 'QUEUE', values: ['q2', 'q3'] },
    ]
    expect(queryOf({ metrics: [{ name: 'AGENTS_ONLINE' }], filters }).queueIds).toEqual(['q2'])
  })

  it('have keys under which the asker finds them again', () => {
    expect([
      metricKey({ name: 'A' }),
      metricKey({ name: 'A', window: 'PT1H' }),
      metricKey({ name: 'A', window: 'PT1H', threshold: 5 }),
      metricKey({ name: 'A', threshold: 5 }),
    ]).toEqual(['A', 'A@PT1H', 'A@PT1H<5', 'A<5'])
  })
})
