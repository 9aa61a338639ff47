import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '#kernel/json'
import { startServer, type TestServer } from '../helpers/server.ts'
import { caughtUp, openTestStore, readTables } from '../helpers/tables.ts'
import { agentEvent, contactEvent, contactRecord, voiceSegments } from '../helpers/wire.ts'

/** Stands beside every number, so that a search that finds nothing is known to have looked where the number was. */
const CANARY = 'magpie'
const CARDS = ['4111111111111111', '5555555555554444', '378282246310005', '6011000990139424']
const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine']
const inFours = (digits: string, between: string): string => digits.match(/.{1,4}/g)!.join(between)
const spoken = (digits: string): string =>
  digits
    .split('')
    .map((digit) => words[Number(digit)])
    .join(' ')
/** Ways in which the numbers were sent, the halves of those that came in two included. */
const traces = CARDS.flatMap((card) => [
  card,
  inFours(card, ' '),
  inFours(card, '-'),
  spoken(card),
  spoken(card.slice(0, 8)),
  spoken(card.slice(8)),
])

let server: TestServer
let sent = { accepted: 0, duplicate: 0, deadLettered: 0 }
const send = async (kind: string, ...lines: (JsonObject | string | Uint8Array)[]): Promise<void> => {
  const bytes = lines.map((line) =>
    line instanceof Uint8Array ? line : Buffer.from(typeof line === 'string' ? line : JSON.stringify(line)),
  )
  const body = Buffer.concat(bytes.flatMap((line) => [line, Buffer.from('\n')]))
  const answer = await server.call<typeof sent>('POST', `/api/v1/events/${kind}`, body, 'application/x-ndjson')
  expect(answer.status).toBe(202)
  sent = {
    accepted: sent.accepted + answer.body.accepted,
    duplicate: sent.duplicate + answer.body.duplicate,
    deadLettered: sent.deadLettered + answer.body.deadLettered,
  }
}
const iso = (): string => new Date().toISOString()
const text = (card: string): string => `${CANARY} ${card}`

beforeAll(async () => {
  server = await startServer({ CALLBOARD_REDACTION: 'mask', CALLBOARD_LOG_LEVEL: 'debug' })
  const [visa, master, amex, discover] = CARDS as [string, string, string, string]
  const started = { ...voiceSegments('pan-voice', []), EventType: 'STARTED', Segments: null }
  await send('contact-lens', started)
  await send(
    'contact-lens',
    voiceSegments('pan-voice', [{ turn: { id: 'a1', text: `${CANARY}: your card number, please?`, begin: 0, end: 900, role: 'AGENT' } }]),
  )
  for (const [i, piece] of [spoken(visa.slice(0, 8)), spoken(visa.slice(8))].entries()) {
    await send(
      'contact-lens',
      voiceSegments('pan-voice', [{ utterance: { id: `u${i}`, turn: 't1', text: piece, begin: 1000 + i, end: 1900 + i } }]),
    )
  }
  await send('contact-lens', voiceSegments('pan-voice', [{ turn: { id: 't1', text: text(spoken(visa)), begin: 1000, end: 2000 } }]))
  await send('contact-lens', voiceSegments('pan-voice', [{ turn: { id: 't2', text: spoken(master.slice(0, 8)), begin: 3000, end: 3900 } }]))
  await send('contact-lens', voiceSegments('pan-voice', [{ turn: { id: 't3', text: spoken(master.slice(8)), begin: 4000, end: 4900 } }]))
  const message = (id: string, Content: string): JsonObject => ({
    Transcript: {
      Id: id,
      ParticipantId: 'p1',
      ParticipantRole: 'CUSTOMER',
      DisplayName: 'C',
      Content,
      ContentType: 'text/plain',
      Time: { AbsoluteTime: iso() },
    },
  })
  const chat = {
    Version: '2.0.0',
    Channel: 'CHAT',
    AccountId: '1',
    InstanceId: 'i',
    ContactId: 'pan-chat',
    OutputType: 'Raw',
    StreamingEventType: 'SEGMENTS',
    StreamingSettings: { LanguageCode: 'en-GB', Output: 'Raw' },
  }
  await send(
    'contact-lens',
    { ...chat, Segments: [message('m1', text(inFours(amex, ' ')))] },
    { ...chat, Segments: [message('m2', text(inFours(discover, '-'))), { NewKind: { Words: text(visa) } }] },
    { ...chat, PostContactSummary: { Status: 'COMPLETED', Content: text(master) }, Segments: [] },
  )
  await send('contact-lens', {
    Version: '1.1.0',
    Channel: 'VOICE',
    LanguageCode: 'en-US',
    CustomerMetadata: { ContactId: 'pan-voice', InstanceId: 'i' },
    Transcript: [{ Id: 't1', ParticipantId: 'CUSTOMER', Content: text(visa), BeginOffsetMillis: 1000, EndOffsetMillis: 2000 }],
  })
  await send(
    'contact-records',
    contactRecord({
      ContactId: 'pan-voice',
      LastUpdateTimestamp: `${iso().slice(0, 19)}Z`,
      Attributes: { note: text(inFours(visa, ' ')) },
      Name: text(amex),
    }),
  )
  const event = contactEvent({ contactId: 'pan-event', eventType: 'INITIATED', at: iso() })
  await send('contact-events', { ...event, detail: { ...(event['detail'] as JsonObject), description: text(discover) } })
  const agent = agentEvent('pan-agent', iso(), { AgentStatus: { Name: 'Break' } })
  const status = (agent['CurrentAgentSnapshot'] as JsonObject)['AgentStatus'] as JsonObject
  status['Name'] = text(master)
  await send('agent-events', agent)
  // What becomes a dead letter: cut off, not UTF-8, a wrong type, no contact, the future, an unknown shape, no object.
  const future = new Date(Date.now() + 7 * 86_400_000).toISOString()
  await send(
    'contact-lens',
    `{"ContactId":"c","Segments":[{"Transcript":{"Content":"${text(inFours(visa, ' '))}`,
    Buffer.concat([Buffer.from([0xff]), Buffer.from(`"${text(inFours(master, '-'))}"`)]),
    { ...chat, Segments: [{ Transcript: { Id: 5, Content: text(amex) } }] },
    { Segments: [message('m3', text(discover))] },
    {
      ...chat,
      Segments: [
        {
          ...message('m4', text(visa)),
          Transcript: { ...(message('m4', text(visa))['Transcript'] as JsonObject), Time: { AbsoluteTime: future } },
        },
      ],
    },
    `"${text(master)}"`,
  )
  await send('contact-events', { 'detail-type': text(visa), detail: { note: text(amex), number: Number(visa) } })
  await caughtUp(server.metricsUrl)
})
afterAll(() => server.stop())

