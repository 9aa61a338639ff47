import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { EventLog } from '#log/port'
import { startAwsProxy } from '../helpers/aws-proxy.ts'
import { startDynamo } from '../helpers/dynalite.ts'
import { eventually } from '../helpers/eventually.ts'
import { createAgentFeed, memoryLog, readTaken, startIngestWorker, type IngestWorker } from '../helpers/ingest-worker.ts'
import { startKinesis, type TestKinesis } from '../helpers/kinesis.ts'
import { startKinesisLocal } from '../helpers/kinesis-local.ts'
import { isLong } from './size.ts'

process.env['AWS_ACCESS_KEY_ID'] ??= 'test'
process.env['AWS_SECRET_ACCESS_KEY'] ??= 'test'

const LEASE_MS = 2_000
const shard = (n: number): string => `shardId-${String(n).padStart(12, '0')}`
const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})
const kept = <T extends { stop(): Promise<unknown> }>(made: T): T => {
  stops.push(() => made.stop())
  return made
}
const worker = (...args: Parameters<typeof startIngestWorker>): IngestWorker => {
  const made = startIngestWorker(...args)
  kept(made.source)
  return made
}
const isTaken = (log: EventLog, count: number, withinMs = 60_000): Promise<unknown> =>
  eventually(async () => (await readTaken(log)).numbers.size === count, `${count} events are taken in`, withinMs)

/** Split, merge, and a split of the child, with records before, between and after. */
async function reshard(kinesis: TestKinesis, feed: ReturnType<typeof createAgentFeed>, between: (step: number) => Promise<void>) {
  await feed.put(40)
  await kinesis.split('events', shard(0))
  await feed.put(40)
  await between(1)
  await kinesis.merge('events', shard(1), shard(2))
  await feed.put(40)
  await between(2)
  await kinesis.split('events', shard(3), 2n ** 126n)
  await feed.put(40)
}

const clean = (count: number) => ({ distinct: count, repeats: 0, reordered: 0 })
async function judge(log: EventLog) {
  const { numbers, repeats, reordered } = await readTaken(log)
  return { distinct: numbers.size, repeats, reordered }
}

describe('reshard.split-merge', () => {
  it.each([
    ['kinesalite', startKinesis],
    ['kinesis-local', startKinesisLocal],
  ] as const)('reshard.split-merge during load: %s', async (_, start) => {
    const kinesis = kept(await start())
    await kinesis.createStream('events', 1)
    const log = memoryLog()
    worker(log, { stream: 'events', endpoint: kinesis.endpoint })
    const feed = createAgentFeed(kinesis, 'events')
    await reshard(kinesis, feed, async () => {})
    await isTaken(log, feed.sent())
    expect(await judge(log)).toEqual(clean(feed.sent()))
  })

  it('enhanced fan-out: each record once and in order, over renewals of the subscription', async () => {
    const kinesis = kept(await startKinesisLocal())
    await kinesis.createStream('events', 2)
    const log = memoryLog()
    worker(log, { stream: 'events', endpoint: kinesis.endpoint, fanOut: true }, { renewMs: 2_000 })
    const feed = createAgentFeed(kinesis, 'events')
    for (let i = 0; i < 4; i++) {
      await feed.put(40)
      await isTaken(log, feed.sent())
    }
    expect(await judge(log)).toEqual(clean(feed.sent()))
  })

  it('reshard.split-merge with leases: two processes, one stops and one dies on the way', async () => {
    const kinesis = kept(await startKinesis())
    const dynamo = kept(await startDynamo())
    await kinesis.createStream('events', 1)
    const log = memoryLog()
    const settings = {
      stream: 'events',
      endpoint: kinesis.endpoint,
      leaseTable: 'leases',
      leaseEndpoint: dynamo.endpoint,
      leaseMs: LEASE_MS,
    }
    const proxy = kept(await startAwsProxy(dynamo.endpoint))
    // Dead to the others: it reaches neither table nor stream any more.
    const dying = worker(log, { ...settings, leaseEndpoint: proxy.endpoint })
    const feed = createAgentFeed(kinesis, 'events')
    await eventually(() => dying.sum('kinesis_leases') > 0, 'it has the first shard', 30_000)
    const workers: IngestWorker[] = []
    await reshard(kinesis, feed, async (step) => {
      if (step === 1) workers.push(worker(log, settings), worker(log, settings))
      if (step === 2) {
        proxy.fault = () => 'reset'
        await workers[0]!.source.stop()
      }
    })
    await isTaken(log, feed.sent())
    const { distinct, repeats, reordered } = await judge(log)
    console.log(`with leases: ${repeats} of ${distinct} events twice in the log`)
    expect({ distinct, reordered }).toEqual({ distinct: feed.sent(), reordered: 0 })
    // What was read since the last renewal of the one that died.
    expect(repeats).toBeLessThanOrEqual(80)
  })
})

describe('reshard.lease-loss', () => {
  let kinesis: TestKinesis
  beforeEach(async () => {
    kinesis = kept(await startKinesis())
    await kinesis.createStream('events', 4)
  })

  it('reshard.lease-loss: table throttled, then away: workers stop at expiry, no two owners, and go on alone', async () => {
    const dynamo = kept(await startDynamo())
    const proxy = kept(await startAwsProxy(dynamo.endpoint))
    const log = memoryLog()
    const settings = {
      stream: 'events',
      endpoint: kinesis.endpoint,
      leaseTable: 'leases',
      leaseEndpoint: proxy.endpoint,
      leaseMs: LEASE_MS,
    }
    const workers = [worker(log, settings), worker(log, settings)]
    const held = (): number[] => workers.map((w) => w.sum('kinesis_leases'))
    const feed = createAgentFeed(kinesis, 'events')
    await eventually(() => held().every((n) => n === 2), 'two shards each', 60_000)
    await feed.put(80)
    await isTaken(log, feed.sent())
    expect(await judge(log)).toEqual(clean(80))

    let n = 0
    const throttled = { status: 400, type: 'ProvisionedThroughputExceededException' }
    proxy.fault = () => (n++ % 2 === 0 ? throttled : undefined)
    await feed.put(40)
    await isTaken(log, feed.sent())

    proxy.fault = (action) => (action === 'UpdateItem' ? { status: 503, type: 'ServiceUnavailable' } : 'reset')
    await eventually(
      () => workers.every(({ source }) => /0 read here/.test(JSON.stringify(source.health())) || !source.health().ok),
      'unwell',
    )
    await eventually(() => held().every((n) => n === 0), 'all stopped at expiry', 30_000)
    const before = await judge(log)
    await feed.put(40)
    // Longer than a lease: nobody may take anything in.
    await new Promise((done) => setTimeout(done, isLong ? 60_000 : LEASE_MS))
    expect(await judge(log)).toEqual(before)

    proxy.fault = () => undefined
    await isTaken(log, feed.sent())
    await eventually(() => held().reduce((a, b) => a + b, 0) === 4, 'all shards are read again', 30_000)
    await eventually(() => workers.every(({ source }) => source.health().ok), 'well again')
    expect(await judge(log)).toMatchObject({ distinct: feed.sent(), reordered: 0 })
  })
})
