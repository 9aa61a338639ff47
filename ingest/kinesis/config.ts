import { z } from 'zod'
import { awsAccess } from '../aws/client.ts'

const moment = z.iso.datetime({ offset: true, error: 'trim-horizon, latest, or a time such as 2026-03-02T08:00:00Z' })

export const kinesisSourceSchema = z
  .strictObject({
    type: z.literal('kinesis').describe('kinesis'),
    name: z.string().min(1).max(64).describe('Shown beside the age of its data; each source has its own'),
    stream: z.string().min(1).max(128).optional().describe('Stream name; give this or streamArn'),
    streamArn: z
      .string()
      .regex(/^arn:aws[\w-]*:kinesis:[a-z0-9-]+:\d{12}:stream\/[\w.-]+$/, 'the ARN of a Kinesis data stream')
      .optional()
      .describe('Stream ARN; needed for a stream in another account'),
    ...awsAccess,
    kind: z
      .enum(['agent-event', 'contact-record', 'contact-event', 'contact-lens', 'any'])
      .default('any')
      .describe('any: told apart by content'),
    startAt: z
      .preprocess(
        (v) => (typeof v === 'object' && v !== null && 'timestamp' in v ? v.timestamp : v),
        z.union([z.literal('trim-horizon'), z.literal('latest'), moment]),
      )
      .default('trim-horizon')
      .describe('Where to begin the first time: `trim-horizon` (the oldest kept), `latest`, or a time, as text or as `{"timestamp": …}`'),
    pollIntervalMs: z
      .number()
      .int()
      .min(200)
      .max(60_000)
      .default(250)
      .describe('A shard gives 5 reads a second to all its readers together'),
    maxUnacknowledged: z
      .number()
      .int()
      .min(1)
      .max(10_000)
      .default(1_000)
      .describe('Records of one shard that may be read and not yet be durable in the log'),
    fanOut: z
      .union([z.boolean(), z.string().regex(/^[\w.-]{1,128}$/, 'true, false, or the name of the consumer')])
      .default(false)
      .describe('Enhanced fan-out: records are pushed, with 2 MiB/s a shard for us alone. true: as consumer `callboard`; or its name'),
    leaseTable: z
      .string()
      .regex(/^[\w.-]{3,255}$/, 'the name of a DynamoDB table')
      .optional()
      .describe('DynamoDB table by which several ingest processes share the stream; made if absent. Left out: one process reads it all'),
    leaseEndpoint: z.url().optional().describe('For a VPC endpoint of DynamoDB and test servers'),
    leaseMs: z
      .number()
      .int()
      .min(2_000)
      .max(60_000)
      .default(10_000)
      .describe('How long a process that does not answer keeps its shards; the same for all'),
    maxLeases: z.number().int().min(1).max(10_000).default(1_000).describe('At most so many shards for one process'),
  })
  .refine((s) => (s.stream === undefined) !== (s.streamArn === undefined), {
    error: 'give exactly one of stream and streamArn',
    path: ['stream'],
  })
  .refine((s) => s.streamArn === undefined || s.streamArn.split(':')[3] === s.region, {
    error: 'not the Region of streamArn',
    path: ['region'],
  })
export type KinesisSourceConfig = z.infer<typeof kinesisSourceSchema>

export const DEFAULT_CONSUMER = 'callboard'

/** As every call to Kinesis wants it. */
export function streamOf(config: KinesisSourceConfig): { StreamName: string } | { StreamARN: string } {
  return config.stream === undefined ? { StreamARN: config.streamArn ?? '' } : { StreamName: config.stream }
}

/** The stream, among all that there are. */
export function streamKey(config: Pick<KinesisSourceConfig, 'stream' | 'streamArn' | 'region'>): string {
  return config.streamArn ?? `${config.region}/${config.stream}`
}
