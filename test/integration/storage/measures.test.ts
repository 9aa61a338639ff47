import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { measureOf, measures, type ContactFigures, type Measure, type MeasureName } from '#contracts/metrics/measures'
import { measureContacts } from '#storage/queries/measure-contacts'
import { openTestStore, type TestStore } from './harness.ts'
import { contact } from './rows.ts'

const DAY = Date.UTC(2026, 2, 2)
const time = fc.option(fc.integer({ min: DAY, max: DAY + 86_399_999 }), { nil: null })
const seconds = fc.option(fc.constantFrom(0, 1, 19.999, 20, 20.001, 300), { nil: null })
const figures: fc.Arbitrary<ContactFigures> = fc.record({
  initiatedAt: time,
  connectedToSystemAt: time,
  enqueuedAt: time,
  connectedAt: time,
  disconnectedAt: time,
  endedAt: time,
  transferredAt: time,
  queueSeconds: seconds,
  interactionSeconds: seconds,
  holdSeconds: seconds,
  acwSeconds: seconds,
  pauseSeconds: seconds,
  holdCount: fc.option(fc.integer({ min: 0, max: 3 }), { nil: null }),
  hasNext: fc.boolean(),
  initiationMethod: fc.constantFrom(null, 'INBOUND', 'OUTBOUND', 'TRANSFER', 'CALLBACK', 'API'),
  disconnectReason: fc.constantFrom(null, 'CUSTOMER_DISCONNECT', 'AGENT_DISCONNECT'),
  outcome: fc.constantFrom(null, 'answered', 'abandoned', 'transferred', 'callback'),
})

describe('a measure', () => {
  let store: TestStore
  const contacts = fc.sample(figures, { numRuns: 500, seed: 7 })
  beforeAll(async () => {
    store = await openTestStore()
    const rows = contacts.map((f, i) =>
      contact(`c${i}`, {
        queue_id: `q${i % 3}`,
        initiated_at: f.initiatedAt,
        connected_to_system_at: f.connectedToSystemAt,
        enqueued_at: f.enqueuedAt,
        connected_at: f.connectedAt,
        disconnected_at: f.disconnectedAt,
        ended_at: f.endedAt,
        transferred_at: f.transferredAt,
        queue_seconds: f.queueSeconds,
        interaction_seconds: f.interactionSeconds,
        hold_seconds: f.holdSeconds,
        acw_seconds: f.acwSeconds,
        pause_seconds: f.pauseSeconds,
        hold_count: f.holdCount,
        has_next: f.hasNext ? 1 : 0,
        initiation_method: f.initiationMethod ?? '',
        disconnect_reason: f.disconnectReason ?? '',
        outcome: f.outcome ?? '',
        version: '10',
      }),
    )
    // An older version of each says something else, at another time: only the newest counts.
    await store.store.insert(
      'contacts',
      rows.map((row) => ({ ...row, disconnected_at: DAY + 1, queue_seconds: 5, version: '9' })),
    )
    await store.store.insert('contacts', rows)
  })
  afterAll(() => store.stop())

  it.each(['LT', 'LTE'] as const)('is in the store what it is on a row, for every measure, group and interval, %s', async (comparison) => {
    const threshold = { comparison, seconds: 20 }
    const starts = Array.from({ length: 24 }, (_, hour) => DAY + hour * 3_600_000)
    for (const at of ['disconnectedAt', 'enqueuedAt', 'connectedAt'] as const) {
      const names = (Object.keys(measures) as MeasureName[]).filter((name) => measures[name].at === at)
      const asked = names.map((name): Measure => measures[name])
      const rows = await measureContacts(store.store, {
        scope: 'all',
        at,
        starts,
        end: DAY + 86_400_000,
        filters: [{ dimension: 'QUEUE', values: ['q0', 'q1'] }],
        groupings: ['QUEUE'],
        measures: asked.map((m) => ({ where: m.where, amount: m.amount, fold: m.fold, threshold: m.threshold ? threshold : undefined })),
        limit: 1000,
      })
      const hourOf = (f: ContactFigures): number => (f[at] === null ? -1 : DAY + Math.floor((f[at] - DAY) / 3_600_000) * 3_600_000)
      const wanted = starts.flatMap((start) =>
        [0, 1].flatMap((queue) => {
          const own = contacts.filter((f, i) => i % 3 === queue && hourOf(f) === start)
          return own.length === 0 ? [] : [{ group: [`q${queue}`], start, values: names.map((name) => measureOf(name, own, threshold)) }]
        }),
      )
      const byKey = (a: { group: string[]; start: number }, b: typeof a): number =>
        a.group[0]! < b.group[0]! ? -1 : a.group[0]! > b.group[0]! ? 1 : a.start - b.start
      expect(rows.map(({ group, start }) => [group, start])).toEqual(wanted.toSorted(byKey).map(({ group, start }) => [group, start]))
      rows.forEach(({ values }, i) =>
        values.forEach((value, m) => expect([names[m], value]).toEqual([names[m], closeTo(wanted.toSorted(byKey)[i]!.values[m]!)])),
      )
    }
  })
})

const closeTo = (value: number | null): unknown => (value === null ? null : expect.closeTo(value, 6))
