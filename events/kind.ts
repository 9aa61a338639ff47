import { isJsonObject, type Json, type JsonObject } from '#kernel/json'
import { isPostContact } from './contact-lens/lens-event.ts'
import type { SourceKind } from './envelope.ts'

/**
 * Tells the shapes apart on a stream that carries several (Amazon allows one Kinesis stream for agent events, contact records
 * and segments). Null: none we know. No schema is run; a shape that is recognised may still be refused.
 */
export function detectKind(payload: JsonObject): SourceKind | null {
  if (typeof payload['detail-type'] === 'string') return detectDetailType(payload['detail-type'])
  if ('AgentARN' in payload && ['EventType', 'EventId', 'CurrentAgentSnapshot'].some((name) => name in payload)) return 'agent-event'
  if ('AWSContactTraceRecordFormatVersion' in payload) return 'contact-record'
  if ('Segments' in payload || 'StreamingEventType' in payload || isPostContact(payload)) return 'contact-lens'
  const names = new Set(Object.keys(payload).map((name) => name.toLowerCase()))
  if (isVoiceLens(payload, names)) return 'contact-lens'
  if (isJsonObject(payload['detail'])) return detectKind(payload['detail']) === 'contact-event' ? 'contact-event' : null
  if (names.has('contactid') && names.has('eventtype')) return 'contact-event'
  if ('ContactId' in payload && ['InitiationMethod', 'InitiationTimestamp', 'LastUpdateTimestamp'].some((name) => name in payload)) {
    return 'contact-record'
  }
  return null
}

/** Whether `payload` is an EventBridge event, of whatever kind. */
export function isEventBridge(payload: JsonObject): boolean {
  return typeof payload['detail-type'] === 'string' && isJsonObject(payload['detail'])
}

/** The product is being renamed, so `Connect Customer Contact Event` is read as well as `Amazon Connect Contact Event`. */
function detectDetailType(detailType: string): SourceKind | null {
  if (/\bcontact event$/i.test(detailType)) return 'contact-event'
  if (/\bcontact lens\b.* (matched|analysis state change)$/i.test(detailType)) return 'contact-lens'
  return null
}

const voiceEventTypes = new Set<Json | undefined>(['STARTED', 'SEGMENTS', 'COMPLETED', 'FAILED'])

/**
 * COMPLETED is a type of contact events too, and those may be spelt ContactId and EventType: they have an instance ARN, segments a bare
 * id. With bare ids a type that nobody knows yet is Contact Lens as well.
 */
function isVoiceLens(payload: JsonObject, lowerCaseNames: ReadonlySet<string>): boolean {
  if (!('ContactId' in payload) || lowerCaseNames.has('instancearn')) return false
  return voiceEventTypes.has(payload['EventType']) || ('EventType' in payload && 'InstanceId' in payload && 'AccountId' in payload)
}
