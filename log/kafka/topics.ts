import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { CallboardError, messageOf } from '#kernel/errors'
import type { TopicSpec } from '../port.ts'
import { errorType } from './faults.ts'
import { ConfigResourceTypes } from './kafkajs.ts'

export interface TopicsConfig {
  prefix: string
  topics: readonly TopicSpec[]
  partitionCount: number
  retentionMs: number
  tombstoneRetentionMs: number
  maxRecordBytes: number
}

const HOUR_MS = 3_600_000
const KNOWN_WITHIN_MS = 20_000
/** What a batch takes besides its records. */
const BATCH_OVERHEAD_BYTES = 64 * 1024

/** Creates what is missing, and refuses what does not fit: a wrong partition count would put keys elsewhere. */
export async function ensureTopics(admin: Admin, config: TopicsConfig): Promise<void> {
  const existing = new Set(await admin.listTopics())
  const missing = config.topics.filter(({ name }) => !existing.has(config.prefix + name))
  if (missing.length > 0) {
    const { brokers } = await admin.describeCluster()
    const replicationFactor = Math.min(3, brokers.length)
    await createTopics(
      admin,
      missing.map((spec) => ({
        topic: config.prefix + spec.name,
        numPartitions: config.partitionCount,
        replicationFactor,
        configEntries: Object.entries(settingsOf(spec, config, replicationFactor)).map(([name, value]) => ({ name, value })),
      })),
    )
  }
  await waitForLeaders(admin, config)
  await checkSettings(admin, config)
}

function settingsOf(spec: TopicSpec, config: TopicsConfig, replicationFactor: number): Record<string, string> {
  return {
    'message.timestamp.type': 'LogAppendTime',
    'max.message.bytes': String(config.maxRecordBytes + BATCH_OVERHEAD_BYTES),
    'min.insync.replicas': String(replicationFactor >= 3 ? 2 : 1),
    'compression.type': 'producer',
    'segment.ms': String(HOUR_MS),
    ...(spec.cleanup === 'compact'
      ? { 'cleanup.policy': 'compact', 'delete.retention.ms': String(config.tombstoneRetentionMs), 'min.cleanable.dirty.ratio': '0.2' }
      : { 'cleanup.policy': 'delete', 'retention.ms': String(config.retentionMs) }),
  }
}

/** Processes that start together may create the same topics. */
async function createTopics(admin: Admin, topics: Parameters<Admin['createTopics']>[0]['topics']): Promise<void> {
  try {
    await admin.createTopics({ waitForLeaders: false, topics })
  } catch (error) {
    const types = [errorType(error), ...((error as { errors?: unknown[] }).errors ?? []).map(errorType)]
    if (types.some((type) => type !== 'TOPIC_ALREADY_EXISTS' && type !== 'KafkaJSAggregateError')) throw error
  }
}

/** kafkajs's own wait gives up when a broker does not know the new topic for a moment. */
async function waitForLeaders(admin: Admin, config: TopicsConfig): Promise<void> {
  const names = config.topics.map(({ name }) => config.prefix + name)
  const deadline = performance.now() + KNOWN_WITHIN_MS
  for (let last: unknown; ;) {
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: names })
      const wrong = topics.find(({ partitions }) => partitions.length > 0 && partitions.length !== config.partitionCount)
      if (wrong) throw wrongCount(wrong.name, wrong.partitions.length, config)
      if (
        topics.length === names.length &&
        topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0))
      )
        return
    } catch (error) {
      if (error instanceof CallboardError) throw error
      last = error
    }
    if (performance.now() > deadline)
      throw new CallboardError('LOG_UNAVAILABLE', `KAFKA_BROKERS: topics below "${config.prefix}" have no leader: ${messageOf(last)}`, {
        retryable: true,
      })
    await sleep(50)
  }
}

function wrongCount(topic: string, count: number, { partitionCount }: TopicsConfig): CallboardError {
  return new CallboardError(
    'SETTING_INVALID',
    `PARTITIONS: it is ${partitionCount}, but the Kafka topic ${topic} has ${count} partitions; set PARTITIONS=${count}, or another KAFKA_TOPIC_PREFIX`,
    { details: { topic, partitions: count, expected: partitionCount } },
  )
}

async function checkSettings(admin: Admin, config: TopicsConfig): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: config.topics.map(({ name }) => ({
      type: ConfigResourceTypes.TOPIC,
      name: config.prefix + name,
      configNames: ['cleanup.policy', 'message.timestamp.type', 'max.message.bytes'],
    })),
  })
  const problems: string[] = []
  for (const spec of config.topics) {
    const topic = config.prefix + spec.name
    const values = new Map(resources.find((r) => r.resourceName === topic)?.configEntries.map((e) => [e.configName, e.configValue]))
    const mustBe = (name: string, value: string): void => {
      if (values.get(name) !== value) problems.push(`${topic} has ${name}=${values.get(name)}, needed is ${value}`)
    }
    mustBe('cleanup.policy', spec.cleanup)
    mustBe('message.timestamp.type', 'LogAppendTime')
    if (Number(values.get('max.message.bytes')) < config.maxRecordBytes)
      problems.push(
        `${topic} has max.message.bytes=${values.get('max.message.bytes')}, needed are ${config.maxRecordBytes + BATCH_OVERHEAD_BYTES}`,
      )
  }
  if (problems.length > 0)
    throw new CallboardError('SETTING_INVALID', `KAFKA_TOPIC_PREFIX: topics were made by others: ${problems.join('; ')}`)
}
