import { canonicalJson, decodeUtf8, isJsonObject, parseJson } from '#kernel/json'
import { sha256Hex } from '#kernel/node/hash'
import { decodePayload } from '#events/decode'
import { FUTURE_TOLERANCE_MS, type DeadReason } from '#events/envelope'
import { identityOf } from '#events/identity'
import type { Arrival, DeadReading, Element, Reading } from './arrival.ts'

/** Larger messages are not parsed. Kinesis allows up to 10 MiB by setting; the log takes 8 MiB. */
const MAX_MESSAGE_BYTES = 8 * 1024 * 1024
const encoder = new TextEncoder()

/** Reads one message, or says why it cannot be read. Never throws on input. */
export function readElement(element: Element, arrival: Arrival, now: number): Reading {
  const dead = (reason: DeadReason, message: string): DeadReading => ({ ok: false, reason, message, bytes: bytesOf(element) })
  if ('bytes' in element && element.damage !== undefined) return dead('damaged', element.damage)
  if ('bytes' in element && element.bytes.byteLength > MAX_MESSAGE_BYTES)
    return dead('too-large', `${element.bytes.byteLength} bytes, at most ${MAX_MESSAGE_BYTES}`)
  const parsed = 'value' in element ? { ok: true as const, value: element.value } : parseBytes(element.bytes)
  if (!parsed.ok) return dead(parsed.fault, parsed.message)
  if (!isJsonObject(parsed.value)) return dead('not-an-object', 'a JSON object is expected')

  const decoded = decodePayload(parsed.value, arrival.kind)
  if (!decoded.ok) return dead(decoded.reason, decoded.message)
  // Voice segments carry no clock: they happened, as far as anybody can tell, when they arrived.
  const eventTime = decoded.eventTime ?? arrival.arrivalTime
  // As unwrapped: a message that came through SNS or SQS is the event inside.
  const { kind, event, key, payload } = decoded
  const id = arrival.knownAs ?? identityOf(kind, payload, sha256Hex)
  if (eventTime > now + FUTURE_TOLERANCE_MS)
    return { ...dead('event-time-in-future', `event time ${new Date(eventTime).toISOString()} is ahead of ours`), id }
  return { ok: true, kind, event, key, eventTime, payload, identity: `${kind} ${id}` }
}

function parseBytes(bytes: Uint8Array): ReturnType<typeof parseJson> {
  const text = decodeUtf8(bytes)
  return text === undefined ? { ok: false, fault: 'invalid-utf8', message: 'not UTF-8' } : parseJson(text)
}

function bytesOf(element: Element): Uint8Array {
  return 'bytes' in element ? element.bytes : encoder.encode(canonicalJson(element.value))
}
