import type { Json, JsonObject } from '#kernel/json'

/** A contact as the segment APIs know it. */
export interface Analysed {
  contactId: string
  instanceId: string
  channel: 'VOICE' | 'CHAT'
  /** Chat: raw or with names and numbers taken out. Voice is always raw while it goes on. */
  outputType: 'Raw' | 'Redacted'
}

/**
 * Segments of an API page as the stream would have sent them, one message each: read again, after a restart or with another page
 * length, a segment is the same message. Ids are those of the stream, so that a turn from both ways is one turn.
 */
export function toStreamMessages(segments: readonly object[], contact: Analysed): JsonObject[] {
  return segments.map((segment) => ({ ...headOf(contact, 'SEGMENTS'), Segments: [toWire(segment)] }))
}

/** What the stream says at the end of an analysis. */
export function toEndMessage(contact: Analysed, type: 'COMPLETED' | 'FAILED'): JsonObject {
  return headOf(contact, type)
}

function headOf({ contactId, instanceId, channel, outputType }: Analysed, type: string): JsonObject {
  const common = { Channel: channel, InstanceId: instanceId, ContactId: contactId }
  return channel === 'VOICE'
    ? { Version: '1.0.0', ...common, EventType: type }
    : { Version: '2.0.0', ...common, StreamingEventType: type, OutputType: outputType }
}

/** As it was on the wire: dates as text, and a kind the client does not know under its own name. */
function toWire(segment: object): Json {
  const wire = JSON.parse(JSON.stringify(segment)) as JsonObject
  const unknown = wire['$unknown']
  return Array.isArray(unknown) && typeof unknown[0] === 'string' ? { [unknown[0]]: unknown[1] ?? null } : wire
}
