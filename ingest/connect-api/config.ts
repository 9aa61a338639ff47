import { z } from 'zod'
import { awsAccess } from '../aws/client.ts'

const instanceArn = /^arn:aws[\w-]*:connect:([a-z\d-]+):(\d{12}):instance\/([\w-]{1,100})$/

export const connectApiSourceSchema = z
  .strictObject({
    type: z.literal('contact-lens-api').describe('contact-lens-api'),
    name: z.string().min(1).max(64).describe('Shown in health'),
    instanceArn: z
      .string()
      .regex(instanceArn, 'the ARN of an Amazon Connect instance')
      .optional()
      .describe('The instance; give this or instanceId'),
    instanceId: z
      .string()
      .regex(/^[\w-]{1,100}$/, 'the id of an Amazon Connect instance')
      .optional()
      .describe('The instance; give this or instanceArn'),
    ...awsAccess,
    contactLensEndpoint: z
      .url()
      .optional()
      .describe('Contact Lens has an address of its own; left out: endpoint, where that is set, else the public one'),
    segments: z.boolean().default(true).describe('Read what was said in contacts that no Contact Lens stream tells about'),
    share: z
      .number()
      .min(0.05)
      .max(1)
      .default(0.5)
      .describe("Part of the account's API allowance we may use; consoles and other programs need the rest"),
  })
  .refine((s) => (s.instanceArn === undefined) !== (s.instanceId === undefined), {
    error: 'give exactly one of instanceArn and instanceId',
    path: ['instanceArn'],
  })
  .refine((s) => s.instanceArn === undefined || instanceArn.exec(s.instanceArn)?.[1] === s.region, {
    error: 'is in another Region than region says',
    path: ['instanceArn'],
  })
export type ConnectApiSourceConfig = z.infer<typeof connectApiSourceSchema>

export function instanceOf(config: ConnectApiSourceConfig): { instanceId: string; accountId: string | null } {
  const [, , accountId = null, instanceId = ''] = instanceArn.exec(config.instanceArn ?? '') ?? []
  return { instanceId: config.instanceId ?? instanceId, accountId }
}
