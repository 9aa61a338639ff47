import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '#kernel/json'
import { createTelemetry } from '#kernel/telemetry'
import type { Arrival } from '#ingest/arrival'
import { readElement } from '#ingest/read-element'
import { readNames } from '#ingest/redaction/names'
import { createRedact, type Redact, type RedactionConfig } from '#ingest/redaction/redact'
import { agentEvent, contactEvent, contactRecord, voiceSegments, type WireSegment } from '../../../helpers/wire.ts'

const now = Date.UTC(2026, 2, 2, 12)
const iso = new Date(now).toISOString()
const arrival: Arrival = { source: 'test', origin: 'test', kind: 'any', arrivalTime: now }
const CARD = '4111 1111 1111 1111'
const HIDDEN = '*'.repeat(CARD.length)

function open(given: Partial<RedactionConfig> = {}) {
  const telemetry = createTelemetry(() => {})
  const redact = createRedact({ mode: 'mask', isShared: false, ...given }, { telemetry })
  const counts = (): Record<string, number> =>
    Object.fromEntries(
      telemetry
        .snapshot()
        .flatMap(({ name, series }) => (name === 'redacted_total' ? series.map((s) => [s.labels['detector']!, s.value]) : [])),
    )
  return { redact, counts }
}

function take(redact: Redact, payload: JsonObject): JsonObject {
  const reading = redact(readElement({ value: payload }, arrival, now))
  if (!reading.ok) throw new Error(reading.message)
  return reading.payload
}
const segmentsIn = (payload: JsonObject): JsonObject[] => payload['Segments'] as JsonObject[]
const say = (redact: Redact, contact: string, ...segments: WireSegment[]): string[] =>
  segmentsIn(take(redact, voiceSegments(contact, segments))).map((segment) => {
    const [said] = Object.values(segment) as JsonObject[]
    return (said!['Content'] ?? said!['PartialContent']) as string
  })
const turn = (id: string, text: string, begin = 0, role = 'CUSTOMER'): WireSegment => ({
  turn: { id, text, begin, end: begin + 900, role },
})
const utterance = (id: string, of: string, text: string, begin = 0): WireSegment => ({
  utterance: { id, turn: of, text, begin, end: begin + 900 },
})
const started = (redact: Redact, contact: string): JsonObject =>
  take(redact, { ...voiceSegments(contact, []), EventType: 'STARTED', Segments: null })

describe('a message', () => {
  it('is kept to the letter, and the very object, where nothing is private', () => {
    const { redact, counts } = open()
    const payload = voiceSegments('c1', [turn('t1', 'I would like to know about my order 55123.')])
    expect(take(redact, payload)).toBe(payload)
    expect(counts()).toEqual({})
    const off = createRedact({ mode: 'off', isShared: false }, { telemetry: createTelemetry(() => {}) })
    const secret = voiceSegments('c1', [turn('t1', CARD)])
    expect(take(off, secret)).toBe(secret)
  })

  it('keeps identity, key, ids and times of what was sent, and what was sent itself', () => {
    const { redact, counts } = open()
    const payload = voiceSegments('c1', [turn('t1', `It is ${CARD}.`)])
    const before = readElement({ value: payload }, arrival, now)
    const after = redact(before)
    expect(after).toMatchObject({ ok: true, key: 'c1', identity: (before as { identity: string }).identity })
    expect(segmentsIn(payload)[0]!['Transcript']).toMatchObject({ Content: `It is ${CARD}.` })
    const { Transcript: original } = segmentsIn(payload)[0] as { Transcript: JsonObject }
    expect(segmentsIn((after as { payload: JsonObject }).payload)[0]!['Transcript']).toEqual({ ...original, Content: `It is ${HIDDEN}.` })
    expect(counts()).toEqual({ card: 1 })
  })

  it('keeps raw and redacted twins two messages', () => {
    const { redact } = open()
    const twins = ['Raw', 'Redacted'].map((OutputType) =>
      redact(readElement({ value: { ...chat([`mine is ${CARD}`]), OutputType } }, arrival, now)),
    )
    expect(new Set(twins.map((reading) => reading.ok && reading.identity)).size).toBe(2)
    for (const twin of twins) expect(JSON.stringify(twin.ok && twin.payload)).not.toContain('4111')
  })
})

