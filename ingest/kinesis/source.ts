import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { KinesisClient } from '@aws-sdk/client-kinesis'
import { pause } from '#kernel/clock'
import { clientOptions, streamingHandler } from '../aws/client.ts'
import { createRetry, type Retry } from '../aws/retry.ts'
import type { Checkpoints } from '../checkpoints.ts'
import type { Source, SourceHealth } from '../source.ts'
import { streamKey, type KinesisSourceConfig } from './config.ts'
import { createConsumer } from './consumer.ts'
import { createFanOutFeed } from './fan-out-feed.ts'
import type { ShardFeed } from './feed.ts'
import type { Holder, Holding, ReadShard } from './holding.ts'
import { createDynamoTable } from './leases/dynamo-table.ts'
import { createLeaseHolder } from './leases/lease-holder.ts'
import { sinceMoment, TRIM_HORIZON, type Place } from './place.ts'
import { createPollingFeed } from './polling-feed.ts'
import { readShard, type ShardReaderDeps } from './shard-reader.ts'
import { listShards } from './shards.ts'
import { checkpointKey, createSoleHolder } from './sole-holder.ts'

const LIST_SHARDS_MS = 30_000
/** A shard that ended has children, which the next listing may not show yet. */
const RELIST_MS = 1_000

export interface KinesisSourceDeps extends ShardReaderDeps {
  checkpoints: Checkpoints
  /** How long a subscription of enhanced fan-out is kept; left out: nearly as long as Kinesis keeps it. */
  renewMs?: number
}

/**
 * Reads a Kinesis stream: lists its shards, reads those that a holder gives to this process (all, or by leases), each by a feed (polling,
 * or enhanced fan-out).
 */
export function createKinesisSource(config: KinesisSourceConfig, deps: KinesisSourceDeps): Source {
  const { clock, telemetry } = deps
  const stop = new AbortController()
  const listing = createRetry(config.name, { clock, telemetry, signal: stop.signal })
  const reading = new Map<string, Retry>()
  let running: { holder: Holder; discovery: Promise<void>; close(): void } | undefined
  let relist = new AbortController()

  const discover = async (client: KinesisClient, holder: Holder): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        const shards = await listShards(client, config, stop.signal)
        await holder.listed(shards)
        listing.succeeded(`${shards.length} shards`)
        await pause(clock, LIST_SHARDS_MS, relist.signal)
        if (!relist.signal.aborted || stop.signal.aborted) continue
        relist = new AbortController()
        await pause(clock, RELIST_MS, stop.signal)
      } catch (error) {
        if (!stop.signal.aborted) await listing.failed(error)
      }
    }
  }

  const open = (): NonNullable<typeof running> => {
    const client = new KinesisClient(clientOptions(config))
    const streaming = new KinesisClient({ ...clientOptions(config), requestHandler: streamingHandler(config) })
    const leases = new DynamoDBClient(clientOptions({ region: config.region, endpoint: config.leaseEndpoint }, config.leaseMs / 3))
    const consumer = createConsumer(client, config, clock, stop.signal)
    const feedOf = (shardId: string): ShardFeed =>
      config.fanOut === false
        ? createPollingFeed(client, config, shardId, clock)
        : createFanOutFeed(streaming, consumer, shardId, clock, deps.renewMs)
    const read = async (holding: Holding): Promise<void> => {
      const retry = createRetry(config.name, { clock, telemetry, signal: holding.signal })
      reading.set(holding.shardId, retry)
      await readShard(holding, feedOf(holding.shardId), retry, config, deps)
      reading.delete(holding.shardId)
      // Read to its end, most likely: its children are next.
      relist.abort()
    }
    const holder = createHolder(config, deps, leases, read)
    return {
      holder,
      discovery: discover(client, holder),
      close: () => [client, streaming, leases].forEach((each) => each.destroy()),
    }
  }

  const health = (): SourceHealth => {
    const parts = [listing.health(), running?.holder.health(), ...[...reading.values()].map((retry) => retry.health())]
    const failing = parts.find((part) => part?.fault !== undefined)
    if (failing) return failing
    const { ok, detail } = listing.health()
    return ok ? { ok, detail: `${detail}, ${reading.size} read here` } : { ok, detail }
  }

  return {
    name: `source ${config.name}`,
    health,
    async start() {
      running ??= open()
    },
    async stop() {
      stop.abort()
      relist.abort()
      await running?.discovery
      await running?.holder.stop()
      running?.close()
    },
  }
}

/** All shards for this process, with places in our own log; or its share of them, by leases. */
function createHolder(config: KinesisSourceConfig, deps: KinesisSourceDeps, client: DynamoDBClient, read: ReadShard): Holder {
  const { checkpoints, clock } = deps
  if (config.leaseTable === undefined) {
    const firstPlace = (): Promise<Place> =>
      firstPlaceOf(config, async () => {
        const key = checkpointKey(config, '#start')
        const known = checkpoints.get(key)
        if (known === undefined) await checkpoints.set(key, String(clock.now()))
        return Number(checkpoints.get(key) ?? clock.now())
      })
    return createSoleHolder(config, { checkpoints, firstPlace, read })
  }
  const table = createDynamoTable(client, config.leaseTable, streamKey(config))
  // A stream that one process read until now goes on where that was.
  const firstPlace = async (shardId: string): Promise<Place> =>
    checkpoints.get(checkpointKey(config, shardId)) ?? (await firstPlaceOf(config, () => table.firstStart(clock.now())))
  const me = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`
  const { name: source, leaseMs, maxLeases } = config
  return createLeaseHolder({ source, me, leaseMs, maxLeases }, { ...deps, table, firstPlace, read })
}

/**
 * Where a shard begins that nobody has read: the same for all shards of a stream, so that children of a reshard, whenever that was, give
 * what came since that moment and nothing older. "Latest" is such a moment, kept: asked for again it would skip what came meanwhile.
 */
async function firstPlaceOf({ startAt }: KinesisSourceConfig, firstStart: () => Promise<number>): Promise<Place> {
  if (startAt === 'trim-horizon') return TRIM_HORIZON
  return sinceMoment(startAt === 'latest' ? await firstStart() : Date.parse(startAt))
}
