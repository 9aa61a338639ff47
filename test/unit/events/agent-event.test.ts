import { describe, expect, it } from 'vitest'
import { decodePayload } from '#events/decode'
import type { AgentEvent } from '#events/domain'
import type { Json, JsonObject } from '#kernel/json'
import { composedSample } from '../../helpers/samples.ts'
import { without, withValue } from './change.ts'

const sample = (name: string) => composedSample(`agent-events/${name}`)
const connected = sample('composed-04-connected')
const status = ['CurrentAgentSnapshot', 'AgentStatus']
const contact = ['CurrentAgentSnapshot', 'Contacts', 0]

function read(payload: JsonObject): AgentEvent {
  const decoded = decodePayload(payload, 'agent-event')
  if (!decoded.ok) throw new Error(`${decoded.reason}: ${decoded.message}`)
  if (decoded.event.kind !== 'agent-event') throw new Error(decoded.event.kind)
  return decoded.event
}

const refusal = (payload: JsonObject) => {
  const decoded = decodePayload(payload, 'agent-event')
  return decoded.ok ? 'accepted' : `${decoded.reason} ${decoded.message}`
}

describe('agent events', () => {
  it.each([
    ['Available', 'ROUTABLE'],
    ['Offline', 'OFFLINE'],
    ['Lunch', 'CUSTOM'],
  ])('takes the type of %s from its name where Type is absent, as in 2018', (name, type) => {
    const payload = without(withValue(connected, [...status, 'Name'], name), [...status, 'Type'])
    expect(read(payload).current?.status).toMatchObject({ name, type })
  })

  it('reads both spellings of the next status time', () => {
    const path = ['CurrentAgentSnapshot', 'NextAgentStatus']
    const next = { ARN: 'arn', Name: 'Lunch' }
    const at = '2025-03-03T08:08:00.000Z'
    for (const spelling of ['EnqueuedTimestamp', 'EnqueueTimestamp']) {
      expect(read(withValue(connected, path, { ...next, [spelling]: at })).current?.nextStatus?.enqueuedAt).toBe(Date.parse(at))
    }
    expect(read(withValue(connected, path, next)).current?.nextStatus).toMatchObject({ name: 'Lunch', enqueuedAt: null })
    expect(read(without(connected, path)).current?.nextStatus).toBeNull()
  })

  it.each([
    ['TASKS', 'TASK'],
    ['TASK', 'TASK'],
    ['EMAIL', 'EMAIL'],
    ['Hologram', 'HOLOGRAM'],
  ])('reads channel %s as %s', (sent, channel) => {
    expect(read(withValue(connected, [...contact, 'Channel'], sent)).current?.contacts[0]?.channel).toBe(channel)
  })

  it('accepts null or absent snapshots', () => {
    for (const name of ['PreviousAgentSnapshot', 'CurrentAgentSnapshot']) {
      expect(read(withValue(connected, [name], null))).toMatchObject({ eventId: '80000000-0000-4000-8000-000000000004' })
      expect(read(without(connected, [name]))).toMatchObject({ eventId: '80000000-0000-4000-8000-000000000004' })
    }
    expect(read(without(connected, ['PreviousAgentSnapshot'])).previous).toBeNull()
  })

  it('keeps values it does not know', () => {
    const payload = withValue(withValue(connected, ['EventType'], 'TELEPORT'), [...contact, 'State'], 'FLOATING')
    expect(read(payload)).toMatchObject({ type: 'TELEPORT', current: { contacts: [{ state: 'FLOATING' }] } })
  })

  it('keeps unknown fields in the payload and reads past them', () => {
    const payload = withValue(withValue(connected, ['NewField'], { deep: [1] }), [...contact, 'Mood'], 'good')
    const decoded = decodePayload(payload, 'agent-event')
    expect(decoded.ok && decoded.payload).toEqual(payload)
    expect(read(payload)).toEqual(read(connected))
  })

  it('keeps a contact that was never queued', () => {
    const payload = withValue(withValue(connected, [...contact, 'Queue'], null), [...contact, 'QueueTimestamp'], null)
    expect(read(payload).current?.contacts[0]).toMatchObject({ queue: null, queuedAt: null })
  })

  it.each<[string, (string | number)[], Json]>([
    ['EventTimestamp', ['EventTimestamp'], 1_741_000_000],
    ['EventTimestamp', ['EventTimestamp'], 'yesterday'],
    ['EventTimestamp', ['EventTimestamp'], '2025-02-30T08:00:00.000Z'],
    ['EventTimestamp', ['EventTimestamp'], '1970-01-01T00:00:00.001Z'],
    ['EventTimestamp', ['EventTimestamp'], '2009-12-31T23:59:59.999Z'],
    ['EventTimestamp', ['EventTimestamp'], '2101-01-01T00:00:00.000Z'],
    ['EventId', ['EventId'], ''],
    ['AgentARN', ['AgentARN'], 7],
    ['CurrentAgentSnapshot', ['CurrentAgentSnapshot'], 'none'],
    ['CurrentAgentSnapshot.AgentStatus.Name', [...status, 'Name'], 5],
    ['CurrentAgentSnapshot.Contacts', ['CurrentAgentSnapshot', 'Contacts'], {}],
    ['CurrentAgentSnapshot.Contacts[0].State', [...contact, 'State'], null],
    ['CurrentAgentSnapshot.Contacts[0].ContactId', [...contact, 'ContactId'], null],
    ['CurrentAgentSnapshot.Contacts[0].Queue', [...contact, 'Queue'], 'Sales'],
    ['CurrentAgentSnapshot.Contacts[0].QueueTimestamp', [...contact, 'QueueTimestamp'], 'soon'],
    [
      'PreviousAgentSnapshot.Configuration.RoutingProfile.Concurrency[0].AvailableSlots',
      ['PreviousAgentSnapshot', 'Configuration', 'RoutingProfile', 'Concurrency', 0, 'AvailableSlots'],
      '1',
    ],
  ])('refuses a changed %s and names it', (named, path, value) => {
    const text = refusal(withValue(connected, path, value))
    expect(text).toMatch(/^schema /)
    expect(text).toContain(`${named}: `)
  })

  it('says nothing of the values it refuses', () => {
    expect(refusal(withValue(connected, [...status, 'Name'], ['+12025550110']))).not.toContain('555')
  })

  it('takes timestamps in whole seconds too', () => {
    expect(read(withValue(connected, ['EventTimestamp'], '2025-03-03T08:05:16Z')).eventTime).toBe(Date.UTC(2025, 2, 3, 8, 5, 16))
  })
})
