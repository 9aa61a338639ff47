import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { catalogue, metricById } from '#contracts/metrics/catalogue'
import { createMetricsFold, type MetricsFold } from '#contracts/metrics/fold'
import { startOfBusinessDay, windowStart } from '#contracts/metrics/window'
import type { AgentRow, ContactRow, Row } from '#contracts/rows'
import { createSettingsHistory, deletedSetting, settingKey } from '#contracts/settings-history'

const now = Date.UTC(2026, 2, 2, 12)
const queue = (n: number) => ({ id: `q${n}`, arn: `arn/q${n}`, name: null })

const contactRow = fc
  .record({
    id: fc.integer({ min: 0, max: 12 }),
    q: fc.integer({ min: 0, max: 3 }),
    channel: fc.constantFrom('VOICE', 'CHAT'),
    state: fc.constantFrom('queued', 'offered', 'connected', 'ended'),
    enqueued: fc.option(fc.integer({ min: 0, max: 7_000_000 }), { nil: null }),
    wait: fc.integer({ min: 0, max: 90_000 }),
    outcome: fc.constantFrom('answered', 'abandoned', 'transferred', null),
    handle: fc.option(fc.float({ min: 0, max: 900, noNaN: true }), { nil: null }),
    backfill: fc.boolean(),
  })
  .map((r) => {
    const enqueuedAt = r.enqueued === null ? null : now - r.enqueued
    const left = enqueuedAt !== null && r.outcome !== null ? enqueuedAt + r.wait : null
    return {
      kind: 'contact',
      id: `c${r.id}`,
      queue: queue(r.q),
      channel: r.channel,
      state: r.state,
      enqueuedAt,
      leftQueueAt: left,
      outcome: r.outcome,
      queueSeconds: left === null ? null : r.wait / 1000,
      connectedAt: r.outcome === 'answered' ? left : null,
      endedAt: r.handle === null ? null : now,
      handledAt: r.handle === null ? null : now,
      handleSeconds: r.handle,
      backfill: r.backfill,
    } as unknown as ContactRow
  })

const agentRow = fc
  .record({
    id: fc.integer({ min: 0, max: 6 }),
    queues: fc.uniqueArray(fc.integer({ min: 0, max: 3 })),
    type: fc.constantFrom('ROUTABLE', 'CUSTOM', 'OFFLINE'),
    states: fc.array(fc.constantFrom('CONNECTED', 'ENDED', 'CONNECTING', 'MISSED'), { maxLength: 3 }),
  })
  .map(
    (r) =>
      ({
        kind: 'agent',
        id: `a${r.id}`,
        state: 'available',
        status: { type: r.type },
        queues: r.queues.map(queue),
        contacts: r.states.map((state) => ({ state, initiationMethod: 'INBOUND' })),
      }) as unknown as AgentRow,
  )

function figures(fold: MetricsFold): (number | null)[] {
  const selections = [{ queueIds: 'all' as const }, { queueIds: ['q1', 'q2'] }, { queueIds: ['q0'], channel: 'CHAT' }]
  return catalogue.flatMap((metric) =>
    selections.map((select) => fold.compute({ metric, select, now, windowStart: () => now - 3_600_000, threshold: () => 20 })),
  )
}

