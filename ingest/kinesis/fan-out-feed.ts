import {
  ResourceInUseException,
  ResourceNotFoundException,
  SubscribeToShardCommand,
  type KinesisClient,
  type SubscribeToShardEvent,
  type SubscribeToShardEventStream,
} from '@aws-sdk/client-kinesis'
import { pause, type Clock } from '#kernel/clock'
import type { Consumer } from './consumer.ts'
import type { ShardFeed } from './feed.ts'
import { startingAt, type Place } from './place.ts'

/** Kinesis ends a subscription after five minutes, wherever it is; ours are renewed before, between two events. */
const RENEW_MS = 270_000
/** For so long a consumer is refused the shard it has, or another process of ours had until now. */
const TAKE_OVER_MS = 5_000
/** Kinesis tells of an idle shard every few seconds: longer silence is a connection that died. */
const SILENCE_MS = 30_000

interface Subscription {
  events: AsyncIterator<SubscribeToShardEventStream>
  openedAt: number
  abort: AbortController
}

/** Records are pushed over a subscription. The next event is read off it only when asked for, so the log's back-pressure reaches Kinesis. */
export function createFanOutFeed(client: KinesisClient, consumer: Consumer, shardId: string, clock: Clock, renewMs = RENEW_MS): ShardFeed {
  let open: Subscription | undefined
  /** Beyond the last event; it moves even where there are no records. */
  let place: Place | undefined

  const endSubscription = (): void => {
    open?.abort.abort()
    open = undefined
  }
  const subscribe = async (from: Place, signal: AbortSignal): Promise<Subscription> => {
    const start = startingAt(from)
    const command = new SubscribeToShardCommand({
      ConsumerARN: await consumer.arn(),
      ShardId: shardId,
      StartingPosition: {
        Type: start.type,
        ...(start.type === 'AT_TIMESTAMP' ? { Timestamp: start.timestamp } : {}),
        ...(start.type === 'AFTER_SEQUENCE_NUMBER' ? { SequenceNumber: start.sequenceNumber } : {}),
      },
    })
    for (let isSecond = false; ; isSecond = true) {
      const abort = new AbortController()
      try {
        const answer = await client.send(command, { abortSignal: AbortSignal.any([abort.signal, signal]) })
        return { events: answer.EventStream![Symbol.asyncIterator](), openedAt: performance.now(), abort }
      } catch (error) {
        abort.abort()
        if (error instanceof ResourceNotFoundException) consumer.forget()
        if (isSecond || !(error instanceof ResourceInUseException)) throw error
        await pause(clock, TAKE_OVER_MS, signal)
      }
    }
  }
  /** Undefined when the subscription came to its end. */
  const nextEvent = async ({ events, abort }: Subscription, signal: AbortSignal): Promise<SubscribeToShardEvent | undefined> => {
    const cancel = clock.after(SILENCE_MS, () => abort.abort(Object.assign(new Error('no word of the shard'), { name: 'TimeoutError' })))
    try {
      const read = await unlessAborted(events.next(), AbortSignal.any([abort.signal, signal]))
      if (read.done) return undefined
      const event = read.value
      if (event.SubscribeToShardEvent) return event.SubscribeToShardEvent
      throw Object.values(event).find((part) => part instanceof Error) ?? new Error('an event of unknown kind')
    } finally {
      cancel()
    }
  }

  return {
    close() {
      endSubscription()
      place = undefined
    },
    async next(from, signal) {
      if (open && performance.now() - open.openedAt > renewMs) endSubscription()
      try {
        for (;;) {
          open ??= await subscribe(place ?? from, signal)
          const event = await nextEvent(open, signal)
          if (event) {
            const records = event.Records ?? []
            const ended = (event.ContinuationSequenceNumber ?? undefined) === undefined
            place = event.ContinuationSequenceNumber ?? records.at(-1)?.SequenceNumber ?? place ?? from
            return { records, next: place, behindMs: event.MillisBehindLatest ?? 0, ended }
          }
          endSubscription()
          await pause(clock, TAKE_OVER_MS, signal)
          signal.throwIfAborted()
        }
      } catch (error) {
        endSubscription()
        throw error
      }
    },
  }
}

/** Rejects with the reason when `signal` aborts first. What is left behind is ended by the abort, and its outcome is of no interest. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}
