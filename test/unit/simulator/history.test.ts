import { describe, expect, it } from 'vitest'
import { systemClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { createDemo, type DemoEvent } from '#simulator/demo'
import { playHistory } from '#simulator/history'
import { MINUTE, T0 } from './recording.ts'

const HOUR = 60 * MINUTE
const config = { seed: 7, startAt: T0, until: T0 + 3 * HOUR, batchSize: 40 }
const never = new AbortController().signal

async function play(options: { now?: number; signal?: AbortSignal; refuse?: () => boolean; onBatch?: () => void } = {}) {
  const { now = T0 + 20 * HOUR, signal = never, refuse = () => false, onBatch = () => {} } = options
  const batches: (readonly DemoEvent[])[] = []
  const count = await playHistory(
    config,
    {
      clock: { ...systemClock, now: () => now },
      telemetry: silentTelemetry,
      async emit(batch) {
        if (refuse()) throw new Error('log is full')
        batches.push(batch)
        onBatch()
      },
    },
    signal,
  )
  return { count, batches, got: batches.flat() }
}

/** The records of the same run, of contacts that began before `until`. */
function expected(endAt: number): DemoEvent[] {
  const demo = createDemo(config)
  const found: DemoEvent[] = []
  while (demo.dueAt() < endAt) {
    const event = demo.next()
    if (event.kind === 'contact-record' && Date.parse(event.payload['InitiationTimestamp'] as string) < config.until) found.push(event)
  }
  return found
}

describe('the history', () => {
  it('hands over the contact records and nothing else, in batches, also of who was still talking at its end', async () => {
    const { count, got, batches } = await play()
    expect(got).toEqual(expected(T0 + 5 * HOUR))
    expect(count).toBe(got.length)
    expect(count).toBeGreaterThan(500)
    expect(Math.max(...batches.map((b) => b.length))).toBe(40)
    expect(got.some(({ at }) => at > config.until + MINUTE)).toBe(true)
  })

  it('tells nothing that has not happened yet', async () => {
    const now = T0 + 2 * HOUR
    const { got } = await play({ now })
    expect(got).toEqual(expected(now))
  })

  it('gives a refused batch again, and loses none', async () => {
    let tries = 0
    const { got } = await play({ now: T0 + HOUR, refuse: () => ++tries === 2 })
    expect(got).toEqual(expected(T0 + HOUR))
  })

  it('ends soon when it is told to', async () => {
    const stop = new AbortController()
    const { count } = await play({ signal: stop.signal, onBatch: () => stop.abort() })
    expect(count).toBe(40)
  })

  it('is empty where the live run begins with the day', async () => {
    expect(
      await playHistory({ ...config, until: T0 }, { clock: systemClock, telemetry: silentTelemetry, emit: async () => {} }, never),
    ).toBe(0)
  })
})
