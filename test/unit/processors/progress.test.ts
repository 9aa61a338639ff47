import { expect, it, onTestFinished } from 'vitest'
import { createManualClock } from '#kernel/clock'
import { createTelemetry } from '#kernel/telemetry'
import { createMemoryLog } from '#log/memory'
import { createProgressWatch } from '#processors/runner/progress'
import { entry, suiteTopics, suiteTopicSpecs, T0 } from '../../conformance/support.ts'

const { input } = suiteTopics

async function open() {
  const clock = createManualClock(T0)
  const telemetry = createTelemetry(() => {})
  const log = createMemoryLog({ topics: suiteTopicSpecs, partitionCount: 1, clock })
  const watch = createProgressWatch({ log, clock, telemetry, stallMs: 30_000 })
  await watch.start()
  onTestFinished(() => watch.stop())
  /** Second by second, as a look needs a turn of the event loop between two of them. */
  const pass = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      clock.advance(1000)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { log, watch, pass, metrics: () => telemetry.render() }
}

it('names a lane that has input and does not move, with how long and how old its oldest record is', async () => {
  const { log, watch, pass, metrics } = await open()
  const track = watch.track('contacts', input, 0)
  track.at(0)
  await log.append(input, [entry('k', 'a')])
  await pass(20)
  expect(watch.stalls()).toEqual([])
  await pass(15)
  expect(watch.stalls()).toEqual([{ lane: 'contacts', topic: input, partition: 0, seconds: expect.any(Number) }])
  expect(metrics()).toContain('lanes_stalled 1')
  expect(metrics()).toMatch(new RegExp(`lane_lag_seconds\\{lane="contacts",topic="${input}"\\} 3[3-5]`))
  track.at(1)
  await pass(2)
  expect(watch.stalls()).toEqual([])
  expect(metrics()).toMatch(/lane_lag_seconds\{.*\} 0\n/)
})

it('is late once the oldest record is over ten seconds old, well within half a minute of too much coming in', async () => {
  const { log, watch, pass } = await open()
  const track = watch.track('agents', input, 0)
  track.at(0)
  // Two records a second come in, one is done.
  let done = 0
  let lateAfter: number | undefined
  for (let second = 1; second <= 30 && lateAfter === undefined; second++) {
    await log.append(input, [entry('k', 'a'), entry('k', 'b')])
    track.at(++done)
    await pass(1)
    if (!watch.health().ok) lateAfter = second
  }
  expect(lateAfter).toBeLessThanOrEqual(25)
  expect(watch.health()).toMatchObject({ name: 'lanes', required: false, detail: `lane agents is 11 s late in ${input}` })
  track.at(2 * lateAfter!)
  await pass(1)
  expect(watch.health()).toMatchObject({ ok: true, detail: undefined })
})

it('takes neither a lane without input nor one that is slow but moves for one that stands still', async () => {
  const { log, watch, pass } = await open()
  const track = watch.track('agents', input, 0)
  track.at(0)
  await pass(600)
  expect(watch.stalls()).toEqual([])
  await log.append(
    input,
    Array.from({ length: 100 }, (_, i) => entry('k', String(i))),
  )
  for (let position = 1; position < 20; position++) {
    await pass(20)
    track.at(position)
  }
  expect(watch.stalls()).toEqual([])
})

it('does not count what a lane cannot help, nor a lane that was taken away', async () => {
  const { log, watch, pass } = await open()
  const [history, gone] = [watch.track('history', input, 0), watch.track('alerts', input, 0)]
  history.at(0)
  history.waits('analytics store')
  gone.at(0)
  gone.end()
  await log.append(input, [entry('k', 'a')])
  await pass(100)
  expect(watch.stalls()).toEqual([])
  history.waits(undefined)
  await pass(35)
  expect(watch.stalls().map(({ lane }) => lane)).toEqual(['history'])
})
