import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs'
import { pause, type Clock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import { failpoint } from '#kernel/node/failpoint'
import type { Telemetry } from '#kernel/telemetry'
import { clientOptions } from '../aws/client.ts'
import { createRetry, type Retry } from '../aws/retry.ts'
import type { Element } from '../arrival.ts'
import type { IngestDoor } from '../door.ts'
import type { Source } from '../source.ts'
import type { SqsSourceConfig } from './config.ts'

const BATCH = 10
const DELETE_TRIES = 3
const encoder = new TextEncoder()

interface SqsDeps {
  door: IngestDoor
  clock: Clock
  telemetry: Telemetry
}

/**
 * Receives from an SQS queue: receive → take in (durable, as event or dead letter) → delete. A message whose deletion is lost comes again
 * and has no effect. A batch that the log does not take stays in the queue, and is received again after its visibility time.
 */
export function createSqsSource(config: SqsSourceConfig, deps: SqsDeps): Source {
  const { clock, telemetry } = deps
  const stop = new AbortController()
  const retry = createRetry(config.name, { clock, telemetry, signal: stop.signal })
  let client: SQSClient | undefined
  let receivers: Promise<void>[] = []

  return {
    name: `source ${config.name}`,
    health: retry.health,
    async start() {
      if (client) return
      const open = (client = new SQSClient(clientOptions(config)))
      receivers = Array.from({ length: config.receivers }, () => receive({ ...deps, client: open, retry, signal: stop.signal }, config))
    },
    async stop() {
      // What was received is still taken in and deleted; only waiting for more is broken off.
      stop.abort()
      await Promise.all(receivers)
      client?.destroy()
    },
  }
}

type Receiver = SqsDeps & { client: SQSClient; retry: Retry; signal: AbortSignal }

async function receive(receiver: Receiver, config: SqsSourceConfig): Promise<void> {
  const { client, retry, signal } = receiver
  while (!signal.aborted) {
    try {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({
          QueueUrl: config.queueUrl,
          MaxNumberOfMessages: BATCH,
          WaitTimeSeconds: config.waitSeconds,
          VisibilityTimeout: config.visibilitySeconds,
          MessageSystemAttributeNames: ['SentTimestamp'],
        }),
        { abortSignal: signal, requestTimeout: (config.waitSeconds + 10) * 1000 },
      )
      if (Messages.length > 0) await takeAndDelete(receiver, config, Messages)
      retry.succeeded('receives messages')
    } catch (error) {
      if (!signal.aborted) await retry.failed(error)
    }
  }
}

async function takeAndDelete(receiver: Receiver, config: SqsSourceConfig, messages: readonly Message[]): Promise<void> {
  const { door, clock } = receiver
  const now = clock.now()
  const elements = messages.map(({ Body = '', MessageId, Attributes }): Element => ({
    bytes: encoder.encode(Body),
    origin: `${config.queueUrl} ${MessageId ?? ''}`,
    arrivalTime: Number(Attributes?.SentTimestamp ?? now),
  }))
  failpoint('CP01')
  const taking = door.take(elements, { source: config.name, origin: config.queueUrl, kind: config.kind, arrivalTime: now })
  await keepHidden(receiver, config, messages, taking)
  await deleteAll(receiver, config, messages)
}

/** Extends the visibility of messages for as long as they are being written, so that nobody receives them meanwhile. */
async function keepHidden(
  receiver: Receiver,
  config: SqsSourceConfig,
  messages: readonly Message[],
  taking: Promise<unknown>,
): Promise<void> {
  const { client, clock, telemetry } = receiver
  const done = new AbortController()
  const finished = taking.finally(() => done.abort())
  const extend = async (): Promise<void> => {
    for (;;) {
      await pause(clock, (config.visibilitySeconds * 1000) / 2, done.signal)
      if (done.signal.aborted) return
      try {
        const Entries = messages.map(({ ReceiptHandle }, i) => ({
          Id: String(i),
          ReceiptHandle: ReceiptHandle ?? '',
          VisibilityTimeout: config.visibilitySeconds,
        }))
        await client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl: config.queueUrl, Entries }))
      } catch (error) {
        // Then somebody may receive them too: a repeat, which has no effect.
        telemetry.log('warn', 'sqs_visibility_not_extended', { source: config.name, message: messageOf(error) })
      }
    }
  }
  await Promise.all([finished, extend()])
}

/** What cannot be deleted comes again; it is said, and has no effect. */
async function deleteAll(
  { client, telemetry }: Receiver,
  { queueUrl, name }: SqsSourceConfig,
  messages: readonly Message[],
): Promise<void> {
  let left = messages.map(({ ReceiptHandle }, i) => ({ Id: String(i), ReceiptHandle: ReceiptHandle ?? '' }))
  for (let tries = 0; left.length > 0 && tries < DELETE_TRIES; tries++) {
    const { Failed = [] } = await client.send(new DeleteMessageBatchCommand({ QueueUrl: queueUrl, Entries: left }))
    const failed = new Set(Failed.map(({ Id }) => Id))
    left = left.filter(({ Id }) => failed.has(Id))
  }
  failpoint('CP04')
  if (left.length > 0) telemetry.count('sqs_undeleted_total', { source: name }, left.length)
}
