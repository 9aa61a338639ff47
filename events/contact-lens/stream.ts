import { z } from 'zod'
import type { LensEvent, LensTurn } from '../domain.ts'
import { idWire, optionalText, toOptionalChannel, toOptionalText } from '../wire.ts'
import {
  categoriesWire,
  chatTranscriptWire,
  countNames,
  latestSaidAt,
  summaryWire,
  toCategories,
  toTurn,
  toUtterance,
  utteranceWire,
  voiceTranscriptWire,
} from './segments.ts'

/**
 * Real-time segments, voice and chat. Each element of Segments holds exactly one kind; kinds we do not read are counted.
 * Voice carries no clock at all; chat turns carry their wall time and no offsets.
 */

const voiceSegmentWire = z.looseObject({
  Utterance: utteranceWire.nullish(),
  Transcript: voiceTranscriptWire.nullish(),
  Categories: categoriesWire.nullish(),
  PostContactSummary: summaryWire.nullish(),
})

const chatSegmentWire = z.looseObject({
  Transcript: chatTranscriptWire.nullish(),
  Categories: categoriesWire.nullish(),
  PostContactSummary: summaryWire.nullish(),
})

const settingsWire = z.object({ LanguageCode: optionalText, Output: optionalText }).nullish()

const common = {
  ContactId: idWire,
  // A bare id, not an ARN.
  InstanceId: optionalText,
  Channel: optionalText,
  // The guide's model lists it beside Segments, its sample inside.
  PostContactSummary: summaryWire.nullish(),
}

export const voiceStreamWire = z
  .object({ ...common, LanguageCode: optionalText, EventType: optionalText, Segments: z.array(voiceSegmentWire).nullish() })
  .refine((wire) => hasType(wire.EventType, wire.Segments), { path: ['EventType'], message: 'is missing' })

export const chatStreamWire = z
  .object({
    ...common,
    StreamingEventType: optionalText,
    // STARTED and SEGMENTS samples spell it StreamingSettings, COMPLETED and FAILED ones StreamingEventSettings.
    StreamingSettings: settingsWire,
    StreamingEventSettings: settingsWire,
    OutputType: optionalText,
    Segments: z.array(chatSegmentWire).nullish(),
  })
  .refine((wire) => hasType(wire.StreamingEventType, wire.Segments), { path: ['StreamingEventType'], message: 'is missing' })

type VoiceStreamWire = z.infer<typeof voiceStreamWire>
type ChatStreamWire = z.infer<typeof chatStreamWire>

export function toVoiceStreamEvent(wire: VoiceStreamWire): LensEvent {
  const read = readSegments(wire.Segments ?? [], voiceKinds)
  return {
    kind: 'contact-lens',
    origin: 'stream',
    type: toOptionalText(wire.EventType) ?? 'SEGMENTS',
    eventTime: null,
    contactId: wire.ContactId,
    instanceId: toOptionalText(wire.InstanceId),
    channel: toOptionalChannel(wire.Channel),
    languageCode: toOptionalText(wire.LanguageCode),
    // Redaction is applied after the call.
    outputType: 'raw',
    turns: read.turns,
    categories: read.categories,
    summary: read.summary ?? toOptionalText(wire.PostContactSummary?.Content),
    ruleName: null,
    skipped: read.skipped,
  }
}

export function toChatStreamEvent(wire: ChatStreamWire): LensEvent {
  const read = readSegments(wire.Segments ?? [], chatKinds)
  const settings = wire.StreamingSettings ?? wire.StreamingEventSettings
  return {
    kind: 'contact-lens',
    origin: 'stream',
    type: toOptionalText(wire.StreamingEventType) ?? 'SEGMENTS',
    eventTime: latestSaidAt(read.turns),
    contactId: wire.ContactId,
    instanceId: toOptionalText(wire.InstanceId),
    channel: toOptionalChannel(wire.Channel),
    languageCode: toOptionalText(settings?.LanguageCode),
    outputType: (toOptionalText(wire.OutputType) ?? settings?.Output) === 'Redacted' ? 'redacted' : 'raw',
    turns: read.turns,
    categories: read.categories,
    summary: read.summary ?? toOptionalText(wire.PostContactSummary?.Content),
    ruleName: null,
    skipped: read.skipped,
  }
}

function hasType(type: string | null | undefined, segments: readonly object[] | null | undefined): boolean {
  return toOptionalText(type) !== null || (segments !== null && segments !== undefined)
}

interface SegmentWire {
  Utterance?: z.infer<typeof utteranceWire> | null | undefined
  Transcript?: z.infer<typeof voiceTranscriptWire> | z.infer<typeof chatTranscriptWire> | null | undefined
  Categories?: z.infer<typeof categoriesWire> | null | undefined
  PostContactSummary?: z.infer<typeof summaryWire> | null | undefined
}

/** `known` are the kinds the caller's schema has checked; the others are only counted. */
function readSegments(
  segments: readonly SegmentWire[],
  known: ReadonlySet<string>,
): Pick<LensEvent, 'turns' | 'categories' | 'summary' | 'skipped'> {
  const turns: LensTurn[] = []
  const skipped: string[] = []
  let summary: string | null = null
  for (const segment of segments) {
    if (segment.Utterance && known.has('Utterance')) turns.push(toUtterance(segment.Utterance))
    if (segment.Transcript) turns.push(toTurn(segment.Transcript))
    if (segment.PostContactSummary) summary = toOptionalText(segment.PostContactSummary.Content)
    for (const [name, value] of Object.entries(segment)) if (value !== null && !known.has(name)) skipped.push(name)
  }
  return { turns, categories: segments.flatMap((segment) => toCategories(segment.Categories)), summary, skipped: countNames(skipped) }
}

const voiceKinds = new Set(Object.keys(voiceSegmentWire.shape))
const chatKinds = new Set(Object.keys(chatSegmentWire.shape))
