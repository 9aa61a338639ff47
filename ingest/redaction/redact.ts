import type { JsonObject } from '#kernel/json'
import type { Telemetry } from '#kernel/telemetry'
import type { Reading } from '../arrival.ts'
import { createConversation, listen } from './conversation.ts'
import { createConversations } from './conversations.ts'
import { redactBytes } from './dead-bytes.ts'
import { createDetectors, findHits, type Hit } from './detectors.ts'
import { hide, type RedactionMode } from './hide.ts'
import { talkOf } from './lens-talk.ts'
import type { NameFinder } from './names.ts'
import { redactJson, type Judged, type Redacting } from './payload.ts'
import { scan } from './scanned.ts'

/** Hides personal data in what was read, before anything of it is stored. Identity and key are taken before, and stay; so does the
 * event as read, of which only ids and times are kept (as observations). */
export type Redact = (reading: Reading) => Reading

export interface RedactionConfig {
  mode: RedactionMode | 'off'
  /** Names of people to hide. */
  names?: NameFinder | undefined
  /** Other processes may read messages of the same conversation, so nothing is ever certain about what was said before. */
  isShared: boolean
}

/** Some kilobytes each at most. */
const MAX_CONVERSATIONS = 20_000

export const asSent: Redact = (reading) => reading

export function createRedact({ mode, names, isShared }: RedactionConfig, { telemetry }: { telemetry: Telemetry }): Redact {
  if (mode === 'off') return asSent
  const detectors = createDetectors(names)
  const conversations = createConversations(MAX_CONVERSATIONS)
  const found = (hits: readonly Hit[]): void => {
    for (const { detector } of hits) telemetry.count('redacted_total', { detector })
  }
  const plainly: Redacting = { mode, detectors, languageCode: null, judged: new Map(), found }

  const redactLens = (payload: JsonObject): JsonObject => {
    const talk = talkOf(payload)
    if (!talk) return redactJson(payload, 'text', plainly) as JsonObject
    const { contactId, languageCode, origin, isStart, isEnd, pieces } = talk
    const conversation = origin === 'file' ? createConversation(true) : conversations.of(contactId, isStart)
    const said = pieces.map((piece) => piece.said)
    const hits = listen(conversation, said, { languageCode, detectors, isShared: isShared && origin === 'stream' })
    const judged = new Map<JsonObject, Judged>(pieces.map(({ holder, member }, i) => [holder, { member, hits: hits[i]! }]))
    found(hits.flat())
    if (isEnd && origin === 'stream') conversations.end(contactId)
    telemetry.gauge('redaction_conversations', {}, conversations.size())
    return redactJson(payload, 'text', { ...plainly, languageCode, judged }) as JsonObject
  }

  return function redact(reading) {
    if (!reading.ok) {
      const { message } = reading
      return {
        ...reading,
        bytes: redactBytes(reading.bytes, plainly),
        message: hide(message, findHits(scan(message, { languageCode: null }), detectors), 'mask'),
      }
    }
    const { kind, payload } = reading
    if (kind === 'contact-lens') return { ...reading, payload: redactLens(payload) }
    return { ...reading, payload: redactJson(payload, kind === 'agent-event' ? 'payment' : 'text', plainly) as JsonObject }
  }
}
