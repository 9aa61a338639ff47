import type { Checkpoints } from '../checkpoints.ts'
import { streamKey, type KinesisSourceConfig } from './config.ts'
import type { Holder, ReadShard } from './holding.ts'
import { SHARD_END, type Place } from './place.ts'
import { readableShards } from './shards.ts'

/** One process reads the whole stream; places lie in our own log. */
export function createSoleHolder(
  config: KinesisSourceConfig,
  { checkpoints, firstPlace, read }: { checkpoints: Checkpoints; firstPlace: () => Promise<Place>; read: ReadShard },
): Holder {
  const end = new AbortController()
  const readers = new Map<string, Promise<void>>()
  const placeOf = (shardId: string): Place | undefined => checkpoints.get(checkpointKey(config, shardId))

  const hold = (shardId: string, first: Place): Promise<void> => {
    let place = placeOf(shardId) ?? first
    return read({
      shardId,
      signal: end.signal,
      place: () => place,
      isOurs: () => true,
      async moveTo(to) {
        await checkpoints.set(checkpointKey(config, shardId), to)
        place = to
        return true
      },
    })
  }

  return {
    health: () => undefined,
    async listed(shards) {
      const first = await firstPlace()
      if (end.signal.aborted) return
      for (const { id } of readableShards(shards, (shardId) => placeOf(shardId) === SHARD_END))
        if (!readers.has(id))
          readers.set(
            id,
            hold(id, first).finally(() => readers.delete(id)),
          )
    },
    async stop() {
      end.abort()
      await Promise.all(readers.values())
    },
  }
}

export const checkpointKey = (config: KinesisSourceConfig, shardId: string): string => `kinesis/${streamKey(config)}/${shardId}`
