import { onTestFinished } from 'vitest'
import { openLmdbLog, type LmdbLogOptions } from '#log/lmdb/log'
import type { EventLog } from '#log/port'
import { createTestClock, entry, suiteTopics, suiteTopicSpecs } from '../../conformance/support.ts'

export const HOUR_MS = 3_600_000

/** A log on one partition, so that every record of a topic is in partition 0. Closed when the test is over. */
export async function openTestLog(options: Partial<LmdbLogOptions> & { dir: string }): Promise<EventLog> {
  const log = await openLmdbLog({ topics: suiteTopicSpecs, partitionCount: 1, clock: createTestClock(), ...options })
  onTestFinished(() => log.close())
  return log
}

export async function appendTexts(log: EventLog, ...texts: string[]): Promise<void> {
  await log.append(
    suiteTopics.input,
    texts.map((text) => entry('k', text)),
  )
}
