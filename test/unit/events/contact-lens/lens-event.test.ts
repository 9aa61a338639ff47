import { describe, expect, it } from 'vitest'
import { decodePayload } from '#events/decode'
import type { LensEvent } from '#events/domain'
import type { JsonObject } from '#kernel/json'
import { composedSample } from '../../../helpers/samples.ts'
import { without, withValue } from '../change.ts'

const voice = composedSample('contact-lens/composed-voice-segments-transcript-then-category')
const chat: JsonObject = {
  Version: '2.0.0',
  Channel: 'CHAT',
  InstanceId: 'i',
  ContactId: 'c',
  OutputType: 'Raw',
  StreamingEventType: 'SEGMENTS',
  StreamingSettings: { LanguageCode: 'de-DE', Output: 'RedactedAndRaw' },
  Segments: composedSample('contact-lens/composed-api-v2-chat-response')['Segments'] ?? [],
}
const file: JsonObject = {
  Channel: 'VOICE',
  JobStatus: 'COMPLETED',
  ContentMetadata: { Output: 'Redacted' },
  CustomerMetadata: { ContactId: 'c', InstanceId: 'i' },
  Participants: [
    { ParticipantId: 'AGENT', ParticipantRole: 'AGENT' },
    { ParticipantId: 'p-9', ParticipantRole: 'CUSTOMER' },
  ],
  ConversationCharacteristics: { ContactSummary: { PostContactSummary: { Content: 'all well' } } },
  Transcript: [
    { Id: 'a', ParticipantId: 'AGENT', Content: 'Hello.', BeginOffsetMillis: 0, EndOffsetMillis: 90, Sentiment: 'NEUTRAL' },
    { Id: 'b', ParticipantId: 'p-9', Content: '[PII]', BeginOffsetMillis: 100, EndOffsetMillis: 200, Sentiment: 'WISTFUL' },
    { Id: 'c', ParticipantId: 'nobody', Content: 'Hm.', BeginOffsetMillis: 300, EndOffsetMillis: 400 },
  ],
}

function read(payload: JsonObject): LensEvent {
  const decoded = decodePayload(payload, 'contact-lens')
  if (!decoded.ok) throw new Error(`${decoded.reason}: ${decoded.message}`)
  if (decoded.event.kind !== 'contact-lens') throw new Error(decoded.event.kind)
  return decoded.event
}

describe('segment streams', () => {
  it('tell the raw from the redacted copy of one message', () => {
    const twins = ['Raw', 'Redacted'].map((type) => read(withValue(chat, ['OutputType'], type)))
    expect(twins.map((event) => event.outputType)).toEqual(['raw', 'redacted'])
    expect(twins.map((event) => event.turns[0]?.segmentId)).toEqual(['m-1', 'm-1'])
  })

  it('read the settings under both spellings', () => {
    const { StreamingSettings, ...rest } = chat
    expect(read({ ...rest, StreamingEventSettings: StreamingSettings ?? null })).toEqual(read(chat))
    expect(read(chat)).toMatchObject({ languageCode: 'de-DE', eventTime: Date.parse('2025-03-03T10:00:10.000Z') })
  })

  it('take the output of the settings when a message does not say which copy it is', () => {
    const { OutputType: _, ...rest } = chat
    expect(read(rest).outputType).toBe('raw')
    expect(read(withValue(rest, ['StreamingSettings', 'Output'], 'Redacted')).outputType).toBe('redacted')
  })

  it('read a summary inside the segments and beside them', () => {
    const summary = { Status: 'COMPLETED', Content: 'cancelled' }
    expect(read(withValue(voice, ['Segments', 2], { PostContactSummary: summary })).summary).toBe('cancelled')
    expect(read(withValue(voice, ['PostContactSummary'], summary)).summary).toBe('cancelled')
    expect(read(withValue(chat, ['PostContactSummary'], summary)).summary).toBe('cancelled')
    expect(read(withValue(voice, ['PostContactSummary'], { Status: 'FAILED', FailureCode: 'INTERNAL_ERROR' })).summary).toBeNull()
  })

  it('count kinds they do not read, whatever their names', () => {
    const odd = { Issues: {}, ExtractedInformation: null, constructor: 1, Utterance: { Id: 'not checked in chat' } }
    expect(read(withValue(chat, ['Segments'], [odd, { Issues: {} }]))).toMatchObject({
      turns: [],
      skipped: { Issues: 2, constructor: 1, Utterance: 1 },
    })
    expect(read(withValue(voice, ['Segments'], [])).turns).toEqual([])
  })

  it('give chat points no times and keep a category that has no details', () => {
    const item = { TranscriptItems: [{ Id: 'm-1', CharacterOffsets: { BeginOffsetChar: 0, EndOffsetChar: 4 } }] }
    const categories = { MatchedCategories: ['B', 'toString'], MatchedDetails: { A: { PointsOfInterest: [item] } } }
    expect(read(withValue(chat, ['Segments', 1], { Categories: categories })).categories).toEqual([
      { name: 'B', points: [] },
      { name: 'toString', points: [] },
      { name: 'A', points: [] },
    ])
  })

  it('keep unknown types and drop unknown tones', () => {
    const payload = withValue(withValue(voice, ['EventType'], 'HICCUP'), ['Segments', 0, 'Transcript', 'Sentiment'], 'WISTFUL')
    expect(read(payload)).toMatchObject({ type: 'HICCUP', turns: [{ sentiment: null }] })
    expect(read(without(payload, ['Segments', 0, 'Transcript', 'Sentiment'])).turns[0]?.sentiment).toBeNull()
    expect(read(withValue(voice, ['Segments', 0, 'Transcript', 'Sentiment'], 'MIXED')).turns[0]?.sentiment).toBe('MIXED')
  })

  it('take a page of the polling API once it names its contact', () => {
    const page = composedSample('contact-lens/composed-api-v1-response-page')
    expect(read({ ...page, ContactId: 'c', InstanceId: 'i' })).toMatchObject({
      type: 'SEGMENTS',
      contactId: 'c',
      turns: [{ segmentId: 't-1' }],
    })
  })

  it.each([
    [voice, ['Segments'], {}, 'Segments'],
    [voice, ['Segments', 0, 'Transcript', 'Content'], 5, 'Segments[0].Transcript.Content'],
    [voice, ['Segments', 0, 'Transcript', 'BeginOffsetMillis'], '12000', 'Segments[0].Transcript.BeginOffsetMillis'],
    [voice, ['Segments', 1, 'Categories', 'MatchedDetails'], [], 'Segments[1].Categories.MatchedDetails'],
    [chat, ['Segments', 0, 'Transcript', 'Time', 'AbsoluteTime'], 'noon', 'Segments[0].Transcript.Time.AbsoluteTime'],
    [chat, ['StreamingSettings'], 'Raw', 'StreamingSettings'],
    [voice, ['EventType'], 3, 'EventType'],
    [file, ['Transcript', 0, 'Content'], 5, 'Transcript[0].Content'],
    [file, ['CustomerMetadata'], 'c', 'CustomerMetadata'],
  ])('refuse a changed field and name it (%#)', (payload, path, value, named) => {
    const decoded = decodePayload(withValue(payload, path, value), 'contact-lens')
    expect(decoded).toMatchObject({ ok: false, reason: 'schema', message: expect.stringContaining(`${named}: `) })
  })
})

