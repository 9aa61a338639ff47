import type { JsonObject } from '#kernel/json'
import type { z } from 'zod'
import type { LensEvent } from '../domain.ts'
import { analysisStateWire, ruleMatchWire, toAnalysisState, toRuleMatch } from './event-bridge.ts'
import { postContactWire, toPostContactEvent } from './post-contact.ts'
import { chatStreamWire, toChatStreamEvent, toVoiceStreamEvent, voiceStreamWire } from './stream.ts'

type LensShape = 'ruleMatch' | 'analysisState' | 'postContact' | 'chatStream' | 'voiceStream'

/** Which of the five shapes; anything else is read as the voice stream, whose schema then says what is missing. */
function lensShapeOf(payload: JsonObject): LensShape {
  const detailType = payload['detail-type']
  if (typeof detailType === 'string') return /state change$/i.test(detailType) ? 'analysisState' : 'ruleMatch'
  if (isPostContact(payload)) return 'postContact'
  return 'StreamingEventType' in payload || payload['Channel'] === 'CHAT' ? 'chatStream' : 'voiceStream'
}

export function isPostContact(payload: JsonObject): boolean {
  return 'CustomerMetadata' in payload || 'JobStatus' in payload || 'ConversationCharacteristics' in payload
}

interface LensReader {
  schema: z.ZodType
  /** Where the shape names its contact. Pages of the polling APIs name none. */
  contactPath: readonly string[]
  /** For a payload the schema has passed. */
  read(payload: JsonObject): LensEvent
}

const shapes: Record<LensShape, LensReader> = {
  ruleMatch: reader(ruleMatchWire, ['detail', 'contactArn'], toRuleMatch),
  analysisState: reader(analysisStateWire, ['detail', 'contact'], toAnalysisState),
  postContact: reader(postContactWire, ['CustomerMetadata', 'ContactId'], toPostContactEvent),
  chatStream: reader(chatStreamWire, ['ContactId'], toChatStreamEvent),
  voiceStream: reader(voiceStreamWire, ['ContactId'], toVoiceStreamEvent),
}

export function lensReaderOf(payload: JsonObject): LensReader {
  return shapes[lensShapeOf(payload)]
}

export function toLensEvent(payload: JsonObject): LensEvent {
  return lensReaderOf(payload).read(payload)
}

/** Gives a checked payload its wire type: true because schemas transform nothing, so what passed is of the inferred type. */
function reader<S extends z.ZodType>(schema: S, contactPath: readonly string[], to: (wire: z.infer<S>) => LensEvent): LensReader {
  return { schema, contactPath, read: (payload) => to(payload as z.infer<S>) }
}
