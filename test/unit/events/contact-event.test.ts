import { describe, expect, it } from 'vitest'
import { decodePayload } from '#events/decode'
import type { ContactEvent } from '#events/domain'
import { isJsonObject, type JsonObject } from '#kernel/json'
import { composedSample } from '../../helpers/samples.ts'
import { without, withValue } from './change.ts'

const queued = composedSample('contact-events/composed-02-queued')
const completed = composedSample('contact-events/composed-03-completed-with-acw')
const SENTINEL = '1970-01-01T00:00:00.001Z'
const at = (iso: string) => Date.parse(iso)

function read(payload: JsonObject): ContactEvent {
  const decoded = decodePayload(payload, 'contact-event')
  if (!decoded.ok) throw new Error(`${decoded.reason}: ${decoded.message}`)
  if (decoded.event.kind !== 'contact-event') throw new Error(decoded.event.kind)
  return decoded.event
}

const detailOf = (payload: JsonObject): JsonObject => (isJsonObject(payload['detail']) ? payload['detail'] : {})

/** Every key of every object with `spell` applied. */
function respelt(value: JsonObject, spell: (key: string) => string): JsonObject {
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [spell(key), isJsonObject(member) ? respelt(member, spell) : member]),
  )
}

describe('contact events', () => {
  it.each([
    ['PascalCase', (key: string) => key.charAt(0).toUpperCase() + key.slice(1)],
    ['lower case', (key: string) => key.toLowerCase()],
    ['InstanceARN and the like', (key: string) => key.replace(/Arn$/, 'ARN').replace(/^i/, 'I')],
  ])('reads %s keys like camelCase ones', (_, spell) => {
    expect(read({ ...completed, detail: respelt(detailOf(completed), spell) })).toEqual(read(completed))
  })

  it('takes the spelling that has a value when an object holds two', () => {
    const detail = detailOf(queued)
    expect(read({ ...queued, detail: { ...detail, ContactId: null } }).contactId).toBe(detail['contactId'])
    expect(read({ ...queued, detail: { ContactId: null, ...detail } }).contactId).toBe(detail['contactId'])
    expect(read({ ...queued, detail: { ContactId: 'other', ...detail } }).contactId).toBe(detail['contactId'])
  })

  it('reads the bare detail of a rule that sends no envelope', () => {
    expect(read(detailOf(queued))).toEqual(read(queued))
  })

  it('upper-cases the channel and reads TASKS as TASK', () => {
    expect(read(withValue(queued, ['detail', 'channel'], 'Voice')).channel).toBe('VOICE')
    expect(read(withValue(queued, ['detail', 'channel'], 'Tasks')).channel).toBe('TASK')
    expect(read(without(queued, ['detail', 'channel'])).channel).toBeNull()
  })

  it('takes a value near the epoch as not set', () => {
    const payload = withValue(completed, ['detail', 'connectedToSystemTimestamp'], SENTINEL)
    expect(read(withValue(payload, ['detail', 'agentInfo', 'connectedToAgentTimestamp'], SENTINEL))).toMatchObject({
      connectedToSystemAt: null,
      connectedToAgentAt: null,
    })
  })

  it.each([
    ['INITIATED', ['initiationTimestamp'], 'initiatedAt'],
    ['CONNECTED_TO_SYSTEM', ['connectedToSystemTimestamp'], 'connectedToSystemAt'],
    ['QUEUED', ['queueInfo', 'enqueueTimestamp'], 'enqueuedAt'],
    ['CONNECTED_TO_AGENT', ['agentInfo', 'connectedToAgentTimestamp'], 'connectedToAgentAt'],
    ['DISCONNECTED', ['disconnectTimestamp'], 'disconnectedAt'],
  ] as const)('places %s at its own timestamp, else at the envelope time', (type, path, field) => {
    const payload = withValue(withValue(queued, ['detail', 'eventType'], type), ['time'], '2025-03-03T11:00:00Z')
    const own = read(withValue(payload, ['detail', ...path], '2025-03-03T10:59:59.250Z'))
    expect([own.eventTime, own[field]]).toEqual([at('2025-03-03T10:59:59.250Z'), at('2025-03-03T10:59:59.250Z')])
    const unset = read(withValue(payload, ['detail', ...path], SENTINEL))
    expect([unset.eventTime, unset[field]]).toEqual([at('2025-03-03T11:00:00Z'), at('2025-03-03T11:00:00Z')])
  })

  it('places COMPLETED at the end of after contact work, else at the disconnect', () => {
    expect(read(completed).eventTime).toBe(at('2025-03-03T10:05:58.000Z'))
    expect(read(without(completed, ['detail', 'agentInfo'])).eventTime).toBe(at('2025-03-03T10:05:00.000Z'))
  })

  it('places other and unknown types at the envelope time, bare ones at the latest moment they name', () => {
    const payload = withValue(completed, ['detail', 'eventType'], 'constructor')
    expect(read(payload)).toMatchObject({ type: 'constructor', eventTime: at('2025-03-03T10:06:00Z') })
    expect(read(detailOf(payload)).eventTime).toBe(at('2025-03-03T10:05:58.000Z'))
  })

  it('refuses an event that names no moment at all', () => {
    const decoded = decodePayload({ contactId: 'c', eventType: 'PAUSED', instanceArn: 'i' }, 'contact-event')
    expect(decoded).toMatchObject({ ok: false, reason: 'schema', message: expect.stringContaining('time: ') })
  })

  it('accepts routing criteria as an object and as an array', () => {
    for (const criteria of [{ steps: [] }, [{ Steps: [] }]]) {
      expect(read(withValue(queued, ['detail', 'routingCriteria'], criteria))).toEqual(read(queued))
    }
  })

  it.each([undefined, null, ''])('sets %s as contact id aside', (id) => {
    const payload = id === undefined ? without(queued, ['detail', 'contactId']) : withValue(queued, ['detail', 'contactId'], id)
    expect(decodePayload(payload, 'contact-event')).toMatchObject({ ok: false, reason: 'no-contact-id' })
  })

  it.each([
    [['detail'], 'text', 'detail'],
    [['detail', 'contactId'], 7, 'detail.contactId'],
    [['detail', 'agentInfo'], [], 'detail.agentInfo'],
    [['detail', 'queueInfo', 'enqueueTimestamp'], 5, 'detail.queueInfo.enqueueTimestamp'],
    [['detail', 'initiationTimestamp'], '1999-01-01T00:00:00Z', 'detail.initiationTimestamp'],
    [['detail', 'eventType'], null, 'detail.eventType'],
    [['time'], 12, 'time'],
  ])('refuses a changed %j and names it', (path, value, named) => {
    const decoded = decodePayload(withValue(queued, path, value), 'contact-event')
    expect(decoded).toMatchObject({ ok: false, reason: 'schema', message: expect.stringContaining(named) })
  })

  it('names a field of a bare detail without the envelope', () => {
    const decoded = decodePayload(withValue(detailOf(queued), ['channel'], 5), 'contact-event')
    expect(decoded).toMatchObject({ ok: false, message: expect.stringMatching(/^channel: /) })
  })
})
