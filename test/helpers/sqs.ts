import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { CreateQueueCommand, GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { createSqsServer } from 'local-aws-sqs'

export interface TestSqs {
  endpoint: string
  createQueue(name: string, attributes?: Record<string, string>): Promise<string>
  send(queueUrl: string, bodies: readonly string[], group?: string): Promise<void>
  /** Messages not yet deleted: this server counts those that were received among those that wait. */
  left(queueUrl: string): Promise<number>
  stop(): Promise<void>
}

/** A server that speaks the SQS API (local-aws-sqs) on loopback and a random port, in memory. */
export async function startSqs(): Promise<TestSqs> {
  const server: Server = await createSqsServer({ port: 0, hostname: '127.0.0.1' })
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler(),
  })
  return {
    endpoint,
    async createQueue(name, attributes = {}) {
      const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name, Attributes: attributes }))
      return QueueUrl!
    },
    async send(queueUrl, bodies, group) {
      for (let i = 0; i < bodies.length; i += 10) {
        const Entries = bodies.slice(i, i + 10).map((MessageBody, j) => ({
          Id: String(j),
          MessageBody,
          ...(group === undefined ? {} : { MessageGroupId: group, MessageDeduplicationId: `${i + j}` }),
        }))
        const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries }))
        if (Failed.length > 0) throw new Error(`${Failed.length} messages refused`)
      }
    },
    async left(queueUrl) {
      const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['All'] }))
      return Number(Attributes?.['ApproximateNumberOfMessages'] ?? Number.NaN)
    },
    async stop() {
      client.destroy()
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
