import { z } from 'zod'
import { awsAccess } from '../aws/client.ts'

export const sqsSourceSchema = z.strictObject({
  type: z.literal('sqs').describe('sqs'),
  name: z.string().min(1).max(64).describe('Shown beside the age of its data; each source has its own'),
  queueUrl: z.url().describe('Address of the queue, as `aws sqs get-queue-url` says it; standard or FIFO'),
  ...awsAccess,
  kind: z
    .enum(['agent-event', 'contact-record', 'contact-event', 'contact-lens', 'any'])
    .default('contact-event')
    .describe('any: told apart by content'),
  receivers: z.number().int().min(1).max(20).default(2).describe('Requests for messages under way at once, each for at most ten'),
  waitSeconds: z.number().int().min(1).max(20).default(20).describe('How long a request waits for a first message; longer costs less'),
  visibilitySeconds: z
    .number()
    .int()
    .min(10)
    .max(43_200)
    .default(60)
    .describe('For how long a message that was received is hidden from others; extended while it is being written'),
})
export type SqsSourceConfig = z.infer<typeof sqsSourceSchema>
