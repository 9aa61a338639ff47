import type { Telemetry } from '#kernel/telemetry'
import type { EventLog, Lane } from '#log/port'

/**
 * Where a lane goes on. A lane that stood still for longer than the log keeps its records goes on with the oldest one there is; what
 * it missed is counted and said, because it cannot be had back from the log.
 */
export async function firstPosition(
  deps: { log: EventLog; telemetry: Telemetry },
  lane: Lane,
  topic: string,
  partition: number,
): Promise<number> {
  const stored = await lane.position(topic, partition)
  const { start } = await deps.log.bounds(topic, partition)
  if (stored >= start) return stored
  deps.telemetry.count('lane_records_expired_total', { topic }, start - stored)
  deps.telemetry.log('error', 'lane_missed_records', { topic, partition, from: stored, to: start })
  return start
}
