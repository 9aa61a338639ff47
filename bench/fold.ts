/** What a fold costs and keeps: events of a contact centre through ingest and the folds, over the log in memory. */
import { parseArgs } from 'node:util'
import { createDemo } from '#simulator/demo'
import { startPipeline, type TestEvent } from '../test/helpers/pipeline.ts'

export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { minutes: { type: 'string', default: '30' } } })
  const minutes = Number(values.minutes)
  const startAt = Date.UTC(2026, 2, 2, 9)
  const events: TestEvent[] = []
  const demo = createDemo({ seed: 7, startAt, storyAt: startAt + 60_000 })
  for (let event = demo.next(); event.at < startAt + minutes * 60_000; event = demo.next()) events.push(event)

  const pipeline = await startPipeline({ startAt: startAt + minutes * 60_000 })
  const before = process.cpuUsage()
  await pipeline.send(events)
  await pipeline.settle()
  const used = process.cpuUsage(before)
  const cpuMs = (used.user + used.system) / 1000
  const rows = pipeline.rows()
  console.log(
    `fold: ${events.length} events of ${minutes} minutes, ingest and three folds, log in memory: ${((cpuMs * 1000) / events.length).toFixed(0)} CPU µs per event, ${Math.round(rows.length / (cpuMs / 1000))} rows/s`,
  )
  for (const [kind, lane] of [
    ['agent', 'agents'],
    ['contact', 'contacts'],
    ['turn', null],
    ['interval', null],
  ] as const) {
    const sizes = rows.filter((r) => r.kind === kind).map((r) => JSON.stringify(r).length)
    const facts =
      lane === null
        ? []
        : [...pipeline.table('callboard.facts')]
            .filter(([key]) => key.startsWith(`${lane}/`))
            .map(([, fact]) => JSON.stringify(fact).length)
    const perEntity =
      lane === null
        ? ''
        : `; facts ${Math.round(sum(facts) / Math.max(1, sizes.length))} B per ${kind}, ${Math.round(sum(facts) / Math.max(1, facts.length))} B per fact`
    console.log(
      `  ${kind} rows: ${sizes.length}, mean ${Math.round(sum(sizes) / Math.max(1, sizes.length))} B, largest ${Math.max(0, ...sizes)} B${perEntity}`,
    )
  }
  await pipeline.stop()
}

function sum(values: readonly number[]): number {
  return values.reduce((total, v) => total + v, 0)
}
