import { describe, expect, it } from 'vitest'
import { detectKind } from '#events/kind'
import type { JsonObject } from '#kernel/json'

describe('detectKind', () => {
  it.each<[string, JsonObject, string | null]>([
    ['an agent event', { AgentARN: 'a', EventType: 'LOGIN' }, 'agent-event'],
    ['an agent event without its type', { AgentARN: 'a', CurrentAgentSnapshot: null }, 'agent-event'],
    ['a record with its marker', { AWSContactTraceRecordFormatVersion: '2017-03-10' }, 'contact-record'],
    ['a record without its marker', { ContactId: 'c', InitiationMethod: 'INBOUND' }, 'contact-record'],
    ['voice segments', { Segments: [] }, 'contact-lens'],
    ['a started voice analysis', { ContactId: 'c', InstanceId: 'i', EventType: 'STARTED' }, 'contact-lens'],
    ['a completed voice analysis', { ContactId: 'c', InstanceId: 'i', EventType: 'COMPLETED' }, 'contact-lens'],
    ['a bare COMPLETED contact event in PascalCase', { ContactId: 'c', InstanceArn: 'i', EventType: 'COMPLETED' }, 'contact-event'],
    ['the same with InstanceARN', { ContactId: 'c', InstanceARN: 'i', EventType: 'COMPLETED' }, 'contact-event'],
    ['a started chat analysis', { StreamingEventType: 'STARTED' }, 'contact-lens'],
    ['an analysis file', { JobStatus: 'COMPLETED', Transcript: [] }, 'contact-lens'],
    ['a contact event', { 'detail-type': 'Amazon Connect Contact Event', detail: {} }, 'contact-event'],
    ['a contact event under the new name', { 'detail-type': 'Connect Customer Contact Event', detail: {} }, 'contact-event'],
    ['a contact event without detail-type', { detail: { contactId: 'c', eventType: 'QUEUED' } }, 'contact-event'],
    ['a rule match', { 'detail-type': 'Contact Lens Post Chat Rules Matched' }, 'contact-lens'],
    ['a rule match under its older name', { 'detail-type': 'Rule for Contact Lens Realtime Matched' }, 'contact-lens'],
    ['an analysis failure', { 'detail-type': 'Contact Lens Analysis State Change' }, 'contact-lens'],
    ['a metric rule match', { 'detail-type': 'Metrics Rules Matched', detail: { contactId: 'c', eventType: 'x' } }, null],
    ['a failed evaluation export', { 'detail-type': 'Contact Lens Evaluation Export Failed' }, null],
    ['a foreign object', { id: 1 }, null],
    ['a detail type that is no text', { 'detail-type': { toString: 1 } }, null],
  ])('knows %s', (_, payload, kind) => {
    expect(detectKind(payload)).toBe(kind)
  })
})