function chat(texts: readonly string[], more: JsonObject = {}): JsonObject {
  return {
    Version: '2.0.0',
    Channel: 'CHAT',
    AccountId: '111122223333',
    InstanceId: 'i1',
    ContactId: 'chat1',
    StreamingEventType: 'SEGMENTS',
    StreamingSettings: { LanguageCode: 'en-GB', Output: 'Raw' },
    Segments: texts.map((Content, i) => ({
      Transcript: {
        Id: `m${i}`,
        ParticipantId: '9a1b0f5e-0000-4000-8000-000000000001',
        ParticipantRole: 'CUSTOMER',
        DisplayName: 'Customer',
        Content,
        ContentType: 'text/plain',
        Time: { AbsoluteTime: new Date(now + i * 1000).toISOString() },
      },
    })),
    ...more,
  }
}

describe('offsets into a text', () => {
  const issues = [
    { CharacterOffsets: { BeginOffsetChar: 3, EndOffsetChar: 27 }, Text: `paid with ${CARD}`.slice(0, 24) },
    { CharacterOffsets: { BeginOffsetChar: 0, EndOffsetChar: 2 } },
  ]
  const content = `I, paid with ${CARD} yesterday`.replace('I, ', 'I  ')
  const payload = (): JsonObject => {
    const message = voiceSegments('c1', [turn('t1', content)])
    const transcript = segmentsIn(message)[0]!['Transcript'] as JsonObject
    transcript['IssuesDetected'] = structuredClone(issues)
    return message
  }

  it('lead to the same words when masked, and what quotes them is masked too', () => {
    const { Content, IssuesDetected } = segmentsIn(take(open().redact, payload()))[0]!['Transcript'] as JsonObject
    expect(Content).toBe(content.replace(CARD, HIDDEN))
    const [first, second] = IssuesDetected as JsonObject[]
    expect(first).toEqual({ CharacterOffsets: issues[0]!.CharacterOffsets, Text: (Content as string).slice(3, 27) })
    expect(second).toEqual(issues[1])
  })

  it('go with the text when it is dropped, while times and sentiment stay', () => {
    const { redact } = open({ mode: 'drop' })
    const given = voiceSegments('c1', [
      { turn: { id: 't1', text: content, begin: 5, end: 9, sentiment: 'NEGATIVE' } },
      turn('t2', 'Thanks.'),
    ])
    ;(segmentsIn(given)[0]!['Transcript'] as JsonObject)['IssuesDetected'] = structuredClone(issues)
    const [dropped, kept] = segmentsIn(take(redact, given))
    expect(dropped!['Transcript']).toEqual({
      Id: 't1',
      ParticipantId: 'CUSTOMER',
      ParticipantRole: 'CUSTOMER',
      Content: '***',
      BeginOffsetMillis: 5,
      EndOffsetMillis: 9,
      Sentiment: 'NEGATIVE',
    })
    expect(kept).toMatchObject({ Transcript: { Content: 'Thanks.' } })
  })
})