describe('analysis files', () => {
  it('find the role of a turn through the participants', () => {
    expect(read(file)).toMatchObject({
      origin: 'postContact',
      outputType: 'redacted',
      summary: 'all well',
      eventTime: null,
      turns: [
        { participantRole: 'AGENT', sentiment: 'NEUTRAL' },
        { participantRole: 'CUSTOMER', participantId: 'p-9', sentiment: null },
        { participantRole: 'UNKNOWN' },
      ],
    })
  })

  it('give chat items their wall time and count what was not said', () => {
    const items = [
      {
        Id: 'm',
        ParticipantId: 'p-9',
        ParticipantRole: 'AGENT',
        Type: 'MESSAGE',
        Content: 'Hi',
        ContentType: 'text/plain',
        AbsoluteTime: '2022-10-27T03:32:03.462Z',
      },
      {
        Id: 'x',
        Type: 'EVENT',
        ContentType: 'application/vnd.amazonaws.connect.event.chat.ended',
        AbsoluteTime: '2022-10-27T03:34:43.192Z',
      },
      { Id: 'y', Type: 'ATTACHMENT', Content: 'a.jpg' },
    ]
    expect(read({ ...file, Channel: 'CHAT', Transcript: items })).toMatchObject({
      eventTime: Date.parse('2022-10-27T03:32:03.462Z'),
      turns: [{ segmentId: 'm', participantRole: 'AGENT', beginOffsetMs: null, saidAt: Date.parse('2022-10-27T03:32:03.462Z') }],
      skipped: { EVENT: 1, ATTACHMENT: 1 },
    })
  })
})

describe('EventBridge', () => {
  const detail = { ruleName: 'R', instanceArn: 'arn:x:instance/i-1', contactArn: 'arn:x:instance/i-1/contact/c-1' }

  it.each([
    ['Contact Lens Realtime Rules Matched', 'VOICE'],
    ['Contact Lens Post Call Rules Matched', 'VOICE'],
    ['Contact Lens Realtime Chat Rules Matched', 'CHAT'],
    ['Contact Lens Post Chat Rules Matched', 'CHAT'],
    ['Contact Lens Email Rules Matched', 'EMAIL'],
    ['Contact Lens Evaluation Rules Matched', null],
  ])('takes %s as a rule match on %s', (type, channel) => {
    const event = read({ 'detail-type': type, time: '2025-03-03T10:00:00Z', id: 'x', detail })
    expect(event).toMatchObject({
      origin: 'rule',
      ruleName: 'R',
      contactId: 'c-1',
      instanceId: 'i-1',
      channel,
      eventTime: Date.UTC(2025, 2, 3, 10),
    })
  })

  it('takes a failed analysis', () => {
    const state = {
      instance: detail.instanceArn,
      contact: detail.contactArn,
      channel: 'VOICE',
      state: 'FAILED',
      reasonCode: 'RECORDING_FILE_EMPTY',
    }
    const event = read({ 'detail-type': 'Contact Lens Analysis State Change', time: '2025-03-03T10:00:00Z', detail: state })
    expect(event).toMatchObject({ origin: 'analysisState', type: 'FAILED', contactId: 'c-1', instanceId: 'i-1', ruleName: null })
  })

  it('sets a match that names no contact aside', () => {
    const decoded = decodePayload({ 'detail-type': 'Contact Lens Post Call Rules Matched', detail: { ruleName: 'R' } }, 'any')
    expect(decoded).toMatchObject({ ok: false, reason: 'no-contact-id', message: expect.stringContaining('detail.contactArn') })
  })
})
