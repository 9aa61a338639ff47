// Makes a stream in the stand-in for Kinesis and waits until it can be used: create-stream.mjs <endpoint> <stream>
import { setTimeout as rest } from 'node:timers/promises'
import { CreateStreamCommand, DescribeStreamSummaryCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'

const [endpoint, stream] = process.argv.slice(2)
// The stand-in speaks HTTP/1 only.
const client = new KinesisClient({ endpoint, requestHandler: new NodeHttpHandler() })
try {
  await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: 2 }))
} catch (error) {
  if (error.name !== 'ResourceInUseException') throw error
}
for (;;) {
  const { StreamDescriptionSummary: summary } = await client.send(new DescribeStreamSummaryCommand({ StreamName: stream }))
  if (summary.StreamStatus === 'ACTIVE') break
  await rest(200)
}
console.log(`stream ${stream} is there`)
