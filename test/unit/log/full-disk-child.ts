import { systemClock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { openLmdbLog } from '#log/lmdb/log'
import { entry, suiteTopics, suiteTopicSpecs } from '../../conformance/support-entries.ts'

/** Writes until the file may grow no more, five times over, and prints what it saw. Started with a limit on the size of files. */
const log = await openLmdbLog({ dir: process.argv[2] ?? '', topics: suiteTopicSpecs, partitionCount: 1, clock: systemClock })
const seen: Record<string, unknown> = {}
for (const topic of [suiteTopics.input, suiteTopics.dead]) {
  const codes: string[] = []
  let acked = 0
  while (codes.length < 5) {
    try {
      await log.append(topic, [entry('k', Buffer.alloc(20_000, 1)), entry('k', Buffer.alloc(20_000, 2))])
      acked += 2
    } catch (error) {
      codes.push(error instanceof CallboardError ? error.code : String(error))
    }
  }
  const { end } = await log.bounds(topic, 0)
  const last = await log.read(topic, 0, end - 1, { maxRecords: 1, maxBytes: 1 })
  seen[topic] = { codes, acked, end, next: last.next }
}
await log.close()
process.stdout.write(JSON.stringify(seen))
