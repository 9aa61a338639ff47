import type { Permission } from '../aws/permissions.ts'
import type { SqsSourceConfig } from './config.ts'

/** What reading this queue asks of IAM. An encrypted queue asks for `kms:Decrypt` on its key besides. */
export function sqsPermissions({ queueUrl, region }: SqsSourceConfig): Permission[] {
  // https://sqs.<region>.amazonaws.com/<account>/<name>
  const [account = '*', name = '*'] = new URL(queueUrl).pathname.split('/').slice(-2)
  return [
    {
      sid: 'ReadQueue',
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
      resources: [`arn:aws:sqs:${region}:${account}:${name}`],
    },
  ]
}
