import type { Permission } from '../aws/permissions.ts'
import { DEFAULT_CONSUMER, type KinesisSourceConfig } from './config.ts'

/** What reading this stream asks of IAM. An encrypted stream asks for `kms:Decrypt` on its key besides. */
export function kinesisPermissions({ stream, streamArn, region, fanOut, leaseTable }: KinesisSourceConfig): Permission[] {
  const arn = streamArn ?? `arn:aws:kinesis:${region}:*:stream/${stream}`
  const consumer = fanOut === true ? DEFAULT_CONSUMER : fanOut
  return [
    {
      sid: 'ReadStream',
      actions: [
        'kinesis:ListShards',
        'kinesis:GetShardIterator',
        'kinesis:GetRecords',
        ...(consumer === false
          ? []
          : ['kinesis:DescribeStreamSummary', 'kinesis:DescribeStreamConsumer', 'kinesis:RegisterStreamConsumer']),
      ],
      resources: [arn],
    },
    ...(consumer === false
      ? []
      : [
          {
            sid: 'SubscribeToShards',
            actions: ['kinesis:DescribeStreamConsumer', 'kinesis:SubscribeToShard'],
            resources: [`${arn}/consumer/${consumer}:*`],
          },
        ]),
    ...(leaseTable === undefined
      ? []
      : [
          {
            sid: 'ShareShards',
            actions: ['CreateTable', 'DescribeTable', 'Query', 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem'].map(
              (a) => `dynamodb:${a}`,
            ),
            resources: [`arn:aws:dynamodb:${region}:*:table/${leaseTable}`],
          },
        ]),
  ]
}