describe('a card number in pieces', () => {
  it('shows at most three digits once cards are spoken of, through utterances and the turn they become', () => {
    const { redact } = open()
    started(redact, 'c1')
    expect(say(redact, 'c1', turn('a1', 'Your card number, please?', 0, 'AGENT'))).toEqual(['Your card number, please?'])
    const pieces = ['sure four one', 'one one one one one', 'one one one one one', 'one one one one']
    const shown = pieces.flatMap((text, i) => say(redact, 'c1', utterance(`u${i}`, 't1', text, 1000 + i * 1000)))
    expect(shown[0]).toBe('sure four one')
    for (const text of shown.slice(1)) expect(text).toMatch(/^\*+$/)
    const [whole] = say(redact, 'c1', turn('t1', pieces.join(' '), 1000))
    expect(whole).toBe(`sure ${'*'.repeat(pieces.join(' ').length - 5)}`)
  })

  it('is hidden from its beginning where all of it is in one message', () => {
    const { redact } = open()
    const message = voiceSegments('c1', [
      turn('t1', 'it is 411', 1000),
      turn('a1', 'Yes?', 2000, 'AGENT'),
      turn('t2', '111 1111 111111', 3000),
    ])
    expect(segmentsIn(take(redact, message)).map((s) => (s['Transcript'] as JsonObject)['Content'])).toEqual([
      'it is ***',
      'Yes?',
      '***************',
    ])
  })

  it('is hidden again when a message is sent again', () => {
    const { redact } = open()
    started(redact, 'c1')
    const first = say(redact, 'c1', turn('t1', 'my visa is 4242 4242', 1000))
    const second = say(redact, 'c1', turn('t2', '4242 4242', 2000))
    expect(say(redact, 'c1', turn('t1', 'my visa is 4242 4242', 1000))).toEqual(first)
    expect(say(redact, 'c1', turn('t2', '4242 4242', 2000))).toEqual(second)
    expect(second).toEqual(['*********'])
  })

  it('does not run from one speaker or one contact into the other', () => {
    const { redact } = open()
    started(redact, 'c1')
    started(redact, 'c2')
    say(redact, 'c1', turn('t1', 'it is 4242 4242', 1000))
    expect(say(redact, 'c2', turn('t1', '1234 of them', 1000))).toEqual(['1234 of them'])
    expect(say(redact, 'c1', turn('a1', '1234 of them in all', 2000, 'AGENT'))).toEqual(['1234 of them in all'])
    expect(say(redact, 'c1', turn('t2', '1234 of them in all', 3000))).toEqual(['**** of them in all'])
  })

  it('after a restart: digits at the edge of what is heard first are hidden, later ones not', () => {
    const { redact } = open()
    expect(say(redact, 'c1', turn('t7', '1111 1111 yes', 60_000))).toEqual(['********* yes'])
    expect(say(redact, 'c2', turn('t7', 'let me see', 60_000))).toEqual(['let me see'])
    expect(say(redact, 'c2', turn('t8', 'there were 1234', 61_000))).toEqual(['there were 1234'])
  })

  it('with several processes: digits at the edges are always hidden', () => {
    const { redact } = open({ isShared: true })
    started(redact, 'c1')
    say(redact, 'c1', turn('t1', 'hello', 1000))
    expect(say(redact, 'c1', turn('t2', '4242 4242', 2000))).toEqual(['*********'])
    expect(say(redact, 'c1', turn('t3', '1234', 3000))).toEqual(['****'])
  })

  it('is forgotten with the oldest of too many conversations, which then counts as not known', () => {
    const { redact } = open()
    started(redact, 'first')
    for (let i = 0; i < 20_000; i++) started(redact, `c${i}`)
    expect(say(redact, 'first', turn('t1', 'there were 4234', 60_000))).toEqual(['there were ****'])
    expect(say(redact, 'c19999', turn('t1', 'there were 4234', 60_000))).toEqual(['there were 4234'])
  })
})

