import { join } from 'node:path'
import { partitionOf } from '#kernel/partition'
import { silentTelemetry, type Telemetry } from '#kernel/telemetry'
import { CallboardError } from '#kernel/errors'
import { checkPartition, DEFAULT_MAX_RECORD_BYTES, encodeEntry, isAppendOnly, specOf, topicMap } from '../entries.ts'
import { appendOnlyFault, closedFault, notATableFault } from '../faults.ts'
import type { EventLog, Lane, LaneOwner, LaneSpec, TopicSpec } from '../port.ts'
import { createAppender } from './appender.ts'
import { createClient, type KafkaConnection } from './client.ts'
import { createEnds, fetchOffsets } from './ends.ts'
import { logFault, settingFault } from './faults.ts'
import { createFeed } from './feed.ts'
import { clusterOf, FETCH_VERSION, keepCoordinators, newestFetchVersion } from './internals.ts'
import { openKafkaLane } from './lane.ts'
import { joinGroup, takeFormerMembers } from './membership.ts'
import { createOwnedPartition } from './owned-partition.ts'
import { createReader } from './reader.ts'
import { openTables } from './tables.ts'
import { ensureTopics } from './topics.ts'
import { fetchOffsetsOf, openTransactionWriter } from './transaction-writer.ts'

export interface KafkaLogOptions {
  connection: KafkaConnection
  /** Put before every topic, group and transactional id. */
  prefix: string
  /** For what can be read again from Kafka at any time. */
  dir: string
  topics: readonly TopicSpec[]
  partitionCount: number
  /** Topics this process follows; all when left out. A compacted one is held as a table, whole. */
  follow?: readonly string[]
  retentionMs?: number
  tombstoneRetentionMs?: number
  maxRecordBytes?: number
  /** A member that is not heard of for so long loses its partitions. Default 10 s. */
  sessionTimeoutMs?: number
  telemetry?: Telemetry
}

/** Bytes of newest records kept in memory for followers, over all partitions. */
const KEPT_BYTES = 64 * 1024 * 1024

