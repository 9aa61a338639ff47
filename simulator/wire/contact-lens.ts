import type { Json, JsonObject } from '#kernel/json'
import { toPieces, type Turn } from '../conversation.ts'
import type { Contact, LensSession, World } from '../model.ts'
import { categories } from '../phrases.ts'
import { toMillisText } from './times.ts'

/** From the end of the words to the piece, and from there to the whole turn with its tone. */
const PIECE_DELAY_MS = 250
const TURN_DELAY_MS = 550

/** Sends the session marks STARTED and COMPLETED. */
export function sendLensMark(world: World, contact: Contact, type: 'STARTED' | 'COMPLETED'): void {
  // The last words are still on their way when the contact ends.
  const delayMs = type === 'COMPLETED' ? 1200 : 0
  world.send('contact-lens', { ...head(world, contact), [contact.channel === 'VOICE' ? 'EventType' : 'StreamingEventType']: type }, delayMs)
}

/** Sends one turn as it is spoken: pieces, the turn, then the categories it makes match. Called when the turn begins. */
export function sendTurn(world: World, contact: Contact, session: LensSession, turn: Turn): void {
  if (contact.channel === 'CHAT') return sendChatMessage(world, contact, session, turn)
  const turnId = world.ids.uuid()
  const speaker = { ParticipantId: turn.role, ParticipantRole: turn.role }
  for (const piece of toPieces(turn, world.talk.whole(4, 6))) {
    const utterance = {
      Id: world.ids.uuid(),
      TranscriptId: turnId,
      ...speaker,
      PartialContent: piece.text,
      BeginOffsetMillis: piece.beginMs,
      EndOffsetMillis: piece.endMs,
    }
    sendSegments(world, contact, [{ Utterance: utterance }], piece.endMs - turn.beginMs + PIECE_DELAY_MS)
  }
  const segments: JsonObject[] = [
    {
      Transcript: {
        Id: turnId,
        ...speaker,
        Content: turn.text,
        BeginOffsetMillis: turn.beginMs,
        EndOffsetMillis: turn.endMs,
        Sentiment: turn.tone,
      },
    },
  ]
  const matched = matchCategories(session, turn)
  if (matched.length > 0) {
    const points = [{ BeginOffsetMillis: turn.beginMs, EndOffsetMillis: turn.endMs }]
    const details = Object.fromEntries(matched.map((name): [string, Json] => [name, { PointsOfInterest: points }]))
    segments.push({ Categories: { MatchedCategories: matched, MatchedDetails: details } })
  }
  sendSegments(world, contact, segments, turn.endMs - turn.beginMs + TURN_DELAY_MS)
}

function sendChatMessage(world: World, contact: Contact, session: LensSession, turn: Turn): void {
  const id = world.ids.uuid()
  const segments: JsonObject[] = [
    {
      Transcript: {
        Id: id,
        ParticipantId: session.participantIds[turn.role],
        ParticipantRole: turn.role,
        DisplayName: turn.role === 'AGENT' ? (contact.agent?.person.firstName ?? 'Agent') : 'Customer',
        Content: turn.text,
        ContentType: 'text/plain',
        Time: { AbsoluteTime: toMillisText(world.schedule.now()) },
        Sentiment: turn.tone,
      },
    },
  ]
  const matched = matchCategories(session, turn)
  if (matched.length > 0) {
    const items = [{ Id: id, CharacterOffsets: { BeginOffsetChar: 0, EndOffsetChar: turn.text.length } }]
    const details = Object.fromEntries(matched.map((name): [string, Json] => [name, { PointsOfInterest: [{ TranscriptItems: items }] }]))
    segments.push({ Categories: { MatchedDetails: details } })
  }
  sendSegments(world, contact, segments, TURN_DELAY_MS)
}

function sendSegments(world: World, contact: Contact, segments: JsonObject[], delayMs: number): void {
  const type = contact.channel === 'VOICE' ? { EventType: 'SEGMENTS' } : { StreamingEventType: 'SEGMENTS', OutputType: 'Raw' }
  world.send('contact-lens', { ...head(world, contact), ...type, Segments: segments }, delayMs)
}

function head({ centre }: World, { id, channel, queue }: Contact): JsonObject {
  const common = { Channel: channel, AccountId: centre.accountId, InstanceId: centre.instanceId, ContactId: id }
  return channel === 'VOICE'
    ? { Version: '1.0.0', ...common, LanguageCode: queue.language }
    : { Version: '2.0.0', ...common, StreamingSettings: { LanguageCode: queue.language, Output: 'Raw' } }
}

/** A category is reported once per contact. */
function matchCategories(session: LensSession, turn: Turn): string[] {
  const found = categories.filter(({ name, words }) => !session.matched.has(name) && words.test(turn.text)).map(({ name }) => name)
  for (const name of found) session.matched.add(name)
  return found
}
