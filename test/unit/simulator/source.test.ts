import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createManualClock, type ManualClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { createDemo, type DemoEvent } from '#simulator/demo'
import { createDemoSource, type DemoSource } from '#simulator/source'
import { MINUTE, record, T0 } from './recording.ts'

const NOW = T0 + 30 * MINUTE
const config = { seed: 3, startAt: T0, storyAt: NOW + 1000, batchSize: 200 }

async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000; turn++) {
    if (condition()) return
    await nextTurn()
  }
  throw new Error('it never came to that')
}

async function letRun(clock: ManualClock, ms: number): Promise<void> {
  for (const end = clock.now() + ms; clock.now() < end; clock.advance(Math.min(100, end - clock.now()))) {
    for (let turn = 0; turn < 4; turn++) await nextTurn()
  }
  for (let turn = 0; turn < 4; turn++) await nextTurn()
}

function collect(clock: ManualClock, given: Partial<typeof config> = {}, refuse: () => boolean = () => false) {
  const got: DemoEvent[] = []
  const batches: number[] = []
  const source = createDemoSource(
    { ...config, ...given },
    {
      clock,
      telemetry: silentTelemetry,
      async emit(batch) {
        await nextTurn()
        if (refuse()) throw new Error('log is full')
        got.push(...batch)
        batches.push(batch.length)
      },
    },
  )
  return { source, got, batches }
}

const isLive = (source: DemoSource) => () => source.phase() === 'live'

describe('the demo source', () => {
  it('pushes the past in batches, one at a time, then goes live', async () => {
    const clock = createManualClock(NOW)
    const { source, got, batches } = collect(clock)
    await source.start()
    expect(source.phase()).toBe('past')
    await until(isLive(source))
    await source.stop()
    expect(Math.max(...batches)).toBe(200)
    expect(got).toEqual(record(config, NOW + 1))
  })

  it('gives each message when it is due', async () => {
    const clock = createManualClock(NOW)
    const { source, got } = collect(clock)
    await source.start()
    await until(isLive(source))
    const past = got.length
    await letRun(clock, 20_000)
    await source.stop()
    const expected = record(config, NOW + 20_001)
    expect(got.length).toBeGreaterThan(past + 20)
    expect(got).toEqual(expected.slice(0, got.length))
    expect(got.length).toBeGreaterThanOrEqual(expected.length - 5)
  })

  it('gives a refused batch again, whole and in order', async () => {
    const clock = createManualClock(NOW)
    let tries = 0
    const { source, got } = collect(clock, {}, () => ++tries % 3 !== 0)
    await source.start()
    // Each refusal is followed by a pause of up to 5 s.
    for (let i = 0; i < 400 && source.phase() === 'past'; i++) {
      clock.advance(50)
      await nextTurn()
      await nextTurn()
    }
    await source.stop()
    expect(tries).toBeGreaterThan(5)
    expect(got.length).toBeGreaterThan(400)
    expect(got).toEqual(record(config, NOW + 60 * MINUTE).slice(0, got.length))
  })

  it('loses nothing when stopped amid a refusal and started again', async () => {
    const clock = createManualClock(NOW)
    let isFull = true
    const { source, got } = collect(clock, {}, () => isFull)
    await source.start()
    await letRun(clock, 300)
    await source.stop()
    await source.stop()
    expect(got).toEqual([])
    isFull = false
    await source.start()
    await source.start()
    await until(isLive(source))
    await source.stop()
    expect(got).toEqual(record(config, NOW + 60 * MINUTE).slice(0, got.length))
  })

  it('lets the story begin a moment after the past is pushed, however long that took', async () => {
    const clock = createManualClock(NOW)
    const { storyAt: _, ...rest } = config
    const got: DemoEvent[] = []
    const source = createDemoSource(rest, {
      clock,
      telemetry: silentTelemetry,
      async emit(batch) {
        // A slow reader: real time goes on while the past is pushed.
        if (batch.length === config.batchSize) clock.advance(4000)
        await nextTurn()
        got.push(...batch)
      },
    })
    await source.start()
    await until(isLive(source))
    const liveAt = clock.now()
    await source.stop()
    expect(liveAt).toBeGreaterThan(NOW + 20_000)
    expect(Math.abs(source.storyAt()! - liveAt)).toBeLessThan(30_000)
    const demo = createDemo({ ...rest, storyAt: source.storyAt()! })
    expect(got.slice(0, 300)).toEqual(Array.from({ length: 300 }, () => demo.next()))
  })
})
