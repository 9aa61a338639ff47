/** Chooses the log: Kafka where brokers are configured (loaded only then), else the embedded one in the data folder. Same port, same tests. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock'
import { CallboardError, messageOf } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import { topicSpecs, type TopicName } from '#events/topics'
import type { KafkaConnection } from '#log/kafka/client'
import { openLmdbLog, type LmdbLog } from '#log/lmdb/log'
import type { EventLog } from '#log/port'
import type { Config } from './config.ts'
import { logRetention } from './retention.ts'

/** `follow`: topics this process keeps up with, for one that needs few; all when left out. */
export async function openLog(
  config: Config,
  dataDir: string,
  deps: { clock: Clock; telemetry: Telemetry },
  follow?: readonly TopicName[],
): Promise<EventLog> {
  const base = { topics: topicSpecs, partitionCount: config.PARTITIONS, telemetry: deps.telemetry }
  if (config.LOG === 'embedded') return openEmbeddedLog(config, dataDir, deps)
  const { openKafkaLog } = await import('#log/kafka/log')
  return openKafkaLog({
    connection: await connectionOf(config),
    prefix: config.KAFKA_TOPIC_PREFIX,
    dir: join(dataDir, 'kafka'),
    ...base,
    ...(follow ? { follow } : {}),
  })
}

export function openEmbeddedLog(config: Config, dataDir: string, deps: { clock: Clock; telemetry?: Telemetry }): Promise<LmdbLog> {
  return openLmdbLog({ dir: join(dataDir, 'log'), topics: topicSpecs, partitionCount: config.PARTITIONS, ...logRetention(config), ...deps })
}

async function connectionOf(config: Config): Promise<KafkaConnection> {
  return { brokers: config.KAFKA_BROKERS, ...tlsOf(config), ...(await saslOf(config)) }
}

function tlsOf(config: Config): Pick<KafkaConnection, 'tls'> {
  if (!config.KAFKA_TLS) return {}
  const read = (name: 'KAFKA_TLS_CA_FILE' | 'KAFKA_TLS_CERT_FILE' | 'KAFKA_TLS_KEY_FILE', option: 'ca' | 'cert' | 'key') => {
    const file = config[name]
    return file === undefined ? {} : { [option]: readSecret(name, file) }
  }
  return {
    tls: { ...read('KAFKA_TLS_CA_FILE', 'ca'), ...read('KAFKA_TLS_CERT_FILE', 'cert'), ...read('KAFKA_TLS_KEY_FILE', 'key') },
  }
}

async function saslOf(config: Config): Promise<Pick<KafkaConnection, 'sasl'>> {
  const region = config.KAFKA_MSK_IAM_REGION
  if (region !== undefined) {
    const [{ mskIamToken }, { defaultProvider }] = await Promise.all([
      import('#log/kafka/msk-iam'),
      import('@aws-sdk/credential-provider-node'),
    ])
    return { sasl: { mechanism: 'oauthbearer', oauthBearerProvider: () => mskIamToken(region, defaultProvider()) } }
  }
  const mechanism = config.KAFKA_SASL_MECHANISM
  if (mechanism === undefined) return {}
  const username = config.KAFKA_SASL_USERNAME!
  const password = readSecret('KAFKA_SASL_PASSWORD_FILE', config.KAFKA_SASL_PASSWORD_FILE!).trim()
  // kafkajs tells the mechanisms apart by type, and takes the same of each.
  return { sasl: { mechanism: mechanism as 'plain', username, password } }
}

function readSecret(setting: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CallboardError('SETTING_INVALID', `${setting}: ${messageOf(error)}`, { cause: error })
  }
}
