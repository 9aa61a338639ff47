import type { Clock } from '#kernel/clock'
import { failpoint } from '#kernel/node/failpoint'
import type { Telemetry } from '#kernel/telemetry'
import type { Retry } from '../aws/retry.ts'
import type { IngestDoor } from '../door.ts'
import type { KinesisSourceConfig } from './config.ts'
import { elementsOf } from './elements.ts'
import type { ShardFeed, ShardPage } from './feed.ts'
import type { Holding } from './holding.ts'
import { SHARD_END } from './place.ts'

export interface ShardReaderDeps {
  door: IngestDoor
  clock: Clock
  telemetry: Telemetry
}

/**
 * Reads one shard to its end, or until it is told to stop: records → taken in (durable) → place → next. One page is in flight, so no
 * place is kept beyond what is in the log, and the log's back-pressure slows the reading. While it fails it tries again, from its place.
 */
export async function readShard(
  holding: Holding,
  feed: ShardFeed,
  retry: Retry,
  config: KinesisSourceConfig,
  deps: ShardReaderDeps,
): Promise<void> {
  const { signal, shardId } = holding
  const labels = { source: config.name, shard: shardId }
  while (!signal.aborted) {
    try {
      const page = await feed.next(holding.place(), signal)
      if (page.records.length > 0) {
        failpoint('CP01')
        if (!(await takePage(page, holding, config, deps))) break
      }
      if (page.ended) {
        failpoint('CP05')
        await holding.moveTo(SHARD_END)
        break
      }
      deps.telemetry.gauge('kinesis_behind_ms', labels, page.behindMs)
      retry.succeeded('')
    } catch (error) {
      if (signal.aborted) break
      // What was read and not taken in is read again.
      feed.close()
      await retry.failed(error)
    }
  }
  feed.close()
  deps.telemetry.gauge('kinesis_behind_ms', labels, 0)
}

/** False when the shard is no longer ours. */
async function takePage(
  page: ShardPage,
  holding: Holding,
  { name, kind, stream, streamArn, maxUnacknowledged }: KinesisSourceConfig,
  { door, clock }: ShardReaderDeps,
): Promise<boolean> {
  const shard = `${stream ?? streamArn}/${holding.shardId}`
  const elements = page.records.flatMap((record) => elementsOf(record, shard, clock.now()))
  for (let from = 0; from < elements.length; from += maxUnacknowledged) {
    if (!holding.isOurs()) return false
    const part = elements.slice(from, from + maxUnacknowledged)
    await door.take(part, { source: name, origin: shard, kind, arrivalTime: clock.now() })
  }
  return holding.moveTo(page.next)
}
