import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMetricsFold } from '#contracts/metrics/fold'
import { catalogue } from '#contracts/metrics/catalogue'
import type { Row } from '#contracts/rows'
import { createDemo } from '#simulator/demo'
import { startPipeline, type TestEvent } from '../../helpers/pipeline.ts'
import { loadSamples } from '../../helpers/samples.ts'

// Same events in another order, doubled, in two deliveries: the same rows, alerts and figures. What is left out of the comparison
// is what says when *we* heard: ingest times in alert histories.

const DEMO_MINUTES = 4
const startAt = Date.UTC(2026, 2, 2, 9, 0)

function demoEvents(): TestEvent[] {
  const demo = createDemo({ seed: 7, startAt, storyAt: startAt + 60_000 })
  const events: TestEvent[] = []
  for (;;) {
    const event = demo.next()
    if (!event || event.at > startAt + DEMO_MINUTES * 60_000) return events
    events.push({ kind: event.kind, payload: event.payload, at: event.at })
  }
}

async function outcome(
  events: readonly TestEvent[],
  now: number,
  moveAfter: readonly number[] = [],
): Promise<{ rows: string[]; alerts: string[]; figures: object }> {
  const pipeline = await startPipeline({ startAt: now })
  try {
    await pipeline.putRule('cancel', { name: 'Cancellation', condition: { type: 'phrase', phrases: ['cancel'], speaker: 'customer' } })
    let sent = 0
    for (const at of [...moveAfter, events.length]) {
      await pipeline.send(events.slice(sent, at))
      sent = at
      if (at < events.length) await pipeline.move()
    }
    await pipeline.settle()
    const rows = pipeline.rows().map((row) => JSON.stringify(row))
    const alerts = pipeline.alerts().map((a) => JSON.stringify({ ...a, history: [], raisedAt: 0, since: 0 }))
    return { rows: rows.toSorted(), alerts: alerts.toSorted(), figures: figuresOf(pipeline.rows(), now) }
  } finally {
    await pipeline.stop()
  }
}

function figuresOf(rows: readonly Row[], now: number): Record<string, number | null> {
  const fold = createMetricsFold()
  for (const row of rows) fold.apply(undefined, row)
  return Object.fromEntries(
    catalogue.map((metric) => [
      metric.id,
      fold.compute({ metric, select: { queueIds: 'all' }, now, windowStart: () => now - 7_200_000, threshold: () => 20 }),
    ]),
  )
}

function shuffled(events: readonly TestEvent[], seed: number): TestEvent[] {
  let state = seed >>> 0 || 1
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const order = events.map((event) => ({ event, at: random() }))
  const doubled = order.filter((_, i) => i % 5 === 0).map(({ event }) => ({ event, at: random() }))
  return [...order, ...doubled].sort((a, b) => a.at - b.at).map(({ event }) => event)
}

describe('convergence', () => {
  const now = startAt + DEMO_MINUTES * 60_000 + 1_000
  const events = demoEvents()

  it("gives the same rows, alerts and figures for any order and any repetition of a contact centre's events", async () => {
    const expected = await outcome(events, now)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1 }), async (seed) => {
        expect(await outcome(shuffled(events, seed), now)).toEqual(expected)
      }),
      { numRuns: 4, seed: 20260302, endOnFailure: true },
    )
  }, 90_000)

  it('gives the same when partitions move to members that know only the log, between any two steps', async () => {
    const expected = await outcome(events, now)
    const third = Math.floor(events.length / 3)
    expect(await outcome(shuffled(events, 5), now, [third, third + 1, 2 * third])).toEqual(expected)
  }, 60_000)

  it('gives the same states without heart beats, as long as no other event is lost', async () => {
    const withoutClock = (rows: readonly string[]): string[] => rows.map((row) => row.replaceAll(/"(first|last)EventAt":\d+/g, ''))
    const beats = events.filter(({ kind, payload }) => kind === 'agent-event' && payload['EventType'] === 'HEART_BEAT')
    expect(beats.length).toBeGreaterThan(20)
    const expected = await outcome(events, now)
    const actual = await outcome(
      events.filter((e) => !beats.includes(e)),
      now,
    )
    expect(withoutClock(actual.rows)).toEqual(withoutClock(expected.rows))
    expect(actual.figures).toEqual(expected.figures)
  }, 60_000)

  it('gives the same rows for the samples shuffled and sent twice', async () => {
    const { samples } = loadSamples()
    const sampleEvents = samples.map(({ kind, payload }): TestEvent => ({ kind, payload, at: Date.UTC(2026, 5, 1) }))
    const expected = await outcome(sampleEvents, Date.UTC(2026, 5, 2))
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1 }), async (seed) => {
        expect(await outcome([...shuffled(sampleEvents, seed), ...sampleEvents], Date.UTC(2026, 5, 2))).toEqual(expected)
      }),
      { numRuns: 10, seed: 20260303, endOnFailure: true },
    )
  })
})
