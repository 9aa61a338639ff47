import {
  ExpiredIteratorException,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ResourceNotFoundException,
  type GetRecordsCommandOutput,
  type KinesisClient,
  type Shard,
} from '@aws-sdk/client-kinesis'
import { pause, type Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import type { Telemetry } from '#kernel/telemetry'
import type { Checkpoints } from '../checkpoints.ts'
import type { IngestDoor } from '../door.ts'
import type { KinesisSourceConfig } from './config.ts'

export const SHARD_END = 'SHARD_END'

export interface ShardReaderDeps {
  client: KinesisClient
  door: IngestDoor
  checkpoints: Checkpoints
  clock: Clock
  telemetry: Telemetry
}

const FIRST_RETRY_MS = 500
const LONGEST_RETRY_MS = 30_000

/**
 * Reads one shard to its end or until told to stop: get records → take them in (durable) → checkpoint → next. One batch is in
 * flight, so nothing is checkpointed that is not in the log, and the log's back-pressure slows the reading.
 */
export async function readShard(deps: ShardReaderDeps, config: KinesisSourceConfig, shard: Shard, signal: AbortSignal): Promise<void> {
  const { checkpoints, clock, telemetry } = deps
  const shardId = shard.ShardId ?? ''
  const key = checkpointKey(config, shardId)
  let iterator: string | undefined
  let retryMs = FIRST_RETRY_MS
  while (!signal.aborted && checkpoints.get(key) !== SHARD_END) {
    try {
      iterator ??= await openIterator(deps.client, config, shardId, checkpoints.get(key) ?? (await firstCheckpoint(deps, config, shard)))
      const page = await deps.client.send(new GetRecordsCommand({ ...streamOf(config), ShardIterator: iterator, Limit: 1000 }), {
        abortSignal: signal,
      })
      await takePage(deps, config, shardId, page)
      if (page.NextShardIterator === undefined || page.NextShardIterator === null) {
        failpoint('CP05')
        await checkpoints.set(key, SHARD_END)
      }
      iterator = page.NextShardIterator
      telemetry.gauge('kinesis_behind_ms', { source: config.name, shard: shardId }, page.MillisBehindLatest ?? 0)
      retryMs = FIRST_RETRY_MS
      await pause(clock, config.pollIntervalMs, signal)
    } catch (error) {
      if (signal.aborted) return
      iterator = undefined
      if (error instanceof ExpiredIteratorException) continue
      telemetry.count('source_failures_total', {
        source: config.name,
        error: error instanceof ResourceNotFoundException ? 'not-found' : 'other',
      })
      telemetry.log('warn', 'kinesis_shard_read_failed', { source: config.name, shard: shardId, message: messageOf(error), retryMs })
      await pause(clock, retryMs, signal)
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
    }
  }
}

async function takePage(deps: ShardReaderDeps, config: KinesisSourceConfig, shardId: string, page: GetRecordsCommandOutput): Promise<void> {
  const records = page.Records ?? []
  const last = records.at(-1)?.SequenceNumber
  if (last === undefined) return
  failpoint('CP01')
  // Records of one page differ in arrival; each keeps its own, because voice segments have no other time.
  for (const [arrivalTime, group] of groupByArrival(records, deps.clock.now())) {
    await deps.door.take(
      group.map((r) => ({ bytes: r.Data ?? new Uint8Array() })),
      {
        source: config.name,
        origin: `${config.stream ?? config.streamArn}/${shardId}/${group[0]?.SequenceNumber ?? ''}`,
        kind: config.kind,
        arrivalTime,
      },
    )
  }
  await deps.checkpoints.set(checkpointKey(config, shardId), last)
}

type KinesisRecord = NonNullable<GetRecordsCommandOutput['Records']>[number]

/** Neighbouring records with the same arrival time, in order. */
function groupByArrival(records: readonly KinesisRecord[], now: number): [number, KinesisRecord[]][] {
  const groups: [number, KinesisRecord[]][] = []
  for (const record of records) {
    const at = record.ApproximateArrivalTimestamp?.getTime() ?? now
    const open = groups.at(-1)
    if (open?.[0] === at) open[1].push(record)
    else groups.push([at, [record]])
  }
  return groups
}

/** A checkpoint before any record was read: the moment of the first start. */
const SINCE = 'SINCE:'

/**
 * Where a shard without a checkpoint begins. "Latest" is written down as a moment before the first read: asked for again after a
 * failure it would skip what came meanwhile. A shard with a parent goes on where that ended, whatever the setting says.
 */
async function firstCheckpoint(
  { checkpoints, clock }: ShardReaderDeps,
  config: KinesisSourceConfig,
  shard: Shard,
): Promise<string | undefined> {
  if (config.startAt !== 'latest' || shard.ParentShardId !== undefined) return undefined
  const since = `${SINCE}${clock.now()}`
  await checkpoints.set(checkpointKey(config, shard.ShardId ?? ''), since)
  return since
}

async function openIterator(
  client: KinesisClient,
  config: KinesisSourceConfig,
  shardId: string,
  checkpoint: string | undefined,
): Promise<string | undefined> {
  const where =
    checkpoint === undefined
      ? { ShardIteratorType: 'TRIM_HORIZON' as const }
      : checkpoint.startsWith(SINCE)
        ? { ShardIteratorType: 'AT_TIMESTAMP' as const, Timestamp: new Date(Number(checkpoint.slice(SINCE.length))) }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER' as const, StartingSequenceNumber: checkpoint }
  const answer = await client.send(new GetShardIteratorCommand({ ...streamOf(config), ShardId: shardId, ...where }))
  return answer.ShardIterator
}

export function streamOf(config: KinesisSourceConfig): { StreamName: string } | { StreamARN: string } {
  return config.stream === undefined ? { StreamARN: config.streamArn ?? '' } : { StreamName: config.stream }
}

export function checkpointKey(config: KinesisSourceConfig, shardId: string): string {
  return `kinesis/${config.streamArn ?? `${config.region}/${config.stream}`}/${shardId}`
}
