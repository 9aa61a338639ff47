import { mkdtempSync, writeFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { createManualClock, systemClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { topics, topicSpecs } from '#events/topics'
import { createMemoryLog } from '#log/memory'
import { openLmdbLog } from '#log/lmdb/log'
import { isDemo, readConfig } from '../../../config.ts'
import { renewDemoFolder } from '../../../demo.ts'
import { migrateOffline } from '../../../offline.ts'
import { readShard } from '#ingest/kinesis/shard-reader'
import { createCheckpoints } from '#ingest/checkpoints'
import { createIngestDoor } from '#ingest/door'
import { readElement } from '#ingest/read-element'
import { replay } from '../../../cli/replay.ts'
import { createFoldLane } from '#processors/runner/lane'
import { createTelemetry } from '#kernel/telemetry'
import { contactsFold } from '#processors/contacts/fold'
import { agentEvent, contactEvent } from '../../helpers/wire.ts'
import { startPipeline } from '../../helpers/pipeline.ts'

const dirs: string[] = []
const dir = () => { const d = mkdtempSync(join(tmpdir(), 'rv-')); dirs.push(d); return d }
afterEach(() => { for (const d of dirs.splice(0)) rmSync(d, { recursive: true, force: true }) })
const at = (time: string, day = '02'): string => `2026-03-${day}T${time}Z`

describe('config', () => {
  it('E1 Asia/Kolkata is a time zone', () => { expect(() => readConfig({ CALLBOARD_TIME_ZONE: 'Asia/Kolkata' })).not.toThrow() })
  it.each(['Europe/Kyiv', 'US/Eastern', 'America/Argentina/Buenos_Aires', 'Asia/Ho_Chi_Minh'])('E1b %s', (z) => { expect(() => readConfig({ CALLBOARD_TIME_ZONE: z })).not.toThrow() })
  it('E2 an empty port is the default port', () => { expect(readConfig({ CALLBOARD_HTTP_PORT: '' }).HTTP_PORT).toBe(8080) })
  it('E3 http as the only source: own events do not go into the demo', () => { expect(isDemo(readConfig({ CALLBOARD_SOURCES: '[{"type":"http"}]' }))).toBe(false) })
})

describe('demo folder', () => {
  it('F1 settings survive a start that fails after the renewal', async () => {
    const d = dir(); const logDir = join(d, 'demo', 'log'); const options = { partitionCount: 1, clock: systemClock }
    const log = await openLmdbLog({ dir: logDir, topics: topicSpecs, ...options })
    await log.append(topics.settings, [{ key: 'key/x/1', value: new TextEncoder().encode('{}'), headers: {} }])
    await log.close()
    expect(await renewDemoFolder(join(d, 'demo'), logDir, options)).toHaveLength(1)
    // the start fails here: port in use, engine does not start, Ctrl-C
    expect(await renewDemoFolder(join(d, 'demo'), logDir, options)).toHaveLength(1)
  })
})

describe('migrate', () => {
  it('G1 uses the configured user', async () => {
    const seen: string[] = []
    const server = createServer((req, res) => { seen.push(`${req.headers['authorization'] ?? ''} ${req.headers['x-clickhouse-user'] ?? ''}`); res.statusCode = 500; res.end('Code: 516. DB::Exception: x') })
    await new Promise<void>((r) => server.listen(0, '127.0.0.1', r))
    const port = (server.address() as any).port
    const pw = join(dir(), 'pw'); writeFileSync(pw, 'secret')
    await migrateOffline(readConfig({ CALLBOARD_STORE: 'clickhouse', CALLBOARD_CLICKHOUSE_URL: `http://127.0.0.1:${port}`, CALLBOARD_CLICKHOUSE_USER: 'alice', CALLBOARD_CLICKHOUSE_PASSWORD_FILE: pw })).catch(() => {})
    server.close()
    expect(Buffer.from(seen[0]!.split(' ')[1]!, 'base64').toString()).toContain('alice')
  })
})

describe('kinesis', () => {
  it('H1 latest: after a failure before the first record nothing that came meanwhile is skipped', async () => {
    const clock = createManualClock(Date.parse(at('10:00:00')))
    const log = createMemoryLog({ topics: topicSpecs, partitionCount: 1, clock })
    const asked: string[] = []
    let pages = 0
    const stop = new AbortController()
    const client = { send: async (command: any) => {
      if (command.constructor.name === 'GetShardIteratorCommand') { asked.push(command.input.ShardIteratorType); if (asked.length === 2) stop.abort(); return { ShardIterator: 'i' } }
      if (++pages === 2) throw new Error('network')
      return { Records: [], NextShardIterator: 'i2', MillisBehindLatest: 0 }
    } }
    const config: any = { type: 'kinesis', name: 's', stream: 's', region: 'x', kind: 'any', startAt: 'latest', pollIntervalMs: 250 }
    const done = readShard({ client: client as any, door: createIngestDoor({ log, clock, telemetry: silentTelemetry }), checkpoints: createCheckpoints(log), clock, telemetry: silentTelemetry }, config, 'shard-1', stop.signal)
    for (let i = 0; i < 20; i++) { await new Promise((r) => setImmediate(r)); clock.advance(1000) }
    await done
    expect(asked).not.toEqual(['LATEST', 'LATEST'])
  })
})

describe('replay', () => {
  it('I1 --rebase of a large recording', async () => {
    const file = join(dir(), 'events.ndjson')
    const line = JSON.stringify(contactEvent({ contactId: 'c1', eventType: 'QUEUED', at: at('10:00:00.000'), enqueued: at('10:00:00.000') }))
    writeFileSync(file, `${line}\n`.repeat(150_000))
    let sent = 0
    const client: any = { call: async (_m: string, _p: string, body: any) => { const n = body.text.split('\n').length; sent += n; return { accepted: n, duplicate: 0, deadLettered: 0 } } }
    await replay(client, file, { speed: 'max', rebase: true })
    expect(sent).toBe(150_000)
  }, 60_000)
  it('I2 request bodies stay under 8 MiB', async () => {
    const file = join(dir(), 'events.ndjson')
    const line = JSON.stringify({ Version: '1.0.0', Channel: 'VOICE', AccountId: '1', InstanceId: 'i', ContactId: 'c', EventType: 'SEGMENTS', Segments: [{ Transcript: { Id: 't', ParticipantId: 'AGENT', ParticipantRole: 'AGENT', Content: 'あ'.repeat(100_000), BeginOffsetMillis: 0, EndOffsetMillis: 1 } }] })
    writeFileSync(file, `${line}\n`.repeat(60))
    let most = 0
    const client: any = { call: async (_m: string, _p: string, body: any) => { most = Math.max(most, Buffer.byteLength(body.text)); return { accepted: 0, duplicate: 0, deadLettered: 0 } } }
    await replay(client, file, { speed: 'max', rebase: false })
    expect(most).toBeLessThan(8 * 1024 * 1024)
  })
})

describe('privacy', () => {
  it('J1 the message about bytes that are not JSON holds no words of them', () => {
    const r: any = readElement({ bytes: new TextEncoder().encode('my card number is 4111 1111 1111 1111') }, { source: 's', origin: 'o', kind: 'any', arrivalTime: 0 }, 1)
    expect(r.message).not.toContain('card')
  })
})

describe('runner', () => {
  it('K1 a timer whose look throws does not stop the partition', async () => {
    const clock = createManualClock(Date.parse(at('10:00:00')))
    const log = createMemoryLog({ topics: topicSpecs, partitionCount: 1, clock })
    const telemetry = createTelemetry(() => {})
    const lane = createFoldLane({ ...contactsFold, expire: (e) => { if (e === 'bad') throw new Error('x'); return { gone: true } } }, { log, clock, telemetry })
    const door = createIngestDoor({ log, clock, telemetry })
    await lane.start()
    const send = (id: string) => door.take([{ value: contactEvent({ contactId: id, eventType: 'INITIATED', at: new Date(clock.now()).toISOString() }) }], { source: 't', origin: 't', kind: 'any', arrivalTime: clock.now() })
    const run = async (ms: number) => { for (let i = 0; i < 30; i++) { await new Promise((r) => setImmediate(r)); clock.advance(ms / 30) } }
    await send('bad'); await run(60_000)
    await run(100 * 3_600_000)
    await send('good'); await run(600_000)
    await lane.stop()
    expect([...log.table(topics.rows, 0).scan('contact/good')]).toHaveLength(1)
  })
})

describe('agents', () => {
  const st = (Name: string, Type: string, t: string) => ({ Name, Type, StartTimestamp: t })
  it('L1 sign-out ends the status interval for good', async () => {
    const p = await startPipeline({ startAt: Date.parse(at('09:00:00', '03')) })
    try {
      const status = st('Available', 'ROUTABLE', at('16:00:00.000'))
      await p.send([
        { kind: 'agent-event', payload: agentEvent('amy', at('16:00:00.000'), { AgentStatus: status }) },
        { kind: 'agent-event', payload: agentEvent('amy', at('17:00:00.000'), { AgentStatus: status }, { type: 'LOGOUT' }) },
        { kind: 'agent-event', payload: agentEvent('amy', at('08:00:00.000', '03'), { AgentStatus: st('Available', 'ROUTABLE', at('08:00:00.000', '03')) }, { type: 'LOGIN' }) },
      ])
      await p.settle()
      const first = p.rowsOf('interval').find((i) => i.start === Date.parse(at('16:00:00.000')))
      expect(new Date(first!.end!).toISOString()).toBe(at('17:00:00.000'))
    } finally { await p.stop() }
  })
  it('L2 chats that overlap: the agent is on contact since the first', async () => {
    const p = await startPipeline({ startAt: Date.parse(at('11:00:00')) })
    try {
      const status = st('Available', 'ROUTABLE', at('08:00:00.000'))
      const c = (id: string, t: string) => ({ ContactId: id, Channel: 'CHAT', State: 'CONNECTED', StateStartTimestamp: at(t), ConnectedToAgentTimestamp: at(t) })
      await p.send([
        { kind: 'agent-event', payload: agentEvent('amy', at('10:00:00.000'), { AgentStatus: status, Contacts: [c('c1', '10:00:00.000')] }) },
        { kind: 'agent-event', payload: agentEvent('amy', at('10:05:00.000'), { AgentStatus: status, Contacts: [c('c1', '10:00:00.000'), c('c2', '10:05:00.000')] }) },
        { kind: 'agent-event', payload: agentEvent('amy', at('10:10:00.000'), { AgentStatus: status, Contacts: [c('c2', '10:05:00.000')] }) },
      ])
      await p.settle()
      expect(p.rowsOf('agent')[0]).toMatchObject({ state: 'onContact', stateSince: Date.parse(at('10:00:00.000')) })
    } finally { await p.stop() }
  })
  it('L3 deliveries and alerts: a delivered message leaves some day', async () => {
    const p = await startPipeline({ startAt: Date.parse(at('10:00:00')), partitionCount: 1 })
    try {
      await p.putRule('r', { name: 'x', condition: { type: 'phrase', phrases: ['cancel'], speaker: 'customer' } } as any)
      await p.putWebhook('w', 'https://example.com/', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')
      const { voiceSegments } = await import('../../helpers/wire.ts')
      await p.send([{ kind: 'contact-lens', payload: voiceSegments('c1', [{ turn: { id: 't1', text: 'cancel my account', begin: 0, end: 900 } }]) }])
      await p.settle()
      expect(p.table(topics.deliveries).size).toBeGreaterThan(0)
      for (let h = 0; h < 24 * 20; h++) { p.clock.advance(3_600_000); if (h % 4 === 0) await p.settle() }
      expect(p.table(topics.alerts).size).toBe(0)
      expect(p.table(topics.deliveries).size).toBe(0)
    } finally { await p.stop() }
  }, 60_000)
  it('L4 helper: settle after move with positions not committed', async () => {
    const p = await startPipeline({ startAt: Date.parse(at('10:00:00')), partitionCount: 1 })
    try {
      const e = (n: number) => ({ kind: 'contact-lens' as const, payload: { ...{ Version: '1.0.0', Channel: 'VOICE', AccountId: '1', InstanceId: 'i', ContactId: `c${n}`, EventType: 'STARTED' } } as any })
      await p.send([e(1), e(2), e(3)])
      await p.settle()
      await p.move()
      await p.send([e(4), e(5)])
      await p.settle()
      expect(p.rowsOf('contact')).toHaveLength(5)
    } finally { await p.stop() }
  }, 60_000)
})
