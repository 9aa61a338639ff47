import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { inspectEnvironment } from '#log/lmdb/inspect'
import { openLmdbLog } from '#log/lmdb/log'
import { createMemoryLog } from '#log/memory'
import type { EventLog } from '#log/port'
import {
  createTestClock,
  entry,
  openOwnedLane,
  readAll,
  suiteTopics,
  suiteTopicSpecs,
  tempFolder,
  type TestClock,
} from '../../conformance/support.ts'

const { input, rows, settings, dead } = suiteTopics
const value = fc.oneof(fc.constant(null), fc.integer({ min: 0, max: 12_000 }))
const key = fc.integer({ min: 0, max: 40 }).map((n) => `key-${n}`)
const step = fc.oneof(
  fc.record({ do: fc.constant('append' as const), entries: fc.array(fc.tuple(key, fc.integer({ min: 0, max: 9000 })), { maxLength: 20 }) }),
  fc.record({ do: fc.constant('set' as const), entries: fc.array(fc.tuple(key, value), { maxLength: 20 }) }),
  fc.record({
    do: fc.constant('commit' as const),
    partition: fc.integer({ min: 0, max: 1 }),
    entries: fc.array(fc.tuple(key, value), { maxLength: 30 }),
  }),
  fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 3_000_000 }) }),
  fc.record({ do: fc.constant('reopen' as const) }),
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function bytes(size: number | null, of: string): Uint8Array | null {
  return size === null ? null : Buffer.alloc(size, of)
}

async function apply(log: EventLog, step: Step): Promise<void> {
  if (step.do === 'append')
    await log.append(
      input,
      step.entries.map(([k, size]) => entry(k, bytes(size, k), { size: String(size) })),
    )
  if (step.do === 'set')
    await log.append(
      settings,
      step.entries.map(([k, size]) => entry(k, bytes(size, k))),
    )
  if (step.do !== 'commit') return
  const { lane } = await openOwnedLane(log, 'l', [input])
  const { end } = await log.bounds(input, step.partition)
  const outputs = step.entries.flatMap(([k, size]) => [
    { topic: rows, ...entry(k, bytes(size, k)) },
    { topic: dead, ...entry(k, bytes(size ?? 1, k)) },
  ])
  await lane.commit({ partition: step.partition, outputs, positions: [{ topic: input, next: end }] })
  await lane.close()
}

async function contentsOf(log: EventLog, clock: TestClock): Promise<unknown> {
  const contents: unknown[] = [clock.now()]
  const { lane } = await openOwnedLane(log, 'l', [input])
  for (const topic of [input, rows, settings, dead])
    for (let p = 0; p < 2; p++) {
      contents.push(topic, p, await log.bounds(topic, p))
      for (const record of await readAll(log, topic, p, 0))
        contents.push({ ...record, value: record.value && Buffer.from(record.value).toString('latin1') })
      if (topic === rows || topic === settings)
        contents.push([...log.table(topic, p).scan('key-1')].map(({ key, offset }) => `${key}@${offset}`))
    }
  contents.push(await lane.position(input, 0), await lane.position(input, 1))
  await lane.close()
  return contents
}

it('holds what the log in memory holds, whatever is done and whenever it is opened again', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const dir = await tempFolder()
      const clock = createTestClock()
      // Tombstones are kept: the two let them go at different moments.
      const options = { topics: suiteTopicSpecs, partitionCount: 2, clock, tombstoneRetentionMs: 1e12 }
      const memory = createMemoryLog(options)
      let log = await openLmdbLog({ dir, ...options })
      try {
        for (const each of steps) {
          if (each.do === 'advance') clock.advance(each.ms)
          else if (each.do === 'reopen') {
            await log.close()
            log = await openLmdbLog({ dir, ...options })
          } else {
            await apply(memory, each)
            await apply(log, each)
          }
        }
        expect(await contentsOf(log, clock)).toEqual(await contentsOf(memory, clock))
      } finally {
        await log.close()
      }
      // What is healthy must never be refused.
      inspectEnvironment(join(dir, 'state'), { deep: true })
      for (const slice of await readdir(join(dir, 'slices'))) inspectEnvironment(join(dir, 'slices', slice), { deep: true })
    }),
    { numRuns: 25 },
  )
}, 60_000)
