import type { Permission } from '../aws/permissions.ts'
import type { KinesisSourceConfig } from './config.ts'

/** What reading this stream asks of IAM. An encrypted stream asks for `kms:Decrypt` on its key besides. */
export function kinesisPermissions({ stream, streamArn, region }: KinesisSourceConfig): Permission[] {
  const arn = streamArn ?? `arn:aws:kinesis:${region}:*:stream/${stream}`
  return [{ sid: 'ReadStream', actions: ['kinesis:ListShards', 'kinesis:GetShardIterator', 'kinesis:GetRecords'], resources: [arn] }]
}
