import { DescribeStreamSummaryCommand, KinesisClient, PutRecordsCommand, type PutRecordsRequestEntry } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import type { Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import { partitionKeyOf } from '../partition-key.ts'
import type { WireKind } from '../stream.ts'
import { toBytes } from './bytes.ts'
import { retry } from './retry.ts'
import { byKind, kindNames, type KindName, type Sink } from './sink.ts'

export interface KinesisSinkConfig {
  region: string
  /** For VPC endpoints and test servers. */
  endpoint?: string
  /** Stream names by kind; `any` takes the kinds that are not named. */
  streams: Partial<Record<KindName | 'any', string>>
  /** How long a batch is tried; default 60 s. */
  patienceMs?: number
}

export interface KinesisResult {
  records: number
  /** Records sent again because a shard refused them. */
  retried: number
  /** Not sent: of a kind without a stream. */
  skipped: Partial<Record<KindName, number>>
}

export interface KinesisSink extends Sink {
  /** Rejects when a stream is not there or nobody answers, which `write` would find out only after its patience. */
  check(): Promise<void>
  result(): KinesisResult
}

const MOST_RECORDS = 500
const MOST_BYTES = 5 * 1024 * 1024

/** Some records of a call were refused, usually because a shard has its megabyte a second. */
class PartialFailure extends Error {}

/**
 * Puts records as Amazon Connect does: the key is the agent ARN or contact id. PutRecords promises no order inside a call, and what a
 * shard refuses goes again behind later records: a reader that needs order within a key has to look at the time stamps.
 */
export function createKinesisSink(config: KinesisSinkConfig, deps: { clock: Clock }): KinesisSink {
  const { region, endpoint, streams, patienceMs = 60_000 } = config
  const result: KinesisResult = { records: 0, retried: 0, skipped: {} }
  const client = new KinesisClient({
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    // As in ingest: the client's HTTP/2 default fails against http:// endpoints.
    requestHandler: new NodeHttpHandler({ connectionTimeout: 5_000, requestTimeout: 30_000 }),
  })

  const put = async (stream: string, records: readonly PutRecordsRequestEntry[]): Promise<void> => {
    let rest = [...records]
    const putRest = async (): Promise<void> => {
      const answer = await client.send(new PutRecordsCommand({ StreamName: stream, Records: rest }))
      if ((answer.FailedRecordCount ?? 0) === 0) return
      const refused = (answer.Records ?? []).map((r) => r.ErrorCode !== undefined && r.ErrorCode !== null)
      const reason = answer.Records?.find((r) => r.ErrorCode)?.ErrorCode ?? 'no reason given'
      rest = rest.filter((_, i) => refused[i] === true)
      result.retried += rest.length
      throw new PartialFailure(`${rest.length} of ${records.length} records are refused: ${reason}`)
    }
    try {
      await retry(putRest, { ...deps, patienceMs, mayPass, onRetry: () => undefined })
    } catch (error) {
      throw new Error(`stream ${stream}: ${reasonOf(error)}`, { cause: error })
    }
    result.records += records.length
  }

  const putAll = async (stream: string, events: Parameters<Sink['write']>[0]): Promise<void> => {
    let records: PutRecordsRequestEntry[] = []
    let bytes = 0
    for (const event of events) {
      const record = { PartitionKey: partitionKeyOf(event), Data: toBytes(event) }
      // The limit counts the keys too.
      const size = record.Data.length + Buffer.byteLength(record.PartitionKey)
      if (records.length >= MOST_RECORDS || bytes + size > MOST_BYTES) {
        await put(stream, records)
        records = []
        bytes = 0
      }
      records.push(record)
      bytes += size
    }
    if (records.length > 0) await put(stream, records)
  }

  const streamOf = (kind: WireKind): string | undefined => streams[kindNames[kind]] ?? streams.any

  return {
    result: () => result,
    async check() {
      for (const stream of new Set(Object.values(streams))) {
        try {
          await client.send(new DescribeStreamSummaryCommand({ StreamName: stream }))
        } catch (error) {
          // Whoever may only write need not be allowed to ask.
          if (!(error instanceof Error && error.name === 'AccessDeniedException'))
            throw new Error(`stream ${stream}: ${reasonOf(error)}`, { cause: error })
        }
      }
    },
    async write(batch) {
      const done = await Promise.allSettled(
        [...byKind(batch)].map(async ([kind, events]) => {
          const stream = streamOf(kind)
          if (stream !== undefined) return putAll(stream, events)
          result.skipped[kindNames[kind]] = (result.skipped[kindNames[kind]] ?? 0) + events.length
        }),
      )
      const failed = done.find((d) => d.status === 'rejected')
      if (failed) throw failed.reason
    },
    close: async () => client.destroy(),
    abandon: async () => client.destroy(),
  }
}

/** The client's own retries are over by then; a wrong name or missing rights stay so. */
function mayPass(error: unknown): boolean {
  if (error instanceof PartialFailure) return true
  const { $fault, $retryable, code } = error as { $fault?: string; $retryable?: unknown; code?: string }
  return $fault === 'server' || $retryable !== undefined || (code !== undefined && /^E(CONN|PIPE|TIMEDOUT|HOST)/.test(code))
}

/** Some of the client's errors say only their name, or hold the failures of several addresses. */
function reasonOf(error: unknown): string {
  const text = messageOf(error instanceof AggregateError ? (error.errors[0] ?? error) : error)
  return text !== '' && text !== 'UnknownError' ? text : error instanceof Error ? error.name : 'unknown'
}
