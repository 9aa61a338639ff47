import { z } from 'zod'
import type { LensEvent, LensTurn } from '../domain.ts'
import { toOptionalEpochMs } from '../timestamp.ts'
import { idWire, optionalNumber, optionalText, optionalTimestamp, toOptionalChannel, toOptionalText } from '../wire.ts'
import { categoriesWire, countNames, latestSaidAt, summaryWire, toCategories, toRole, toSentiment } from './segments.ts'

/**
 * The analysis file in S3: admin guide, "Example Contact Lens output files". Voice items name only a participant, chat items
 * carry role, type and wall time. The contact's id is in CustomerMetadata and nowhere else.
 */

const transcriptItemWire = z.object({
  Id: idWire,
  ParticipantId: optionalText,
  ParticipantRole: optionalText,
  // Chat only: MESSAGE, EVENT, ATTACHMENT.
  Type: optionalText,
  Content: optionalText,
  ContentType: optionalText,
  BeginOffsetMillis: optionalNumber,
  EndOffsetMillis: optionalNumber,
  AbsoluteTime: optionalTimestamp,
  Sentiment: optionalText,
})
type TranscriptItemWire = z.infer<typeof transcriptItemWire>

// Chat files judge groups of consecutive messages instead of single ones.
const groupWire = z.object({ Sentiment: optionalText, TranscriptItems: z.array(z.object({ Id: z.string() })).nullish() })

export const postContactWire = z.object({
  CustomerMetadata: z.object({ ContactId: idWire, InstanceId: optionalText }),
  Channel: optionalText,
  LanguageCode: optionalText,
  JobStatus: optionalText,
  ContentMetadata: z.object({ Output: optionalText }).nullish(),
  Participants: z.array(z.object({ ParticipantId: optionalText, ParticipantRole: optionalText })).nullish(),
  Categories: categoriesWire.nullish(),
  ConversationCharacteristics: z
    .object({
      ContactSummary: z.object({ PostContactSummary: summaryWire.nullish() }).nullish(),
      Sentiment: z.object({ DetailsByTranscriptItemGroup: z.array(groupWire).nullish() }).nullish(),
    })
    .nullish(),
  Transcript: z.array(transcriptItemWire).nullish(),
})
export type PostContactWire = z.infer<typeof postContactWire>

export function toPostContactEvent(wire: PostContactWire): LensEvent {
  const items = wire.Transcript ?? []
  const roles = new Map((wire.Participants ?? []).map((participant) => [participant.ParticipantId, participant.ParticipantRole]))
  const tones = groupTones(wire)
  const turns = items.filter(isSaid).map((item) => toFileTurn(item, roles.get(item.ParticipantId), tones.get(item.Id)))
  return {
    kind: 'contact-lens',
    origin: 'postContact',
    type: toOptionalText(wire.JobStatus) ?? 'COMPLETED',
    eventTime: latestSaidAt(turns),
    contactId: wire.CustomerMetadata.ContactId,
    instanceId: toOptionalText(wire.CustomerMetadata.InstanceId),
    channel: toOptionalChannel(wire.Channel),
    languageCode: toOptionalText(wire.LanguageCode),
    outputType: wire.ContentMetadata?.Output === 'Redacted' ? 'redacted' : 'raw',
    turns,
    categories: toCategories(wire.Categories),
    summary: toOptionalText(wire.ConversationCharacteristics?.ContactSummary?.PostContactSummary?.Content),
    ruleName: null,
    skipped: countNames(items.filter((item) => !isSaid(item)).map((item) => toOptionalText(item.Type) ?? 'empty')),
  }
}

function isSaid(item: TranscriptItemWire): boolean {
  return typeof item.Content === 'string' && (toOptionalText(item.Type) ?? 'MESSAGE') === 'MESSAGE'
}

function toFileTurn(item: TranscriptItemWire, listedRole: string | null | undefined, groupTone: string | null | undefined): LensTurn {
  return {
    type: 'turn',
    segmentId: item.Id,
    turnId: item.Id,
    participantId: toOptionalText(item.ParticipantId),
    participantRole: toRole(toOptionalText(item.ParticipantRole) ?? listedRole, item.ParticipantId),
    text: item.Content ?? '',
    contentType: toOptionalText(item.ContentType),
    sentiment: toSentiment(item.Sentiment ?? groupTone),
    beginOffsetMs: item.BeginOffsetMillis ?? null,
    endOffsetMs: item.EndOffsetMillis ?? null,
    saidAt: toOptionalEpochMs(item.AbsoluteTime),
  }
}

function groupTones(wire: PostContactWire): Map<string, string | null | undefined> {
  const groups = wire.ConversationCharacteristics?.Sentiment?.DetailsByTranscriptItemGroup ?? []
  return new Map(groups.flatMap((group) => (group.TranscriptItems ?? []).map((item) => [item.Id, group.Sentiment] as const)))
}
