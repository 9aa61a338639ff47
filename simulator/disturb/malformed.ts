import { isJsonObject, type Json, type JsonObject } from '#kernel/json'
import type { Random } from '../random.ts'
import type { WireEvent, WireKind } from '../stream.ts'

/** A byte from 0x80 on by itself, which no UTF-8 text holds: `toBytes` writes U+DC80–U+DCFF as that byte. */
const LONE_BYTES = ['\uDC80', '\uDCC3', '\uDCFF', '\uDCED\uDCA0\uDC80']

/** A broken message made from a good one, never readable as anything. One line, and possibly of no bytes at all. */
export function toMalformed(event: WireEvent, random: Random): WireEvent {
  const text = typeof event.payload === 'string' ? event.payload : JSON.stringify(event.payload)
  const payload = isJsonObject(event.payload)
    ? random.pick<() => string>([
        () => text.slice(0, random.whole(1, text.length - 1)),
        () => withLoneByte(text, random),
        () => wrongTypes(event.kind, event.payload as JsonObject, random),
        () => random.pick(['{}', '[]', 'null', '17', '""', '{"__proto__":{"admin":true}}']),
        () => `${text}}`,
        () => '['.repeat(80) + ']'.repeat(80),
        () => '<html>503 Service Unavailable</html>',
        () => '',
      ])()
    : random.pick<() => string>([
        () => text.slice(0, Math.max(1, text.indexOf('|'))),
        () => withLoneByte(text, random),
        () => '||||',
        () => '',
      ])()
  return { ...event, payload }
}

function withLoneByte(text: string, random: Random): string {
  const drawn = random.whole(0, text.length)
  // Never between the halves of a character: the first half and our byte would make another one.
  const at = /[\uD800-\uDBFF]/.test(text.charAt(drawn - 1)) ? drawn - 1 : drawn
  return text.slice(0, at) + random.pick(LONE_BYTES) + text.slice(at)
}

/** Each of these a reader must have with this type. */
const neededFields: Record<WireKind, readonly [path: readonly [string, ...string[]], wrong: Json][]> = {
  'agent-event': [
    [['AgentARN'], 17],
    [['EventTimestamp'], 'yesterday'],
    [['CurrentAgentSnapshot'], 'none'],
    [['EventType'], { Name: 'LOGIN' }],
  ],
  'contact-event': [
    [['detail', 'contactId'], 9],
    [['detail'], 'text'],
    [['detail', 'initiationTimestamp'], 'soon'],
    [['detail', 'eventType'], []],
  ],
  'contact-record': [
    [['ContactId'], 42],
    [['LastUpdateTimestamp'], false],
    [['Queue'], 'Billing'],
    [['InstanceARN'], ['arn']],
  ],
  'contact-lens': [
    [['ContactId'], {}],
    [['Segments'], 'none'],
    [['Segments'], [{ Transcript: 5 }]],
    [['Channel'], 3],
  ],
  'softphone-report': [],
  'queue-log': [],
}

function wrongTypes(kind: WireKind, payload: JsonObject, random: Random): string {
  const known = neededFields[kind]
  if (known.length === 0) return JSON.stringify(Object.fromEntries(Object.keys(payload).map((name) => [name, [{ [name]: null }]])))
  const [[name, inner], wrong] = random.pick(known)
  const outer = payload[name]
  return JSON.stringify({ ...payload, [name]: inner !== undefined && isJsonObject(outer) ? { ...outer, [inner]: wrong } : wrong })
}