describe('fields', () => {
  it('of a chat: messages, names, issues, summaries and what nobody knows yet', () => {
    const { redact, counts } = open()
    const given = chat([`mine is ${CARD}`], {
      PostContactSummary: { Status: 'COMPLETED', Content: 'Reachable as rowan.kestrel@example.com.' },
      SomethingNew: { Words: [`paid with ${CARD}`] },
      SomeNumber: 4111111111111111,
    })
    segmentsIn(given).push({
      Issues: {
        IssuesDetected: [{ TranscriptItems: [{ Id: 'm0', Content: CARD, CharacterOffsets: { BeginOffsetChar: 8, EndOffsetChar: 27 } }] }],
      },
    })
    const taken = take(redact, given)
    const text = JSON.stringify(taken)
    expect(text).not.toMatch(/4111|rowan/)
    expect(taken).toMatchObject({ ContactId: 'chat1', SomeNumber: 0, PostContactSummary: { Content: `Reachable as ${'*'.repeat(25)}.` } })
    expect(text).toContain('9a1b0f5e-0000-4000-8000-000000000001')
    expect(counts()).toEqual({ card: 4, email: 1 })
  })

  it('of a contact record: attributes by their names, but no key, endpoint, queue, agent or time', () => {
    const { redact } = open()
    const given = contactRecord({
      ContactId: 'c1',
      Name: `Call back about ${CARD}`,
      Queue: { Name: 'Sales 020 7946 0123', EnqueueTimestamp: '2026-03-02T10:00:00Z', Duration: 5 },
      Agent: { Username: 'amy@example.com' },
      CustomerEndpoint: { Type: 'TELEPHONE_NUMBER', Address: '+442079460123' },
      SystemEndpoint: { Type: 'TELEPHONE_NUMBER', Address: '+442079460000' },
      Attributes: {
        cardNumber: '4111111111111',
        securityCode: '737',
        phone: '7946 0123',
        orderNumber: '5512345',
        tier: 'gold',
        customerId: '123-45-6789',
      },
      References: [{ Name: 'mail', Type: 'EMAIL', Value: 'rowan@example.com' }],
      AdditionalEmailRecipients: { ToList: ['hazel@example.com'] },
      Tags: { 'aws:connect:systemEndpoint': '+442079460000' },
    })
    const taken = take(redact, given)
    expect(taken).toEqual({
      ...given,
      Name: `Call back about ${HIDDEN}`,
      Attributes: {
        cardNumber: '*************',
        securityCode: '***',
        phone: '*********',
        orderNumber: '5512345',
        tier: 'gold',
        customerId: '***********',
      },
      References: [{ Name: 'mail', Type: 'EMAIL', Value: '*****************' }],
      AdditionalEmailRecipients: { ToList: ['*****************'] },
    })
  })

  it('of contact and agent events: card numbers only where names are given by an administrator', () => {
    const { redact } = open({ names: () => [{ begin: 0, end: 3 }] })
    const agent = agentEvent('amy', iso, { AgentStatus: { Name: 'Break' } }, { queues: ['sales 020 7946 0123'] })
    const status = (agent['CurrentAgentSnapshot'] as JsonObject)['AgentStatus'] as JsonObject
    status['Name'] = `Break ${CARD}`
    const taken = take(redact, agent)
    expect(taken).toMatchObject({ CurrentAgentSnapshot: { AgentStatus: { Name: `Break ${HIDDEN}` } } })
    expect(JSON.stringify(taken)).toBe(JSON.stringify(agent).replaceAll(CARD, HIDDEN))
    const event = contactEvent({ contactId: 'c1', eventType: 'INITIATED', at: iso })
    expect(take(open().redact, event)).toBe(event)
    ;(event['detail'] as JsonObject)['description'] = `about ${CARD}`
    expect(take(open().redact, event)).toMatchObject({ detail: { description: `about ${HIDDEN}` } })
  })

  it('of an analysis file: every turn with those before it, quotes and summary', () => {
    const { redact } = open()
    const file: JsonObject = {
      Version: '1.1.0',
      Channel: 'VOICE',
      LanguageCode: 'en-US',
      CustomerMetadata: { ContactId: 'c1', InstanceId: 'i1' },
      Transcript: [
        { Id: 't1', ParticipantId: 'CUSTOMER', Content: 'my visa: 4111', BeginOffsetMillis: 0, EndOffsetMillis: 9 },
        { Id: 't2', ParticipantId: 'AGENT', Content: 'Yes?', BeginOffsetMillis: 10, EndOffsetMillis: 19 },
        { Id: 't3', ParticipantId: 'CUSTOMER', Content: '1111 1111 1111', BeginOffsetMillis: 20, EndOffsetMillis: 29 },
      ],
      ConversationCharacteristics: { ContactSummary: { PostContactSummary: { Content: `The card is ${CARD}.` } } },
    }
    const taken = take(redact, file)
    expect((taken['Transcript'] as JsonObject[]).map((item) => item['Content'])).toEqual(['my visa: ****', 'Yes?', '**************'])
    expect(JSON.stringify(taken)).not.toContain('1111')
  })
})

