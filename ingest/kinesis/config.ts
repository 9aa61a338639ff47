import { z } from 'zod'
import { awsAccess } from '../aws/client.ts'

export const kinesisSourceSchema = z
  .strictObject({
    type: z.literal('kinesis').describe('kinesis'),
    name: z.string().min(1).max(64).describe('Shown beside the age of its data'),
    stream: z.string().min(1).max(128).optional().describe('Stream name; give this or streamArn'),
    streamArn: z.string().startsWith('arn:').optional().describe('Stream ARN; give this or stream'),
    ...awsAccess,
    kind: z
      .enum(['agent-event', 'contact-record', 'contact-event', 'contact-lens', 'any'])
      .default('any')
      .describe('any: told apart by content'),
    startAt: z.enum(['trim-horizon', 'latest']).default('trim-horizon').describe('Where to begin the first time'),
    pollIntervalMs: z
      .number()
      .int()
      .min(200)
      .max(60_000)
      .default(250)
      .describe('A shard gives 5 reads a second to all its readers together'),
  })
  .refine((s) => (s.stream === undefined) !== (s.streamArn === undefined), {
    error: 'give exactly one of stream and streamArn',
    path: ['stream'],
  })
export type KinesisSourceConfig = z.infer<typeof kinesisSourceSchema>
