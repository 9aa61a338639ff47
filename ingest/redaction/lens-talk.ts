import { isJsonObject, type Json, type JsonObject } from '#kernel/json'
import { isPostContact } from '#events/contact-lens/lens-event'
import type { Said } from './conversation.ts'

/** What was said, in a Contact Lens message of any shape. */
export interface Talk {
  contactId: string
  languageCode: string | null
  /** `file`: the whole conversation at once. */
  origin: 'stream' | 'file'
  /** The stream says where a conversation begins and ends. */
  isStart: boolean
  isEnd: boolean
  pieces: readonly { holder: JsonObject; member: string; said: Said }[]
}

/** Voice that begins within this is the beginning of the conversation. */
const START_MS = 3_000

/** Null: nobody speaks in it (a rule match, a failed analysis). */
export function talkOf(payload: JsonObject): Talk | null {
  if (isPostContact(payload)) return fileTalk(payload)
  const type = payload['EventType'] ?? payload['StreamingEventType']
  if (type === undefined && !Array.isArray(payload['Segments'])) return null
  const output = textOf(payload['OutputType'])
  const pieces = listOf(payload['Segments']).flatMap((segment, i) => piecesOf(segment, i, output))
  const settings = payload['StreamingSettings'] ?? payload['StreamingEventSettings']
  const isEarly = pieces.some(({ holder }) => typeof holder['BeginOffsetMillis'] === 'number' && holder['BeginOffsetMillis'] < START_MS)
  return {
    contactId: textOf(payload['ContactId']),
    languageCode: textOf(payload['LanguageCode'] ?? (isJsonObject(settings) ? settings['LanguageCode'] : null)) || null,
    origin: 'stream',
    isStart: type === 'STARTED' || isEarly,
    isEnd: type === 'COMPLETED' || type === 'FAILED',
    pieces,
  }
}

function piecesOf(segment: JsonObject, i: number, output: string): Talk['pieces'] {
  const { Utterance: utterance, Transcript: turn } = segment
  return [
    ...(isJsonObject(utterance) ? pieceOf(utterance, 'PartialContent', i, output) : []),
    ...(isJsonObject(turn) ? pieceOf(turn, 'Content', i, output) : []),
  ]
}

function fileTalk(payload: JsonObject): Talk {
  return {
    contactId: '',
    languageCode: textOf(payload['LanguageCode']) || null,
    origin: 'file',
    isStart: true,
    isEnd: true,
    pieces: listOf(payload['Transcript']).flatMap((item, i) => pieceOf(item, 'Content', i, '')),
  }
}

function pieceOf(holder: JsonObject, member: string, i: number, output: string): Talk['pieces'] {
  const text = holder[member]
  if (typeof text !== 'string') return []
  const segmentId = textOf(holder['Id'])
  const speaker = `${textOf(holder['ParticipantRole'])} ${textOf(holder['ParticipantId'])} ${output}`
  const turnId = textOf(holder['TranscriptId']) || segmentId
  return [{ holder, member, said: { speaker, segmentId, turnId, isFinal: member === 'Content', order: orderOf(holder, i), text } }]
}

function orderOf(holder: JsonObject, i: number): number {
  const { BeginOffsetMillis: begin, Time: time, AbsoluteTime: absolute } = holder
  if (typeof begin === 'number') return begin
  const at = Date.parse(textOf(isJsonObject(time) ? time['AbsoluteTime'] : absolute))
  return Number.isNaN(at) ? i : at
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}
