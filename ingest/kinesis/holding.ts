import type { SourceHealth } from '../source.ts'
import type { Place } from './place.ts'
import type { ListedShard } from './shards.ts'

/** The right to read one shard, and how far it was read. */
export interface Holding {
  readonly shardId: string
  /** Aborts when reading has to end: at stop, when the shard is handed over, and when it is lost. */
  readonly signal: AbortSignal
  place(): Place
  /** False as soon as somebody else may read the shard: from then on nothing of it may be taken in. Asked before each batch. */
  isOurs(): boolean
  /** Everything up to `place` is durable. False when the shard is no longer ours: then somebody else reads on from an earlier place. */
  moveTo(place: Place): Promise<boolean>
}

/** Decides which shards this process reads. `read` is called for each, and resolves when its signal has ended the reading. */
export interface Holder {
  /** The shards of the stream as just listed. */
  listed(shards: readonly ListedShard[]): Promise<void>
  /** What keeps it from holding shards, where something does. */
  health(): SourceHealth | undefined
  /** Ends all reading, then gives the shards back. */
  stop(): Promise<void>
}

export type ReadShard = (holding: Holding) => Promise<void>
