import { KinesisClient, ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis'
import { pause } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import { clientOptions } from '../aws/client.ts'
import type { Source, SourceHealth } from '../source.ts'
import type { KinesisSourceConfig } from './config.ts'
import { checkpointKey, readShard, SHARD_END, streamOf, type ShardReaderDeps } from './shard-reader.ts'

const LIST_SHARDS_MS = 30_000
const RETRY_MS = 2_000

/** Reads a Kinesis stream by polling: one reader a shard, children only after every parent has been read to its end. */
export function createKinesisSource(config: KinesisSourceConfig, deps: Omit<ShardReaderDeps, 'client'>): Source {
  const stop = new AbortController()
  const readers = new Map<string, Promise<void>>()
  let health: SourceHealth = { ok: false, detail: 'not asked yet' }
  let client: KinesisClient | undefined
  let discovery: Promise<void> | undefined

  const discover = async (open: KinesisClient): Promise<void> => {
    while (!stop.signal.aborted) {
      let waitMs = LIST_SHARDS_MS
      try {
        const shards = await listShards(open, config)
        startReaders(open, shards)
        health = { ok: true, detail: `${shards.length} shards` }
        // A child waits for its parents: look again soon while one does.
        if (shards.some((s) => !readers.has(s.ShardId ?? ''))) waitMs = RETRY_MS
      } catch (error) {
        deps.telemetry.count('source_failures_total', { source: config.name, error: 'list-shards' })
        // Said once, and again when the reason changes: it is asked every two seconds.
        if (health.detail !== messageOf(error))
          deps.telemetry.log('warn', 'kinesis_list_shards_failed', { source: config.name, message: messageOf(error) })
        health = { ok: false, detail: messageOf(error) }
        waitMs = RETRY_MS
      }
      await pause(deps.clock, waitMs, stop.signal)
    }
  }

  const startReaders = (open: KinesisClient, shards: readonly Shard[]): void => {
    const listed = new Set(shards.map((s) => s.ShardId))
    const isRead = (id: string | undefined): boolean =>
      id === undefined || !listed.has(id) || deps.checkpoints.get(checkpointKey(config, id)) === SHARD_END
    for (const shard of shards) {
      const { ShardId: id, ParentShardId, AdjacentParentShardId } = shard
      if (id === undefined || readers.has(id) || !isRead(ParentShardId) || !isRead(AdjacentParentShardId)) continue
      readers.set(id, readShard({ ...deps, client: open }, config, shard, stop.signal))
    }
  }

  return {
    name: `source ${config.name}`,
    health: () => health,
    async start() {
      if (client) return
      client = new KinesisClient(clientOptions(config))
      discovery = discover(client)
    },
    async stop() {
      stop.abort()
      await discovery
      await Promise.all(readers.values())
      client?.destroy()
    },
  }
}

async function listShards(client: KinesisClient, config: KinesisSourceConfig): Promise<Shard[]> {
  const shards: Shard[] = []
  let next: string | undefined
  // Bounded: a stream has at most some ten thousand shards, a page up to a thousand.
  for (let page = 0; page < 100; page++) {
    const answer = await client.send(new ListShardsCommand(next === undefined ? streamOf(config) : { NextToken: next }))
    shards.push(...(answer.Shards ?? []))
    next = answer.NextToken
    if (next === undefined || next === null) break
  }
  return shards
}
