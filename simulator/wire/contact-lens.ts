import type { JsonObject } from '#kernel/json'
import type { Turn } from '../conversation/plan.ts'
import type { Piece } from '../conversation/speech.ts'
import type { Span } from '../conversation/template.ts'
import { toMillisText } from './times.ts'

/**
 * Real-time segment streams as the admin guide shows them in "Access Contact Lens analytics for voice and chat contacts using Amazon
 * Kinesis Data Streams": voice 1.0.0 with offsets and no clock, chat 2.0.0 with wall time.
 */

/** Whose contacts they are. */
export interface Owner {
  accountId: string
  instanceId: string
}

export interface Analysed {
  id: string
  /** VOICE or CHAT; nothing else is analysed as it happens. */
  channel: string
  queue: { language: string }
}

type Mark = 'STARTED' | 'COMPLETED' | 'FAILED'

export function lensMark({ accountId, instanceId }: Owner, { id, channel, queue }: Analysed, type: Mark): JsonObject {
  const to = { AccountId: accountId, InstanceId: instanceId, ContactId: id }
  if (channel === 'VOICE') return { Version: '1.0.0', Channel: 'VOICE', ...to, LanguageCode: queue.language, EventType: type }
  const settings = { LanguageCode: queue.language, Output: 'Raw' }
  const head = { Version: '2.0.0', Channel: 'CHAT', ...to, StreamingEventType: type }
  // The guide spells the key in two ways.
  return type === 'STARTED' ? { ...head, StreamingSettings: settings } : { ...head, StreamingEventSettings: settings }
}

export function lensSegments({ accountId, instanceId }: Owner, { id, channel, queue }: Analysed, segments: JsonObject[]): JsonObject {
  return channel === 'VOICE'
    ? {
        Version: '1.0.0',
        Channel: 'VOICE',
        AccountId: accountId,
        InstanceId: instanceId,
        ContactId: id,
        LanguageCode: queue.language,
        EventType: 'SEGMENTS',
        Segments: segments,
      }
    : {
        Version: '2.0.0',
        Channel: 'CHAT',
        AccountId: accountId,
        InstanceId: instanceId,
        ContactId: id,
        OutputType: 'Raw',
        StreamingEventType: 'SEGMENTS',
        StreamingSettings: { LanguageCode: queue.language, Output: 'Raw' },
        Segments: segments,
      }
}

export function utterance(id: string, turnId: string, role: Turn['role'], piece: Piece): JsonObject {
  return {
    Utterance: {
      Id: id,
      TranscriptId: turnId,
      ParticipantId: role,
      ParticipantRole: role,
      PartialContent: piece.text,
      BeginOffsetMillis: piece.beginMs,
      EndOffsetMillis: piece.endMs,
    },
  }
}

export function voiceTranscript(turnId: string, turn: Turn): JsonObject {
  const transcript: JsonObject = {
    Id: turnId,
    ParticipantId: turn.role,
    ParticipantRole: turn.role,
    Content: turn.text,
    BeginOffsetMillis: turn.beginMs,
    EndOffsetMillis: turn.endMs,
    Sentiment: turn.tone,
  }
  if (turn.issue) transcript['IssuesDetected'] = [{ CharacterOffsets: offsets(turn.issue) }]
  return { Transcript: transcript }
}

export function voiceCategories(names: readonly string[], turn: Turn): JsonObject {
  const details: JsonObject = {}
  for (const name of names) details[name] = { PointsOfInterest: [{ BeginOffsetMillis: turn.beginMs, EndOffsetMillis: turn.endMs }] }
  return { Categories: { MatchedCategories: [...names], MatchedDetails: details } }
}

export interface ChatParticipant {
  id: string
  role: Turn['role']
  name: string
}

const person = ({ id, role, name }: ChatParticipant): JsonObject => ({ ParticipantId: id, ParticipantRole: role, DisplayName: name })

export function chatTranscript(turnId: string, from: ChatParticipant, turn: Turn, at: number): JsonObject {
  return {
    Transcript: {
      Id: turnId,
      ...person(from),
      Content: turn.text,
      ContentType: 'text/plain',
      Time: { AbsoluteTime: toMillisText(at) },
      Sentiment: turn.tone,
    },
  }
}

export function chatIssue(turnId: string, text: string, issue: Span): JsonObject {
  const item = { Content: text.slice(issue.begin, issue.end), Id: turnId, CharacterOffsets: offsets(issue) }
  return { Issues: { IssuesDetected: [{ TranscriptItems: [item] }] } }
}

export function chatCategories(names: readonly string[], turnId: string, text: string): JsonObject {
  const details: JsonObject = {}
  for (const name of names) {
    details[name] = {
      PointsOfInterest: [{ TranscriptItems: [{ Id: turnId, CharacterOffsets: offsets({ begin: 0, end: text.length }) }] }],
    }
  }
  return { Categories: { MatchedDetails: details } }
}

export function participantLeft(id: string, who: ChatParticipant, at: number): JsonObject {
  const type = 'application/vnd.amazonaws.connect.event.participant.left'
  return { Event: { Id: id, ...person(who), EventType: type, Time: { AbsoluteTime: toMillisText(at) } } }
}

const offsets = ({ begin, end }: Span): JsonObject => ({ BeginOffsetChar: begin, EndOffsetChar: end })
