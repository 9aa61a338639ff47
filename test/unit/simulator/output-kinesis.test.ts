import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createManualClock, type Clock } from '#kernel/clock'
import { createKinesisSink } from '#simulator/output/kinesis'
import type { WireEvent } from '#simulator/stream'

interface PutRecords {
  StreamName: string
  Records: { PartitionKey: string; Data: string }[]
}
type Answer = { status: number; body: object }

let server: Server
let endpoint: string
let asked: PutRecords[]
let answers: ((put: PutRecords) => Answer)[]
const taken = ({ Records }: PutRecords): Answer => ({
  status: 200,
  body: { FailedRecordCount: 0, Records: Records.map((_, i) => ({ SequenceNumber: String(i), ShardId: 's' })) },
})
beforeEach(async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  asked = []
  answers = []
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const put = JSON.parse(Buffer.concat(chunks).toString()) as PutRecords
      asked.push(put)
      const { status, body } = (answers.shift() ?? taken)(put)
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(async () => {
  vi.unstubAllEnvs()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const hurried = (): Clock => {
  const manual = createManualClock(0)
  return { now: manual.now, after: (ms, task) => (manual.advance(ms), setImmediate(task), () => undefined) }
}
const open = (patienceMs = 10_000) =>
  createKinesisSink({ region: 'us-east-1', endpoint, streams: { 'agent-events': 'agents', any: 'rest' }, patienceMs }, { clock: hurried() })
const event = (n: number, size = 0, kind: WireEvent['kind'] = 'agent-event'): WireEvent => ({
  at: n,
  time: n,
  kind,
  payload: { AgentARN: `a${n}`, filler: 'x'.repeat(size) },
})
const keysOf = (put: PutRecords): string[] => put.Records.map((r) => r.PartitionKey)

it('sends again only what was refused', async () => {
  const refuse = (which: string[]) => (put: PutRecords) => {
    const Records = put.Records.map(({ PartitionKey: key }) =>
      which.includes(key)
        ? { ErrorCode: 'ProvisionedThroughputExceededException', ErrorMessage: 'slow' }
        : { SequenceNumber: '1', ShardId: 's' },
    )
    return { status: 200, body: { FailedRecordCount: which.length, Records } }
  }
  answers = [refuse(['a2', 'a4']), refuse(['a4'])]
  const sink = open()
  await sink.write([1, 2, 3, 4].map((n) => event(n)))
  await sink.close()
  expect(asked.map(keysOf)).toEqual([['a1', 'a2', 'a3', 'a4'], ['a2', 'a4'], ['a4']])
  expect(sink.result()).toEqual({ records: 4, retried: 3, skipped: {} })
})

it('gives up, naming the stream and the reason, when a shard goes on refusing', async () => {
  const full = (put: PutRecords): Answer => ({
    status: 200,
    body: { FailedRecordCount: 1, Records: put.Records.map(() => ({ ErrorCode: 'ProvisionedThroughputExceededException' })) },
  })
  answers = Array.from({ length: 100 }, () => full)
  const sink = open()
  await expect(sink.write([event(1)])).rejects.toThrow(/stream agents: 1 of 1 records are refused: ProvisionedThroughput/)
  await sink.abandon()
})

it('does not try a stream that is not there again', async () => {
  answers = [() => ({ status: 400, body: { __type: 'ResourceNotFoundException', message: 'Stream agents not found' } })]
  const sink = open()
  await expect(sink.write([event(1)])).rejects.toThrow('stream agents: Stream agents not found')
  expect(asked).toHaveLength(1)
  await sink.abandon()
})

it('keeps to 500 records and 5 MiB a call, and finds the stream of each kind', async () => {
  const sink = open()
  await sink.write([...Array.from({ length: 501 }, (_, n) => event(n)), event(1, 0, 'contact-lens')])
  await sink.write(Array.from({ length: 6 }, (_, n) => event(n, 1024 * 1024 - 100)))
  await sink.close()
  const calls = asked.map((put) => [put.StreamName, put.Records.length] as const)
  expect(calls.slice(0, 3).toSorted()).toEqual([
    ['agents', 1],
    ['agents', 500],
    ['rest', 1],
  ])
  expect(calls.slice(3)).toEqual([
    ['agents', 5],
    ['agents', 1],
  ])
})