describe('figures', () => {
  it('taken step by step equal figures computed anew from the rows, for any changes in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(contactRow, agentRow), { maxLength: 60 }), (changes: Row[]) => {
        const incremental = createMetricsFold()
        const current = new Map<string, Row>()
        for (const row of changes) {
          const id = `${row.kind} ${(row as AgentRow).id}`
          incremental.apply(current.get(id), row)
          current.set(id, row)
        }
        const anew = createMetricsFold()
        for (const row of current.values()) anew.apply(undefined, row)
        expect(figures(incremental)).toEqual(figures(anew))
        for (const row of current.values()) incremental.apply(row, undefined)
        expect(figures(incremental)).toEqual(figures(createMetricsFold()))
      }),
      { numRuns: 300 },
    )
  })

  it('of totals come from sums, not from averages of queues (example E30)', () => {
    const fold = createMetricsFold()
    const add = (queueId: number, count: number, removedInX: number, handled: number, handleSeconds: number): void => {
      for (let i = 0; i < count; i++) {
        const isHandled = i < handled
        fold.apply(undefined, {
          kind: 'contact',
          id: `${queueId}-${i}`,
          queue: queue(queueId),
          channel: 'VOICE',
          state: 'ended',
          enqueuedAt: now - 60_000,
          leftQueueAt: now - 1000,
          outcome: isHandled ? 'answered' : 'abandoned',
          queueSeconds: i < removedInX ? 5 : 50,
          connectedAt: isHandled ? now - 1000 : null,
          endedAt: isHandled ? now : null,
          handledAt: isHandled ? now : null,
          handleSeconds: isHandled ? handleSeconds : null,
          backfill: false,
        } as unknown as ContactRow)
      }
    }
    add(1, 10, 9, 9, 200)
    add(2, 90, 45, 60, 360)
    const value = (id: string, queueIds: 'all' | string[]) =>
      fold.compute({ metric: metricById(id)!, select: { queueIds }, now, windowStart: () => now - 3_600_000, threshold: () => 20 })
    expect([value('SERVICE_LEVEL', ['q1']), value('SERVICE_LEVEL', ['q2']), value('SERVICE_LEVEL', 'all')]).toEqual([90, 50, 54])
    expect(value('AVG_HANDLE_TIME', 'all')).toBeCloseTo(339.1304, 4)
  })

  it('each have an id of their own, an explanation and a null rule', () => {
    expect(new Set(catalogue.map((m) => m.id)).size).toBe(catalogue.length)
    expect(catalogue.every((m) => m.explanation.endsWith('.') && m.nullRule.endsWith('.') && m.formula.length > 10)).toBe(true)
  })
})

describe('windows', () => {
  it('are whole minutes, the one still filling included', () => {
    expect(windowStart('PT15M', Date.UTC(2026, 2, 2, 12, 0, 30), { timeZone: 'UTC', businessDayStart: '00:00' })).toBe(
      Date.UTC(2026, 2, 2, 11, 46),
    )
  })

  it.each([
    ['2026-03-29T12:00:00Z', 'Europe/Lisbon', '00:00', '2026-03-29T00:00:00.000Z'],
    ['2026-03-30T12:00:00Z', 'Europe/Lisbon', '00:00', '2026-03-29T23:00:00.000Z'],
    ['2026-10-25T12:00:00Z', 'Europe/Lisbon', '00:00', '2026-10-24T23:00:00.000Z'],
    ['2026-10-26T12:00:00Z', 'Europe/Lisbon', '06:00', '2026-10-26T06:00:00.000Z'],
    ['2026-03-02T05:00:00Z', 'America/New_York', '06:00', '2026-03-01T11:00:00.000Z'],
  ])('the business day at %s in %s from %s began at %s', (at, zone, startsAt, expected) => {
    expect(new Date(startOfBusinessDay(Date.parse(at), zone, startsAt)).toISOString()).toBe(expected)
  })
})

describe('the history of settings', () => {
  const rule = (name: string) => ({ name, condition: { type: 'phrase', phrases: ['cancel'] } })

  it('knows what was in force at a moment, deletions included, in whatever order it was read', () => {
    const versions = [
      [1, rule('first'), 100],
      [2, rule('second'), 200],
      [3, deletedSetting, 300],
      [4, rule('fourth'), 400],
    ] as const
    for (const order of [
      [0, 1, 2, 3],
      [3, 1, 0, 2],
    ]) {
      const history = createSettingsHistory()
      for (const i of order) history.apply(settingKey('alert-rule', 'r 1', versions[i]![0]), versions[i]![1], versions[i]![2])
      expect([50, 150, 200, 350, 1000].map((t) => history.at('alert-rule', 'r 1', t)?.value.name)).toEqual([
        undefined,
        'first',
        'second',
        undefined,
        'fourth',
      ])
      expect(history.listAt('alert-rule', 250).map((v) => v.version)).toEqual([2])
    }
  })

  it('refuses what does not fit, by name', () => {
    const history = createSettingsHistory()
    expect(history.apply('alert-rule/x@1', { name: '' }, 0)).toContain('alert-rule/x@1')
    expect(history.apply('nonsense', {}, 0)).toContain('nonsense')
  })
})
