import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { silentTelemetry } from '#kernel/telemetry'
import { assignPartitions, type Candidate } from '#log/kafka/assign'
import { createClient } from '#log/kafka/client'
import { BARRIER_KEY, decodeBatches } from '#log/kafka/decode'
import { clusterOf, holdJoins, keepCoordinators } from '#log/kafka/internals'
import { mskIamToken } from '#log/kafka/msk-iam'

describe('sharing out partitions', () => {
  const member = fc.record({ generation: fc.nat(5), owned: fc.array(fc.integer({ min: -1, max: 30 })) })
  const members = fc.array(member, { minLength: 1, maxLength: 6 }).map((list) => list.map((m, i): Candidate => ({ id: `m${i}`, ...m })))

  it('gives each partition to one member, evenly', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 24 }), (list, count) => {
        const shares = [...assignPartitions(list, count).values()]
        expect(shares.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, p) => p))
        const sizes = shares.map((share) => share.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('leaves partitions where they are: only what must move moves', () => {
    fc.assert(
      fc.property(members, fc.integer({ min: 1, max: 24 }), (list, count) => {
        const owned = (shares: Map<string, number[]>, generation: number): Candidate[] =>
          [...shares].map(([id, partitions]) => ({ id, generation, owned: partitions }))
        const first = assignPartitions(list, count)
        expect(assignPartitions(owned(first, 7), count)).toEqual(first)
        // A newcomer takes its share, and nobody else gets anything.
        const second = assignPartitions([...owned(first, 7), { id: 'new', generation: 0, owned: [] }], count)
        for (const [id, partitions] of second) if (id !== 'new') expect(first.get(id)).toEqual(expect.arrayContaining(partitions))
      }),
    )
  })

  it('believes the newer of two claims', () => {
    const stale = { id: 'a', generation: 3, owned: [0, 1] }
    const now = { id: 'b', generation: 4, owned: [1, 2] }
    expect(assignPartitions([stale, now], 3).get('b')).toContain(1)
  })
})

describe('reading what is committed', () => {
  const at = { topic: 't', partition: 0, from: 0 }

  it('leaves out aborted transactions that lie between those of others, whatever the order they are listed in', () => {
    const bytes = Buffer.concat([
      batch(0, 1, ['a0', 'a1']),
      batch(2, 2, ['b2']),
      batch(3, 3, ['c3']),
      batch(4, 1, ['a4']),
      marker(5, 3, 'abort'),
      marker(6, 1, 'abort'),
      batch(7, 1, ['a7']),
      marker(8, 2, 'commit'),
      marker(9, 1, 'commit'),
    ])
    const aborted = [
      { producerId: 3, firstOffset: 3 },
      { producerId: 1, firstOffset: 0 },
    ]
    const { records, next } = decodeBatches(bytes, { ...at, aborted })
    expect(records.map(({ offset, key }) => [offset, key])).toEqual([
      [2, 'b2'],
      [7, 'a7'],
    ])
    expect(next).toBe(10)
  })

  it('begins inside a batch, passes over barriers and emptied batches, and leaves a cut batch for the next time', () => {
    const cut = batch(20, 1, ['z'])
    const bytes = Buffer.concat([
      batch(0, -1, ['a', 'b', 'c']),
      batch(3, -1, [BARRIER_KEY]),
      batch(4, -1, [], 9),
      cut.subarray(0, cut.length - 3),
    ])
    const { records, next } = decodeBatches(bytes, { ...at, from: 1, aborted: [] })
    expect([records.map(({ key }) => key), next]).toEqual([['b', 'c'], 10])
  })

  it('takes the time the broker has put on the batch', () => {
    expect(decodeBatches(batch(0, -1, ['a']), { ...at, aborted: [] }).records[0]).toMatchObject({ ingestTime: 1_736_157_600_000 })
  })
})

describe('what we use of kafkajs beyond its API is there', () => {
  const kafka = createClient({ brokers: ['127.0.0.1:9'] }, silentTelemetry)

  it('the cluster of a consumer, and the place where a join can be held up', async () => {
    const cluster = clusterOf(kafka)
    expect(typeof cluster.fetchTopicsOffset).toBe('function')
    const calls: string[] = []
    holdJoins(cluster, async () => void calls.push('held'))
    await cluster.findGroupCoordinator({ groupId: 'g' }).catch(() => calls.push('asked'))
    expect(calls).toEqual(['held', 'asked'])
  })

  it('the search for coordinators', () => {
    keepCoordinators(kafka)
    keepCoordinators(kafka)
    expect((Object.getPrototypeOf(clusterOf(kafka)) as { findGroupCoordinator: { name: string } }).findGroupCoordinator.name).toBe(
      'findGroupCoordinatorKept',
    )
  })
})

it('signs in to MSK with an address signed for this region', async () => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'a/b+c=' }
  const { value } = await mskIamToken('eu-west-1', credentials, new Date('2025-01-06T10:00:00Z'))
  const url = new URL(Buffer.from(value, 'base64url').toString())
  expect([url.host, url.searchParams.get('Action'), url.searchParams.get('X-Amz-Security-Token')]).toEqual([
    'kafka.eu-west-1.amazonaws.com',
    'kafka-cluster:Connect',
    'a/b+c=',
  ])
  expect(url.searchParams.get('X-Amz-Credential')).toBe('AKIDEXAMPLE/20250106/eu-west-1/kafka-cluster/aws4_request')
  expect(url.searchParams.get('X-Amz-Signature')).toMatch(/^[0-9a-f]{64}$/)
})

const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

const varint = (n: number): Buffer => {
  const bytes: number[] = []
  let rest = n >= 0 ? n * 2 : -n * 2 - 1
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}

/** A record batch of version 2 as a broker keeps it. */
function batch(base: number, producerId: number, keys: readonly (string | Buffer)[], last = base + keys.length - 1, control = 0): Buffer {
  const records = keys.map((key, i) => {
    const bytes = Buffer.from(key)
    const body = Buffer.concat([
      Buffer.from([0]),
      varint(0),
      varint(i),
      varint(bytes.length),
      bytes,
      varint(1),
      Buffer.from('v'),
      varint(0),
    ])
    return Buffer.concat([varint(body.length), body])
  })
  const head = Buffer.alloc(61)
  head.writeBigInt64BE(BigInt(base), 0)
  head.writeInt32BE(49 + Buffer.concat(records).length, 8)
  head[16] = 2
  head.writeInt16BE(LOG_APPEND_TIME | (producerId >= 0 ? TRANSACTIONAL : 0) | control, 21)
  head.writeInt32BE(last - base, 23)
  head.writeBigInt64BE(1_736_157_600_000n, 35)
  head.writeBigInt64BE(BigInt(producerId), 43)
  head.writeInt32BE(keys.length, 57)
  return Buffer.concat([head, ...records])
}

function marker(offset: number, producerId: number, type: 'abort' | 'commit'): Buffer {
  return batch(offset, producerId, [Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1])], offset, CONTROL)
}
