import type { ConnectionOptions } from 'node:tls'
import type { Kafka as KafkaClient, ISocketFactory, SASLOptions } from 'kafkajs'
import type { Telemetry } from '#kernel/telemetry'
import { Kafka, logLevel } from './kafkajs.ts'

/** How to reach the brokers. */
export interface KafkaConnection {
  brokers: readonly string[]
  clientId?: string
  tls?: ConnectionOptions | true
  sasl?: SASLOptions
  /** For tests: the way through a proxy. */
  socketFactory?: ISocketFactory
}

export const CONNECTION_TIMEOUT_MS = 3_000
const REQUEST_TIMEOUT_MS = 10_000

/** kafkajs's own log lines are ours at debug; what matters reaches the log through errors and events. */
export function createClient(connection: KafkaConnection, telemetry: Telemetry): KafkaClient {
  return new Kafka({
    brokers: [...connection.brokers],
    clientId: connection.clientId ?? 'callboard',
    ...(connection.tls === undefined ? {} : { ssl: connection.tls }),
    ...(connection.sasl === undefined ? {} : { sasl: connection.sasl }),
    ...(connection.socketFactory === undefined ? {} : { socketFactory: connection.socketFactory }),
    connectionTimeout: CONNECTION_TIMEOUT_MS,
    authenticationTimeout: CONNECTION_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // kafkajs waits 300 ms before its first retry otherwise, and InitProducerId is often told to retry.
    retry: { initialRetryTime: 20, maxRetryTime: 300, retries: 8 },
    logLevel: logLevel.ERROR,
    logCreator: () => (entry) => telemetry.log('debug', 'kafka_client', { message: entry.log.message, of: entry.namespace }),
  })
}