/**
 * The log on Apache Kafka 2.3 or newer. Time is the brokers' (LogAppendTime). Rejects with SETTING_INVALID, naming the setting, when
 * the cluster cannot be used.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const { prefix, partitionCount, telemetry = silentTelemetry, maxRecordBytes = DEFAULT_MAX_RECORD_BYTES } = options
  const topics = topicMap(options.topics)
  const kafka = createClient(options.connection, telemetry)
  keepCoordinators(kafka)
  const admin = kafka.admin({ retry: { retries: 2 } })
  const [forFeed, forReads] = [clusterOf(kafka), clusterOf(kafka)]
  const names = options.topics.map(({ name }) => prefix + name)
  let clusterId: string
  try {
    await admin.connect()
    for (const cluster of [forFeed, forReads]) await cluster.connect()
    checkVersion(
      newestFetchVersion(
        await forReads.findControllerBroker().catch(async () => {
          await forReads.refreshMetadata()
          return forReads.findControllerBroker()
        }),
      ),
    )
    await ensureTopics(admin, {
      prefix,
      topics: options.topics,
      partitionCount,
      retentionMs: options.retentionMs ?? 72 * 3_600_000,
      tombstoneRetentionMs: options.tombstoneRetentionMs ?? 24 * 3_600_000,
      maxRecordBytes,
    })
    clusterId = (await admin.describeCluster()).clusterId
    for (const cluster of [forFeed, forReads]) await cluster.addMultipleTargetTopics(names)
  } catch (error) {
    await Promise.allSettled([admin.disconnect(), forFeed.disconnect(), forReads.disconnect()])
    const { sasl, tls } = options.connection
    throw settingFault(error, options.connection.brokers, { sasl: sasl !== undefined, tls: tls !== undefined })
  }

  const listeners = new Set<(topic: string, partition: number) => void>()
  let closing: Promise<void> | undefined
  const lanes = new Set<Lane>()
  const compacted = new Set(options.topics.filter(({ cleanup }) => cleanup === 'compact').map(({ name }) => name))
  const identity = `${clusterId} ${prefix} ${partitionCount}`
  const tables = await openTables({ dir: join(options.dir, 'tables'), topics: options.topics, identity, telemetry }).catch(
    async (error: unknown) => {
      await Promise.allSettled([admin.disconnect(), forFeed.disconnect(), forReads.disconnect()])
      throw error
    },
  )
  const membersDir = join(options.dir, 'members')
  const formerMembers = takeFormerMembers(membersDir)
  const ends = createEnds(forReads)
  const feed = createFeed({
    cluster: forFeed,
    prefix,
    keptBytes: Math.floor(KEPT_BYTES / (options.topics.length * partitionCount)),
    telemetry,
    apply: (fetched) => tables.apply(fetched.filter(({ topic }) => compacted.has(topic))),
    changed(topic, partition) {
      for (const listener of listeners) listener(topic, partition)
    },
    async outOfRange(tail) {
      const { start, end } = await reader.bounds(tail.topic, tail.partition)
      telemetry.log('error', 'log_feed_out_of_range', { topic: tail.topic, partition: tail.partition, next: tail.next, start, end })
      // First the tail, so that nothing on its way is written into the table after it was cleared.
      tail.jump(compacted.has(tail.topic) || tail.next < start ? start : end)
      if (compacted.has(tail.topic)) await tables.clear(tail.topic, tail.partition)
    },
  })
  const reader = createReader({ cluster: forReads, prefix, ends, feed })
  const appender = createAppender({ kafka, prefix, wrote: reader.wrote })

  /** Tables from where they were left, everything else from its end; resolves when the tables are current. */
  const follow = async (wanted: readonly { topic: string; partition: number }[]): Promise<void> => {
    const fresh = wanted.filter(({ topic, partition }) => !feed.tail(topic, partition))
    const named = fresh.map(({ topic, partition }) => ({ topic: prefix + topic, partition }))
    const [starts, stops] = await Promise.all([fetchOffsets(forReads, named, true), fetchOffsets(forReads, named, false)])
    const waits: Promise<void>[] = []
    for (const { topic, partition } of fresh) {
      const start = starts.get(`${prefix}${topic}/${partition}`) ?? 0
      const end = stops.get(`${prefix}${topic}/${partition}`) ?? 0
      const stamp = tables.stamp(topic, partition)
      // A topic that is shorter than what was read of it was made anew.
      if (compacted.has(topic) && stamp !== undefined && stamp > end) await tables.clear(topic, partition)
      const next = compacted.has(topic) ? Math.max(tables.stamp(topic, partition) ?? start, start) : end
      const tail = feed.watch(topic, partition, { start, next })
      tail.seenEnd = Math.max(tail.seenEnd, end)
      if (compacted.has(topic)) waits.push(tail.reached(end))
    }
    for (const { topic, partition } of wanted) {
      const tail = feed.tail(topic, partition)
      if (tail && compacted.has(topic)) waits.push(tail.reached(stops.get(`${prefix}${topic}/${partition}`) ?? 0))
    }
    await Promise.all(waits)
  }
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition)
  const followed = options.follow ?? options.topics.map(({ name }) => name)
  try {
    await appender.connect()
    await follow(followed.flatMap((topic) => partitions.map((partition) => ({ topic, partition }))))
  } catch (error) {
    // Nothing may stay open: a connection would keep the process from ending.
    await Promise.allSettled([appender.close(), feed.stop(), forReads.disconnect(), admin.disconnect()])
    await tables.close()
    throw logFault(error, `KAFKA_BROKERS: ${options.connection.brokers.join(', ')} do not serve the topics`)
  }

  const outputs = options.topics.filter((spec) => !isAppendOnly(spec)).map(({ name }) => name)
  const ownPartition = (spec: LaneSpec, partition: number) => {
    const group = groupOf(prefix, spec.name)
    const place = (topic: string) => ({ topic, partition })
    return createOwnedPartition({
      lane: spec.name,
      partition,
      telemetry,
      open: () => openTransactionWriter({ kafka, admin, prefix, group, partition, inputs: spec.inputs, outputs }),
      async readTables(barrier, rebuild) {
        if (rebuild) {
          for (const topic of compacted) {
            const tail = feed.tail(topic, partition)
            tail?.jump(tail.start)
            await tables.clear(topic, partition)
          }
        }
        await follow([...spec.inputs.map(place), ...[...compacted].map(place)])
        await Promise.all([...compacted].map(async (topic) => feed.tail(topic, partition)?.reached((barrier.get(topic) ?? 0) + 1)))
      },
      startOf: async (topic) => (await reader.bounds(topic, partition)).start,
      async endOf(topic, atLeast) {
        const known = feed.tail(topic, partition)?.seenEnd ?? 0
        return known >= atLeast ? known : (await reader.bounds(topic, partition)).end
      },
      async committed(_, written) {
        const changes = written
          .filter(({ topic }) => compacted.has(topic))
          .map(({ topic, record }) => ({ topic, partition, records: [record] }))
        for (const { topic, record } of written) reader.wrote(topic, partition, record.offset + 1)
        await tables.apply(changes)
      },
    })
  }

  const openLane = async (spec: LaneSpec, owner: LaneOwner): Promise<Lane> => {
    const group = groupOf(prefix, spec.name)
    const former = formerMembers.get(spec.name)
    formerMembers.delete(spec.name)
    const lane = await openKafkaLane(spec, owner, {
      partitionCount,
      telemetry,
      join: (handler) =>
        joinGroup(
          {
            group,
            topics: spec.inputs.map((topic) => prefix + topic),
            partitionCount,
            sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
            memberFile: join(membersDir, spec.name),
            former,
          },
          { kafka, telemetry },
          handler,
        ),
      own: (partition) => ownPartition(spec, partition),
      async foreignPosition(topic, partition) {
        const groups = await fetchOffsetsOf(admin, group, [prefix + topic])
        const found = groups[0]?.partitions.find((p) => p.partition === partition)
        return found && Number(found.offset) >= 0 ? Number(found.offset) : (await reader.bounds(topic, partition)).start
      },
      encode: (list) =>
        list.map((output) => {
          const topic = specOf(topics, output.topic)
          if (isAppendOnly(topic)) throw appendOnlyFault(output.topic)
          return encodeEntry(topic, output, maxRecordBytes)
        }),
    })
    lanes.add(lane)
    return { ...lane, close: () => lane.close().finally(() => lanes.delete(lane)) }
  }

  const closeAll = async (): Promise<void> => {
    await Promise.all([...lanes].map((lane) => lane.close()))
    await appender.close()
    await feed.stop()
    await Promise.allSettled([forReads.disconnect(), admin.disconnect()])
    await tables.close()
  }

  return {
    partitionCount,
    async append(topic, entries) {
      if (closing) throw closedFault()
      const spec = specOf(topics, topic)
      const placed = entries.map((entry) => ({
        partition: partitionOf(entry.key, partitionCount),
        entry: encodeEntry(spec, entry, maxRecordBytes),
        headers: entry.headers,
      }))
      const positions = await appender.append(topic, placed)
      // A reader of the table finds what it wrote.
      if (compacted.has(topic)) {
        const changes = placed.map(({ partition, entry, headers }, i) => ({
          topic,
          partition,
          records: [{ key: entry.key, value: entry.value, headers, ...positions[i]! }],
        }))
        await tables.apply(changes)
      }
      return positions
    },
    async read(topic, partition, from, limits) {
      if (closing) throw closedFault()
      specOf(topics, topic)
      checkPartition(partition, partitionCount)
      return reader.read(topic, partition, from, limits)
    },
    async bounds(topic, partition) {
      if (closing) throw closedFault()
      specOf(topics, topic)
      checkPartition(partition, partitionCount)
      return reader.bounds(topic, partition)
    },
    table(topic, partition) {
      if (closing) throw closedFault()
      checkPartition(partition, partitionCount)
      if (specOf(topics, topic).cleanup !== 'compact') throw notATableFault(topic)
      return tables.view(topic, partition)
    },
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async openLane(spec, owner) {
      if (closing) throw closedFault()
      for (const input of spec.inputs) specOf(topics, input)
      return openLane(spec, owner)
    },
    close: () => (closing ??= closeAll()),
  }
}

function checkVersion(newestFetch: number): void {
  if (newestFetch < FETCH_VERSION)
    throw new CallboardError('SETTING_INVALID', 'KAFKA_BROKERS: these brokers are too old; Callboard needs Apache Kafka 2.3 or newer')
}

function groupOf(prefix: string, lane: string): string {
  return `${prefix}callboard.lane.${lane}`
}
