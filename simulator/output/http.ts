import type { Clock } from '#kernel/clock'
import { kindsByPath, type KindPath } from '#events/envelope'
import type { WireEvent } from '../stream.ts'
import { toBytes, toLines } from './bytes.ts'
import { retry } from './retry.ts'
import { byKind, kindNames, type KindName, type Sink } from './sink.ts'

export interface Counts {
  accepted: number
  duplicate: number
  deadLettered: number
}

export interface HttpSinkDeps {
  /** `POST /api/v1/events/{kind}` with a body of NDJSON. */
  post(kind: KindPath, body: Buffer<ArrayBuffer>): Promise<Counts>
  /** Whether a failed post may work later: 5xx, 429, nobody answers. */
  mayPass(error: unknown): boolean
  clock: Clock
}

export interface HttpSinkConfig {
  /** How long one request is tried; default 60 s. */
  patienceMs?: number
  batchMessages?: number
  batchBytes?: number
}

export interface HttpResult extends Counts {
  requests: number
  retries: number
  /** Not sent: of a kind that the server does not take, or of no bytes at all, which NDJSON cannot carry. */
  skipped: Partial<Record<KindName | 'blank', number>>
}

/**
 * Posts to a running Callboard. One request a kind at a time, the kinds side by side: each stream keeps its order, and at most one
 * batch of each is in flight. A request that failed on the way is sent again; the server knows what it has taken.
 */
export function createHttpSink(config: HttpSinkConfig, deps: HttpSinkDeps): Sink & { result(): HttpResult } {
  const { patienceMs = 60_000, batchMessages = 500, batchBytes = 4 * 1024 * 1024 } = config
  const result: HttpResult = { accepted: 0, duplicate: 0, deadLettered: 0, requests: 0, retries: 0, skipped: {} }
  const skip = (what: KindName | 'blank', count: number): void => void (result.skipped[what] = (result.skipped[what] ?? 0) + count)

  const post = async (kind: KindPath, messages: readonly Uint8Array[]): Promise<void> => {
    const body = toLines(messages)
    const counts = await retry(() => deps.post(kind, body), { ...deps, patienceMs, onRetry: () => result.retries++ })
    result.requests++
    result.accepted += counts.accepted
    result.duplicate += counts.duplicate
    result.deadLettered += counts.deadLettered
  }

  const postAll = async (name: KindName, events: readonly WireEvent[]): Promise<void> => {
    if (!isTaken(name)) return skip(name, events.length)
    let messages: Buffer[] = []
    let bytes = 0
    for (const event of events) {
      const message = toBytes(event)
      if (isBlank(message)) {
        skip('blank', 1)
        continue
      }
      if (messages.length > 0 && (messages.length >= batchMessages || bytes + message.length + 1 > batchBytes)) {
        await post(name, messages)
        messages = []
        bytes = 0
      }
      messages.push(message)
      bytes += message.length + 1
    }
    if (messages.length > 0) await post(name, messages)
  }

  return {
    result: () => result,
    async write(batch) {
      // All of them, also after one has failed: nothing may still be under way when the failure is told.
      const done = await Promise.allSettled([...byKind(batch)].map(([kind, events]) => postAll(kindNames[kind], events)))
      const failed = done.find((d) => d.status === 'rejected')
      if (failed) throw failed.reason
    },
    close: async () => undefined,
    abandon: async () => undefined,
  }
}

const isTaken = (name: KindName): name is KindPath & KindName => name in kindsByPath

const isBlank = (message: Uint8Array): boolean => message.every((byte) => byte <= 0x20)
