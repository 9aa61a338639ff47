import { topics } from '#events/topics'
import type { EventLog, LogRecord } from '#log/port'
import { iso } from '../present.ts'
import type { DoctorFacts } from './facts.ts'

const TAIL = 8
const MAX_BYTES = 64 * 1024 * 1024

/** How many dead letters the log holds, and the newest. */
export async function newestDeadLetter(log: EventLog): Promise<DoctorFacts['deadLetters']> {
  let count = 0
  let newest: LogRecord | undefined
  for (let partition = 0; partition < log.partitionCount; partition++) {
    const { start, end } = await log.bounds(topics.deadLetters, partition)
    count += end - start
    if (end === start) continue
    // On Kafka the last places can be marks of transactions, which are no records.
    const { records } = await log.read(topics.deadLetters, partition, Math.max(start, end - TAIL), {
      maxRecords: TAIL,
      maxBytes: MAX_BYTES,
    })
    const last = records.at(-1)
    if (last && last.ingestTime >= (newest?.ingestTime ?? 0)) newest = last
  }
  if (!newest) return { count, newest: null }
  const { headers, key, ingestTime } = newest
  return {
    count,
    newest: {
      time: iso(ingestTime),
      source: headers['source'] ?? key,
      reason: headers['reason'] ?? 'unknown',
      message: headers['message'] ?? '',
    },
  }
}
