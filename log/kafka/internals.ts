/**
 * Everything that reaches into kafkajs 2.2.4 beyond its public API, in one place; `test/unit/log/kafka` fails when a new version no
 * longer has it. The version is pinned exactly.
 */
import { createRequire } from 'node:module'
import type { Broker, Cluster, Kafka } from 'kafkajs'

const require = createRequire(import.meta.url)

/** Asks nothing of the group; only there because creating a consumer hands its assigners the cluster. */
const noAssigner = { name: 'none', version: 0, assign: async () => [], protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }) }

/** Connections and metadata of their own, for reading: kafkajs gives a consumer's cluster to its assigners. */
export function clusterOf(kafka: Kafka): Cluster {
  let found: Cluster | undefined
  kafka.consumer({
    groupId: 'unused',
    readUncommitted: false,
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        found = cluster
        return noAssigner
      },
    ],
  })
  return found!
}

export interface RawFetch {
  topic: string
  partitions: { partition: number; fetchOffset: string; maxBytes: number }[]
}
interface FetchProtocol {
  request: unknown
  requestTimeout: number
}
interface BrokerInternals {
  connectionPool: { send(call: unknown): Promise<unknown> }
  versions: Record<number, { minVersion: number; maxVersion: number }>
}

/** Kafka 2.3 and later. */
export const FETCH_VERSION = 11
const FETCH_KEY = 1
const READ_COMMITTED = 1

/**
 * A read-committed fetch, its answer as bytes. kafkajs's own decoding is not used: it lets rows of aborted transactions through when
 * two writers share a partition, loses count of batches that compaction has emptied, and takes ten times as long.
 */
export async function fetchBytes(
  broker: Broker,
  topics: readonly RawFetch[],
  { maxWaitTime, maxBytes }: { maxWaitTime: number; maxBytes: number },
): Promise<Buffer> {
  const { protocol } = require('kafkajs/src/protocol/requests/fetch') as {
    protocol(version: { version: number }): (args: unknown) => FetchProtocol
  }
  const { request, requestTimeout } = protocol({ version: FETCH_VERSION })({
    isolationLevel: READ_COMMITTED,
    maxWaitTime,
    minBytes: 1,
    maxBytes,
    topics,
    rackId: '',
  })
  const response = { decode: async (bytes: Buffer) => ({ bytes }), parse: async ({ bytes }: { bytes: Buffer }) => bytes }
  return (await (broker as unknown as BrokerInternals).connectionPool.send({ request, requestTimeout, response })) as Buffer
}

/** Newest version of Fetch the broker speaks; it tells how old the broker is. */
export function newestFetchVersion(broker: Broker): number {
  return (broker as unknown as BrokerInternals).versions[FETCH_KEY]?.maxVersion ?? 0
}

/** kafkajs's types do not list it. */
export async function leaveGroup(broker: Broker, groupId: string, memberId: string): Promise<void> {
  await (broker as unknown as { leaveGroup(request: { groupId: string; memberId: string }): Promise<void> }).leaveGroup({
    groupId,
    memberId,
  })
}

type FindCoordinator = (query: { groupId: string; coordinatorType?: number }) => Promise<Broker>

/**
 * kafkajs asks for the coordinator before each of the four coordinator calls of a transaction. Keeping the answer while its
 * connection lives is safe: a broker that is no longer the coordinator refuses, and the writer is dropped. Idempotent.
 */
export function keepCoordinators(kafka: Kafka): void {
  const prototype = Object.getPrototypeOf(clusterOf(kafka)) as { findGroupCoordinator: FindCoordinator }
  const ask = prototype.findGroupCoordinator
  if (ask.name === 'findGroupCoordinatorKept') return
  const caches = new WeakMap<object, Map<string, Broker>>()
  prototype.findGroupCoordinator = async function findGroupCoordinatorKept(this: object, query) {
    const cache = caches.get(this) ?? new Map<string, Broker>()
    caches.set(this, cache)
    const key = `${query.coordinatorType ?? 0}:${query.groupId}`
    const known = cache.get(key)
    if (known?.isConnected()) return known
    const found = await ask.call(this, query)
    cache.set(key, found)
    return found
  }
}

/** kafkajs looks for its coordinator each time before it joins a group, and has no other place where a join can be held up. */
export function holdJoins(cluster: Cluster, beforeJoin: () => Promise<void>): void {
  const found = cluster as unknown as { findGroupCoordinator: FindCoordinator }
  const ask = found.findGroupCoordinator.bind(cluster)
  found.findGroupCoordinator = async (query) => {
    await beforeJoin()
    return ask(query)
  }
}
