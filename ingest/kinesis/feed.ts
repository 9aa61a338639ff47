import type { _Record } from '@aws-sdk/client-kinesis'
import type { Place } from './place.ts'

export interface ShardPage {
  records: readonly _Record[]
  /** Where to read on when these are taken in. */
  next: Place
  behindMs: number
  /** The shard is closed and this was its end. */
  ended: boolean
}

/** Records of one shard, in order. */
export interface ShardFeed {
  /** Waits for the next page, which may be empty. `from` counts when there is none under way. Rejects when it cannot, or `signal` aborts. */
  next(from: Place, signal: AbortSignal): Promise<ShardPage>
  /** Forgets what is under way: the next page begins at `from`. */
  close(): void
}
