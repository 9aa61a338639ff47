import { z } from 'zod'
import type { LensCategory, LensTurn, Sentiment } from '../domain.ts'
import { toOptionalEpochMs } from '../timestamp.ts'
import { idWire, optionalNumber, optionalText, optionalTimestamp, toOptionalText } from '../wire.ts'

/** What a voice and a chat segment stream have in common: admin guide, "Access Contact Lens analytics for voice and chat contacts using Amazon Kinesis Data Streams". */

/** Voice points are offsets, chat points name transcript items; empty: matched on the whole contact. */
export const categoriesWire = z.object({
  // Absent in chat.
  MatchedCategories: z.array(z.string()).nullish(),
  MatchedDetails: z
    .record(
      z.string(),
      z.object({ PointsOfInterest: z.array(z.object({ BeginOffsetMillis: optionalNumber, EndOffsetMillis: optionalNumber })).nullish() }),
    )
    .nullish(),
})

/** Content is there when Status is COMPLETED. */
export const summaryWire = z.object({ Content: optionalText, Status: optionalText })

export const voiceTranscriptWire = z.object({
  Id: idWire,
  ParticipantId: optionalText,
  // Post-contact voice files name the participant only.
  ParticipantRole: optionalText,
  Content: z.string(),
  BeginOffsetMillis: z.number(),
  EndOffsetMillis: z.number(),
  Sentiment: optionalText,
})

export const chatTranscriptWire = z.object({
  Id: idWire,
  ParticipantId: optionalText,
  ParticipantRole: optionalText,
  Content: z.string(),
  ContentType: optionalText,
  // A union of which AbsoluteTime is the only member seen.
  Time: z.object({ AbsoluteTime: optionalTimestamp }).nullish(),
  Sentiment: optionalText,
})

export const utteranceWire = z.object({
  Id: idWire,
  TranscriptId: idWire,
  ParticipantId: optionalText,
  ParticipantRole: optionalText,
  PartialContent: z.string(),
  BeginOffsetMillis: z.number(),
  EndOffsetMillis: z.number(),
})

type TranscriptWire = z.infer<typeof voiceTranscriptWire> | z.infer<typeof chatTranscriptWire>

export function toUtterance(wire: z.infer<typeof utteranceWire>): LensTurn {
  return {
    type: 'utterance',
    segmentId: wire.Id,
    turnId: wire.TranscriptId,
    participantId: toOptionalText(wire.ParticipantId),
    participantRole: toRole(wire.ParticipantRole, wire.ParticipantId),
    text: wire.PartialContent,
    contentType: null,
    sentiment: null,
    beginOffsetMs: wire.BeginOffsetMillis,
    endOffsetMs: wire.EndOffsetMillis,
    saidAt: null,
  }
}

export function toTurn(wire: TranscriptWire): LensTurn {
  return {
    type: 'turn',
    segmentId: wire.Id,
    turnId: wire.Id,
    participantId: toOptionalText(wire.ParticipantId),
    participantRole: toRole(wire.ParticipantRole, wire.ParticipantId),
    text: wire.Content,
    contentType: 'ContentType' in wire ? toOptionalText(wire.ContentType) : null,
    sentiment: toSentiment(wire.Sentiment),
    beginOffsetMs: 'BeginOffsetMillis' in wire ? wire.BeginOffsetMillis : null,
    endOffsetMs: 'EndOffsetMillis' in wire ? wire.EndOffsetMillis : null,
    saidAt: 'Time' in wire ? toOptionalEpochMs(wire.Time?.AbsoluteTime) : null,
  }
}

/** Voice participants are called by their role; a chat participant's id is a UUID and says nothing. */
const speakingIds = new Set(['AGENT', 'CUSTOMER', 'SYSTEM'])

export function toRole(role: string | null | undefined, participantId: string | null | undefined): string {
  return toOptionalText(role) ?? (speakingIds.has(participantId ?? '') ? (participantId ?? '') : 'UNKNOWN')
}

/** Values outside the four known ones carry no tone we could count. */
export function toSentiment(text: string | null | undefined): Sentiment | null {
  return text === 'POSITIVE' || text === 'NEUTRAL' || text === 'NEGATIVE' || text === 'MIXED' ? text : null
}

export function toCategories(wire: z.infer<typeof categoriesWire> | null | undefined): LensCategory[] {
  const details = wire?.MatchedDetails ?? {}
  const names = new Set([...(wire?.MatchedCategories ?? []), ...Object.keys(details)])
  return [...names].map((name) => ({ name, points: toPoints(details[name]?.PointsOfInterest) }))
}

function toPoints(
  wire: readonly { BeginOffsetMillis?: number | null | undefined; EndOffsetMillis?: number | null | undefined }[] | null | undefined,
) {
  return (wire ?? []).flatMap(({ BeginOffsetMillis: begin, EndOffsetMillis: end }) =>
    typeof begin === 'number' && typeof end === 'number' ? [[begin, end] as const] : [],
  )
}

/** Counts by name; names come from outside, so a plain object as accumulator would meet `constructor` and the like. */
export function countNames(names: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return Object.fromEntries(counts)
}

export function latestSaidAt(turns: readonly LensTurn[]): number | null {
  return turns.reduce<number | null>(
    (latest, { saidAt }) => (saidAt !== null && (latest === null || saidAt > latest) ? saidAt : latest),
    null,
  )
}
