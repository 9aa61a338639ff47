import { createRequire } from 'node:module'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  CreateStreamCommand,
  DescribeStreamSummaryCommand,
  KinesisClient,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { eventually } from './eventually.ts'

// The package has no types; this is the one function we use.
const kinesalite = createRequire(import.meta.url)('kinesalite') as (options: object) => Server

export interface TestKinesis {
  endpoint: string
  client: KinesisClient
  createStream(name: string, shards: number): Promise<void>
  put(name: string, records: readonly { key: string; data: Uint8Array }[]): Promise<void>
  /** In the middle of all hash keys, or at `at`. */
  split(name: string, shardId: string, at?: bigint): Promise<void>
  merge(name: string, shardId: string, adjacent: string): Promise<void>
  stop(): Promise<void>
}

/** A server that speaks the Kinesis API (kinesalite) on loopback and a random port, in memory. */
export async function startKinesis(): Promise<TestKinesis> {
  const server = kinesalite({ createStreamMs: 10, updateStreamMs: 10, deleteStreamMs: 10 })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return testKinesis(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
}

/** What tests do with a server at `endpoint`. */
export function testKinesis(endpoint: string, stop: () => Promise<void>): TestKinesis {
  const client = new KinesisClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler(),
  })
  const isActive = (name: string) => async (): Promise<boolean> => {
    const { StreamDescriptionSummary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: name }))
    return StreamDescriptionSummary?.StreamStatus === 'ACTIVE'
  }
  return {
    endpoint,
    client,
    async createStream(name, shards) {
      await client.send(new CreateStreamCommand({ StreamName: name, ShardCount: shards }))
      await eventually(isActive(name), 'the stream is active')
    },
    async put(name, records) {
      for (let i = 0; i < records.length; i += 100) {
        const Records = records.slice(i, i + 100).map(({ key, data }) => ({ PartitionKey: key, Data: data }))
        const { FailedRecordCount } = await client.send(new PutRecordsCommand({ StreamName: name, Records }))
        if (FailedRecordCount !== 0) throw new Error(`${FailedRecordCount} records refused`)
      }
    },
    async split(name, shardId, at = 2n ** 127n) {
      await client.send(new SplitShardCommand({ StreamName: name, ShardToSplit: shardId, NewStartingHashKey: at.toString() }))
      await eventually(isActive(name), 'the split is done')
    },
    async merge(name, shardId, adjacent) {
      await client.send(new MergeShardsCommand({ StreamName: name, ShardToMerge: shardId, AdjacentShardToMerge: adjacent }))
      await eventually(isActive(name), 'the merge is done')
    },
    async stop() {
      client.destroy()
      await stop()
    },
  }
}
