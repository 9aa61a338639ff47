import { writeSync } from 'node:fs'
import { systemClock } from '#kernel/clock'
import { openLmdbLog } from '#log/lmdb/log'
import { entry, suiteTopics, suiteTopicSpecs } from '../../conformance/support-entries.ts'

/** Writes to the topic `process.argv[3]` for as long as that works; a byte on standard output for each call that was acknowledged. */
const [, , dir = '', topic = suiteTopics.input] = process.argv
const log = await openLmdbLog({ dir, topics: suiteTopicSpecs, partitionCount: 1, clock: systemClock })
for (let i = 0; i < 10_000; i++) {
  await log.append(topic, [entry('k', Buffer.alloc(20_000, 1)), entry('k', Buffer.alloc(20_000, 2))])
  writeSync(1, '.')
}
