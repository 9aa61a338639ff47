import { describe, expect, it } from 'vitest'
import { decodePayload } from '#events/decode'
import type { ContactRecord } from '#events/domain'
import type { JsonObject } from '#kernel/json'
import { composedSample } from '../../helpers/samples.ts'
import { without, withValue } from './change.ts'

const record = composedSample('contact-records/composed-transfer-chain-2-target')
const at = (iso: string) => Date.parse(iso)

function read(payload: JsonObject): ContactRecord {
  const decoded = decodePayload(payload, 'contact-record')
  if (!decoded.ok) throw new Error(`${decoded.reason}: ${decoded.message}`)
  if (decoded.event.kind !== 'contact-record') throw new Error(decoded.event.kind)
  return decoded.event
}

describe('contact records', () => {
  it('ends with after contact work, else the disconnect, else the last update', () => {
    expect(read(record).eventTime).toBe(at('2025-03-03T10:07:10Z'))
    const alone = withValue(record, ['Agent'], null)
    expect(read(alone).eventTime).toBe(at('2025-03-03T10:07:00Z'))
    expect(read(withValue(alone, ['DisconnectTimestamp'], null)).eventTime).toBe(at('2025-03-03T10:08:14Z'))
  })

  it('reads records of 2019 that lack newer keys', () => {
    const { AWSContactTraceRecordFormatVersion, ContactId, InstanceARN, LastUpdateTimestamp } = record
    const old = { AWSContactTraceRecordFormatVersion, ContactId, InstanceARN, LastUpdateTimestamp } as JsonObject
    expect(read(old)).toMatchObject({ channel: null, queue: null, agent: null, disconnectReason: null, queueSeconds: null })
  })

  it('keeps the times of a queue that has no ARN', () => {
    expect(read(without(record, ['Queue', 'ARN']))).toMatchObject({ queue: null, enqueuedAt: at('2025-03-03T10:03:41Z'), queueSeconds: 29 })
  })

  it('tells null from zero', () => {
    expect(read(record).agent).toMatchObject({ holdSeconds: 0, holdCount: 0, pauseSeconds: null })
    expect(read(without(record, ['Agent', 'CustomerHoldDuration'])).agent?.holdSeconds).toBeNull()
  })

  it('takes milliseconds as well as whole seconds', () => {
    expect(read(withValue(record, ['LastUpdateTimestamp'], '2025-03-03T10:08:14.250Z')).lastUpdatedAt).toBe(at('2025-03-03T10:08:14.250Z'))
  })

  it.each([
    ['InstanceARN', null],
    ['LastUpdateTimestamp', null],
    ['LastUpdateTimestamp', '03/03/2025'],
    ['Agent', 'sam'],
    ['Agent.AgentInteractionDuration', '170'],
    ['Queue.EnqueueTimestamp', 0],
    ['Queue.Duration', true],
    ['PreviousContactId', 4],
    ['PreviousContactId', 'x'.repeat(257)],
    ['ContactId', 'x'.repeat(257)],
  ])('refuses a changed %s and names it', (named, value) => {
    const decoded = decodePayload(withValue(record, named.split('.'), value), 'contact-record')
    expect(decoded).toMatchObject({ ok: false, reason: 'schema', message: expect.stringContaining(`${named}: `) })
  })

  it('sets a record without a contact id aside', () => {
    expect(decodePayload(without(record, ['ContactId']), 'any')).toMatchObject({ ok: false, reason: 'no-contact-id' })
  })
})
