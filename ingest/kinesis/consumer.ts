import {
  DescribeStreamConsumerCommand,
  DescribeStreamSummaryCommand,
  RegisterStreamConsumerCommand,
  ResourceInUseException,
  ResourceNotFoundException,
  type ConsumerDescription,
  type KinesisClient,
} from '@aws-sdk/client-kinesis'
import { pause, type Clock } from '#kernel/clock'
import { DEFAULT_CONSUMER, streamOf, type KinesisSourceConfig } from './config.ts'

const LOOK_AGAIN_MS = 500
const MOST_LOOKS = 120

/** Our name at the stream for enhanced fan-out. Registered when it is not there; never taken away, because other processes use it too. */
export interface Consumer {
  arn(): Promise<string>
  /** It is asked for anew the next time: somebody took it away. */
  forget(): void
}

export function createConsumer(client: KinesisClient, config: KinesisSourceConfig, clock: Clock, signal: AbortSignal): Consumer {
  const ConsumerName = config.fanOut === true ? DEFAULT_CONSUMER : String(config.fanOut)
  const options = { abortSignal: signal }
  let known: Promise<string> | undefined

  const describe = async (StreamARN: string): Promise<ConsumerDescription | undefined> => {
    try {
      const answer = await client.send(new DescribeStreamConsumerCommand({ StreamARN, ConsumerName }), options)
      return answer.ConsumerDescription
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined
      throw error
    }
  }
  const register = async (StreamARN: string): Promise<void> => {
    try {
      await client.send(new RegisterStreamConsumerCommand({ StreamARN, ConsumerName }), options)
    } catch (error) {
      // Another process of ours was faster.
      if (!(error instanceof ResourceInUseException)) throw error
    }
  }
  const find = async (): Promise<string> => {
    const StreamARN = config.streamArn ?? (await arnOf(client, config, signal))
    if ((await describe(StreamARN)) === undefined) await register(StreamARN)
    for (let look = 0; look < MOST_LOOKS && !signal.aborted; look++) {
      const found = await describe(StreamARN)
      if (found?.ConsumerStatus === 'ACTIVE' && found.ConsumerARN !== undefined) return found.ConsumerARN
      await pause(clock, LOOK_AGAIN_MS, signal)
    }
    throw new Error(`the consumer ${ConsumerName} of the stream does not become active`)
  }

  return {
    arn() {
      const asked = (known ??= find())
      asked.catch(() => {
        if (known === asked) known = undefined
      })
      return asked
    },
    forget: () => void (known = undefined),
  }
}

async function arnOf(client: KinesisClient, config: KinesisSourceConfig, abortSignal: AbortSignal): Promise<string> {
  const answer = await client.send(new DescribeStreamSummaryCommand(streamOf(config)), { abortSignal })
  return answer.StreamDescriptionSummary?.StreamARN ?? ''
}
