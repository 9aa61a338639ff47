import { ListShardsCommand, type KinesisClient, type Shard } from '@aws-sdk/client-kinesis'
import { streamOf, type KinesisSourceConfig } from './config.ts'

/** Bounded: a stream has at most some ten thousand shards, a page up to a thousand. */
const MOST_PAGES = 100

/** A shard with the shards it came from; one that is no longer kept may be named. */
export interface ListedShard {
  id: string
  parents: readonly string[]
}

export async function listShards(client: KinesisClient, config: KinesisSourceConfig, signal: AbortSignal): Promise<ListedShard[]> {
  const shards: ListedShard[] = []
  let next: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const command = new ListShardsCommand(next === undefined ? streamOf(config) : { NextToken: next })
    const answer = await client.send(command, { abortSignal: signal })
    shards.push(...(answer.Shards ?? []).map(toListed))
    next = answer.NextToken ?? undefined
    if (next === undefined) break
  }
  return shards
}

function toListed({ ShardId, ParentShardId, AdjacentParentShardId }: Shard): ListedShard {
  return { id: ShardId ?? '', parents: [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined && id !== null) }
}

/** Shards that may be read now. A child waits until all its parents are read to the end: only so the order of a key survives a reshard. */
export function readableShards(shards: readonly ListedShard[], isRead: (shardId: string) => boolean): ListedShard[] {
  const listed = new Set(shards.map(({ id }) => id))
  const isOver = (id: string): boolean => !listed.has(id) || isRead(id)
  return shards.filter(({ id, parents }) => !isRead(id) && parents.every(isOver))
}
