import { canonicalJson, isJsonObject, type JsonObject } from '#kernel/json'
import type { SourceKind } from './envelope.ts'

/** The id Amazon gave this message: `EventId` of an agent event, EventBridge's `id`. Records and segments have none. */
export function ownIdOf(kind: SourceKind, payload: JsonObject): string | null {
  const id = kind === 'agent-event' ? payload['EventId'] : isJsonObject(payload['detail']) ? payload['id'] : null
  return typeof id === 'string' && id !== '' && id.length <= 256 ? id : null
}

/**
 * "Is this the same message?" Take it from the payload as received, before masking: two messages that mask to the same text
 * stay two. `sha256` is given in because hashing is not the same everywhere this runs.
 */
export function identityOf(kind: SourceKind, payload: JsonObject, sha256: (text: string) => string): string {
  const own = ownIdOf(kind, payload)
  if (own === null) return sha256(canonicalJson(payload))
  // A redelivered EventBridge event is the same to the letter. Events that share an id and differ (the guide's own samples do) are
  // two events, so what they are about is part of the identity.
  return kind === 'agent-event'
    ? own
    : `${own}/${sha256(canonicalJson([payload['detail-type'] ?? null, payload['detail'] ?? null])).slice(0, 16)}`
}
