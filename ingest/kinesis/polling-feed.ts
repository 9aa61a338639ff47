import {
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ProvisionedThroughputExceededException,
  type KinesisClient,
} from '@aws-sdk/client-kinesis'
import { pause, type Clock } from '#kernel/clock'
import { streamOf, type KinesisSourceConfig } from './config.ts'
import type { ShardFeed } from './feed.ts'
import { startingAt, type Place } from './place.ts'

/** A shard gives 2 MiB a second; whoever asks sooner after a large answer is refused. */
const BYTES_PER_MS = (2 * 1024 * 1024) / 1000

/** Asks for records, at most once per poll interval. */
export function createPollingFeed(client: KinesisClient, config: KinesisSourceConfig, shardId: string, clock: Clock): ShardFeed {
  let iterator: string | undefined
  /** On the monotonic clock, ms. */
  let nextAt = 0
  /** Kept while the iterator is good: where that stands. */
  let place: Place | undefined

  const openIterator = async (from: Place, signal: AbortSignal): Promise<string> => {
    const start = startingAt(from)
    const answer = await client.send(
      new GetShardIteratorCommand({
        ...streamOf(config),
        ShardId: shardId,
        ShardIteratorType: start.type,
        ...(start.type === 'AT_TIMESTAMP' ? { Timestamp: start.timestamp } : {}),
        ...(start.type === 'AFTER_SEQUENCE_NUMBER' ? { StartingSequenceNumber: start.sequenceNumber } : {}),
      }),
      { abortSignal: signal },
    )
    return answer.ShardIterator ?? ''
  }

  const close = (): void => {
    iterator = undefined
    place = undefined
  }

  return {
    close,
    async next(from, signal) {
      await pause(clock, Math.max(0, nextAt - performance.now()), signal)
      const askedAt = performance.now()
      nextAt = askedAt + config.pollIntervalMs
      for (;;) {
        const isFresh = iterator === undefined
        place ??= from
        try {
          iterator ??= await openIterator(place, signal)
          const command = new GetRecordsCommand({ ...streamOf(config), ShardIterator: iterator, Limit: config.maxUnacknowledged })
          const answer = await client.send(command, { abortSignal: signal })
          const records = answer.Records ?? []
          const bytes = records.reduce((sum, { Data }) => sum + (Data?.byteLength ?? 0), 0)
          nextAt = askedAt + Math.max(config.pollIntervalMs, bytes / BYTES_PER_MS)
          iterator = answer.NextShardIterator ?? undefined
          place = records.at(-1)?.SequenceNumber ?? place
          return { records, next: place, behindMs: answer.MillisBehindLatest ?? 0, ended: iterator === undefined }
        } catch (error) {
          // An iterator lives for five minutes: the log may have kept us waiting for longer.
          const isExpired = error instanceof ExpiredIteratorException && !isFresh
          // Refused because others read too: the iterator stays good.
          if (!(error instanceof ProvisionedThroughputExceededException)) iterator = undefined
          if (!isExpired) throw error
        }
      }
    },
  }
}