function filesIn(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

describe('pii.pan: with REDACTION=mask', () => {
  it('everything was taken in or set aside', () => {
    expect(sent).toMatchObject({ duplicate: 0, deadLettered: 7 })
    expect(sent.accepted).toBeGreaterThan(12)
  })

  it('the API shows no number, and what was around it', async () => {
    for (const path of [
      '/api/v1/contacts/pan-voice/transcript',
      '/api/v1/contacts/pan-chat/transcript',
      `/api/v1/transcripts?q=${CANARY}`,
      '/api/v1/dead-letters?limit=200',
    ]) {
      const { status, body } = await server.call('GET', path)
      const shown = JSON.stringify(body)
      expect([path, status, shown.includes(CANARY)]).toEqual([path, 200, true])
      for (const trace of traces) expect([path, shown.includes(trace)]).toEqual([path, false])
    }
  })

  it('counts what was hidden, by detector', async () => {
    const metrics = await (await fetch(`${server.metricsUrl}/metrics`)).text()
    expect(Number(/^redacted_total\{detector="card"\} (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(10)
    expect(metrics).toMatch(/^redacted_total\{detector="card_part"\} \d+$/m)
  })

  it('no file of the data folder, no table and no log line holds one', async () => {
    expect(await server.terminate()).toBe(0)
    const files = filesIn(server.dataDir).map((file) => ({ file, bytes: readFileSync(file) }))
    expect(files.some(({ bytes }) => bytes.includes(CANARY))).toBe(true)
    for (const { file, bytes } of files)
      for (const trace of traces) expect([file, trace, bytes.includes(trace)]).toEqual([file, trace, false])
    for (const trace of traces) expect(server.errors()).not.toContain(trace)
    // The store compresses: what its files do not show, its tables might.
    const { store, stop } = await openTestStore(join(server.dataDir, 'clickhouse'))
    try {
      const tables = await readTables(store)
      for (const table of ['events_raw', 'segments'] as const)
        expect([table, tables[table].join('\n').includes(CANARY)]).toEqual([table, true])
      const all = Object.values(tables).flat().join('\n')
      for (const trace of traces) expect([trace, all.includes(trace)]).toEqual([trace, false])
    } finally {
      await stop()
    }
  })
})
