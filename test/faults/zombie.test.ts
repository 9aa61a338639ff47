import { existsSync, readFileSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { topics, topicSpecs } from '#events/topics'
import { BARRIER_KEY } from '#log/kafka/decode'
import type { EventLog } from '#log/port'
import { createClickHouseStore } from '#storage/clickhouse'
import { eventually } from '../helpers/eventually.ts'
import { kafkaBroker, kafkaLogs, whyNoKafka } from '../helpers/kafka.ts'
import { readRaw, type RawRecord } from '../helpers/kafka-batches.ts'
import { startRole, startSharedStore, type RoleProcess } from '../helpers/roles.ts'
import { caughtUp } from '../helpers/tables.ts'
import { compareHistory } from '../truth/history.ts'
import { batchesOf, expectFigures, send } from '../truth/roles.ts'
import { isLong, seed } from './size.ts'
import { startStoreProxy, type StoreProxy } from './store-proxy.ts'
import { createWorkload, distinctMessages, rule } from './workload.ts'

const MINUTE_MS = 60_000
const MINUTES = 12
const PARTITIONS = 6
const lanes = ['agents', 'contacts', 'alerts', 'history', 'deliveries']
/** So long after the last one began every contact is over. */
const DRAINED_MS = 90 * MINUTE_MS

if (!isLong)
  console.log('skipped crash.pause over Kafka: a session that runs out takes too long for `npm test`; npm run test:faults runs it')

describe.skipIf(whyNoKafka !== undefined || !isLong)('crash.pause over Kafka', () => {
  const stops: (() => Promise<void>)[] = []
  beforeAll(() => kafkaBroker(), 600_000)
  afterEach(async () => {
    for (const stop of stops.splice(0).toReversed()) await stop()
  })
  const kept = <T extends { stop(): Promise<void> }>(made: T): T => {
    stops.push(() => made.stop())
    return made
  }

  it.each(['with a transaction open', 'with an insert under way'] as const)(
    'a process is stopped %s, and wakes up as a zombie',
    async (how) => {
      const { brokers } = await kafkaBroker()
      const startAt = Math.floor((Date.now() - DRAINED_MS - MINUTES * MINUTE_MS) / MINUTE_MS) * MINUTE_MS
      const workload = createWorkload({ seed, minutes: MINUTES, agents: 12, load: 2, startAt, steady: true })
      const store = kept(await startSharedStore())
      const proxy = kept(await startStoreProxy({ url: () => store.url, headers: {} }))
      const logs = await kafkaLogs({ topics: topicSpecs, partitionCount: PARTITIONS, follow: [] })
      stops.push(logs.cleanUp)
      const settings = {
        CALLBOARD_KAFKA_BROKERS: brokers,
        CALLBOARD_KAFKA_TOPIC_PREFIX: logs.prefix,
        CALLBOARD_PARTITIONS: String(PARTITIONS),
        CALLBOARD_STORE: 'clickhouse',
        CALLBOARD_CLICKHOUSE_URL: store.url,
        CALLBOARD_BUSINESS_DAY_START: new Date(startAt - 60 * MINUTE_MS).toISOString().slice(11, 16),
      }
      const api = kept(await startRole('api', settings))
      await api.call('POST', '/api/v1/alert-rules', rule)
      const failpoint = { FAILPOINT: `CP08=${logs.prefix}callboard.lane.contacts:4:stop`, CALLBOARD_ALLOW_FAILPOINTS: 'yes' }
      const zombie = kept(
        await startRole('process', {
          ...settings,
          CALLBOARD_CLICKHOUSE_URL: proxy.url,
          ...(how === 'with a transaction open' ? failpoint : {}),
        }),
      )
      stops.push(async () => void (existsSync(`/proc/${zombie.pid}`) && process.kill(zombie.pid, 'SIGCONT')))
      const other = kept(await startRole('process', settings))
      await eventually(async () => (await owned(zombie)) === lanes.length * (PARTITIONS / 2), 'both have their share', 60_000)
      if (how === 'with an insert under way') proxy.mode = (table, isInsert) => (isInsert && table === 'contacts' ? 'hold' : 'pass')

      const batches = [...batchesOf(workload.events, 40)]
      const third = Math.floor(batches.length / 3)
      for (const batch of batches.slice(0, third)) await send(api, batch)
      if (how === 'with an insert under way') {
        await eventually(() => proxy.held > 0, 'an insert is held', 30_000)
        process.kill(zombie.pid, 'SIGSTOP')
      }
      await eventually(() => isStopped(zombie.pid), 'it stands still', 30_000)
      for (const batch of batches.slice(third, 2 * third)) await send(api, batch)
      await eventually(async () => (await owned(other)) === lanes.length * PARTITIONS, 'the other has all of it', 60_000)
      await caughtUp(other.metricsUrl)

      // What it had sent to the store arrives now, after the other has written all of that and more.
      const late = await releaseLate(proxy)
      process.kill(zombie.pid, 'SIGCONT')
      await eventually(async () => (await owned(zombie)) === lanes.length * (PARTITIONS / 2), 'it is one of two again', 60_000)
      for (const batch of batches.slice(2 * third)) await send(api, batch)

      await expectFigures(api, workload.truth, { from: startAt, at: workload.endsAt })
      await eventually(() => Promise.all([caughtUp(zombie.metricsUrl), caughtUp(other.metricsUrl)]).then(() => true), 'all is read', 60_000)
      const { body } = await api.call<{ items: { entity: { id: string }; state: string }[] }>('GET', '/api/v1/alerts?limit=200')
      expect(body.items.map(({ entity, state }) => `${entity.id} ${state}`).sort()).toEqual(workload.alerts)
      await expectStored(store.url, workload)

      const raw = await readRaw(brokers, logs.prefix + topics.rows)
      const log = await logs.open()
      const hidden = await hiddenOf(log, raw)
      const fenced = await metric(zombie, /^log_writer_drops_total\{.*fenced="true".*\} (\d+)$/gm)
      console.log(JSON.stringify({ how, rows: raw.length, hidden: hidden.length, fenced, late }))
      expect(wentBack(raw)).toEqual([])
      if (how === 'with a transaction open') {
        // Its transaction had rows in it: they are on the broker, and no reader sees them.
        expect(hidden.length).toBeGreaterThan(0)
        expect(fenced).toBeGreaterThan(0)
      } else {
        expect(late).toBeGreaterThan(0)
      }
    },
    300_000,
  )
})

/** Sum of what a metric says for all its labels. */
async function metric({ metricsUrl }: RoleProcess, pattern: RegExp): Promise<number> {
  const text = await (await fetch(`${metricsUrl}/metrics`)).text()
  return [...text.matchAll(pattern)].reduce((sum, match) => sum + Number(match[1]), 0)
}

/** Partitions of all lanes. */
const owned = (role: RoleProcess): Promise<number> => metric(role, /^log_lane_partitions\{.*\} (\d+)$/gm)

const isStopped = (pid: number): boolean => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** Rows that reach the store only now. */
async function releaseLate(proxy: StoreProxy): Promise<number> {
  proxy.mode = () => 'pass'
  const { held } = proxy
  await proxy.release()
  return held
}

/** Records on the broker that a read-committed reader does not get; barriers of new owners apart. */
async function hiddenOf(log: EventLog, raw: readonly RawRecord[]) {
  const visible = new Set<string>()
  for (let partition = 0; partition < log.partitionCount; partition++) {
    const { start, end } = await log.bounds(topics.rows, partition)
    for (let from = start; from < end;) {
      const batch = await log.read(topics.rows, partition, from, { maxRecords: 5_000, maxBytes: 8 << 20 })
      for (const { offset } of batch.records) visible.add(`${partition} ${offset}`)
      from = batch.next
    }
  }
  return raw.filter(({ partition, offset, key }) => key !== BARRIER_KEY && !visible.has(`${partition} ${offset}`))
}

/** Records that a former owner wrote after a newer one of the same lane and partition had begun to. */
function wentBack(raw: readonly RawRecord[]) {
  const newest = new Map<string, number>()
  return raw.filter(({ partition, producerId, epoch }) => {
    const id = `${partition} ${producerId}`
    const before = newest.get(id) ?? -1
    newest.set(id, Math.max(before, epoch))
    return epoch < before
  })
}

async function expectStored(url: string, workload: ReturnType<typeof createWorkload>): Promise<void> {
  const store = createClickHouseStore({ url: () => url, headers: {}, database: 'callboard' })
  try {
    expect((await compareHistory(store, workload.truth)).slice(0, 8)).toEqual([])
    const counts = await store.query<{ kind: string; rows: string }>({
      name: 'test',
      sql: 'SELECT kind, count() AS rows FROM events_raw FINAL GROUP BY kind',
      params: {},
    })
    expect(new Map(counts.map(({ kind, rows }) => [kind, Number(rows)]))).toEqual(distinctMessages(workload.events))
  } finally {
    await store.close()
  }
}