describe('what cannot be taken in', () => {
  const dead = (redact: Redact, bytes: Uint8Array) => {
    const reading = redact(readElement({ bytes }, arrival, now))
    if (reading.ok) throw new Error('was taken in')
    return { ...reading, text: new TextDecoder('latin1').decode(reading.bytes) }
  }

  it('is hidden in JSON as a message is, escapes and numbers included, so that it can be taken in later', () => {
    const { redact } = open()
    const { text, reason } = dead(
      redact,
      Buffer.from(`{"AgentARN":5,"EventType":"X","note":"\\u0034111 1111 1111 1111","n":4111111111111111,"ContactId":"c1"}`),
    )
    expect(reason).toBe('schema')
    expect(JSON.parse(text)).toEqual({ AgentARN: 5, EventType: 'X', note: HIDDEN, n: 0, ContactId: 'c1' })
  })

  it.each([
    ['cut off', Buffer.from(`{"Content":"${CARD} and rowan@example.com`)],
    [
      'no UTF-8',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(`"${CARD}" four one one one one one one one one one one one one one one one`)]),
    ],
    ['no JSON', Buffer.from(`card ${CARD}\nsecurity code 737\n`)],
  ])('is hidden byte by byte when it is %s', (_what, bytes) => {
    const { text } = dead(open().redact, bytes)
    expect(text).not.toMatch(/4111|rowan|737|one one/)
    expect(text).toHaveLength(bytes.byteLength)
  })

  it('tells nothing private in its message', () => {
    const reading = open().redact(readElement({ value: { 'detail-type': `x ${CARD}`, detail: {} } }, arrival, now))
    expect(reading).toMatchObject({ ok: false, reason: 'unknown-shape', message: expect.stringContaining(HIDDEN) })
  })

  it('keeps bytes in which nothing is private as they are, and of a long message hides what is kept', () => {
    const { redact } = open()
    const bytes = Buffer.from('{"half":')
    expect(dead(redact, bytes).bytes).toBe(bytes)
    const long = Buffer.alloc(9 * 1024 * 1024, `{"a":"${CARD} `)
    expect(dead(redact, long).text.slice(0, 1024 * 1024)).not.toContain('4111')
  })
})

describe('a list of names', () => {
  const dir = mkdtempSync(join(tmpdir(), 'callboard-names-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))
  const file = join(dir, 'names.txt')

  it('hides whole words, whatever their case and accents', () => {
    writeFileSync(file, '# trees and birds\nRowan Kestrel\n\nHazel\nJürgen\n')
    const { redact, counts } = open({ names: readNames(file) })
    expect(say(redact, 'c1', turn('t1', 'ROWAN  kestrel met Hazel, Jurgen and hazelnut Rowan.'))).toEqual([
      '************** met *****, ****** and hazelnut Rowan.',
    ])
    expect(counts()).toEqual({ name: 3 })
  })

  it('is refused with setting and line when it cannot be used', () => {
    expect(() => readNames(join(dir, 'none.txt'))).toThrow(/REDACTION_NAMES_FILE: .*none\.txt/)
    writeFileSync(file, 'Rowan\none two three four five six seven\n')
    expect(() => readNames(file)).toThrow(/REDACTION_NAMES_FILE: .*names\.txt, line 2/)
    writeFileSync(file, 'Rowan\n\u{20000}\n')
    expect(() => readNames(file)).toThrow(/REDACTION_NAMES_FILE: .*names\.txt, line 2/)
  })
})
