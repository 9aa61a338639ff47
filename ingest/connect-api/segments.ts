import {
  ListRealtimeContactAnalysisSegmentsV2Command,
  type RealTimeContactAnalysisSegmentType,
  type RealtimeContactAnalysisSegment,
} from '@aws-sdk/client-connect'
import {
  ListRealtimeContactAnalysisSegmentsCommand,
  type RealtimeContactAnalysisSegment as VoiceSegment,
} from '@aws-sdk/client-connect-contact-lens'
import type { Clock } from '#kernel/clock'
import type { JsonObject } from '#kernel/json'
import type { Telemetry } from '#kernel/telemetry'
import type { IngestDoor } from '../door.ts'
import type { Source } from '../source.ts'
import type { Abortable, ConnectApi } from './api.ts'
import type { LiveContacts } from './live-contacts.ts'
import { createLoopSource, type Step } from './loop.ts'
import { toEndMessage, toStreamMessages, type Analysed } from './segment-events.ts'
import { urgencyOf, type LiveContact } from './urgency.ts'

const LOOK_EVERY_MS = 1_000
const PAGE = 100
/** A contact the API does not know may not have begun to be analysed yet; each time it is asked for again later. */
const FIRST_ABSENCE_MS = 15_000
const LONGEST_ABSENCE_MS = 10 * 60_000
const MOST_ABSENCES = 8
const chatKinds: RealTimeContactAnalysisSegmentType[] = ['Transcript', 'Categories', 'Issues', 'Event', 'Attachments', 'PostContactSummary']

export interface SegmentDeps {
  api: ConnectApi
  contacts: LiveContacts
  door: IngestDoor
  clock: Clock
  telemetry: Telemetry
  /** Whether an alert rule looks at what is said in this queue. */
  isWatched: (queueId: string | null) => boolean
}

interface Page {
  segments: readonly (RealtimeContactAnalysisSegment | VoiceSegment)[]
  token: string | undefined
  /** How the analysis ended, if it has. */
  ended: 'COMPLETED' | 'FAILED' | undefined
}

/**
 * Reads what was said, of one channel: always the most urgent contact, a page at a time, as the budget allows. A page is in the log
 * before the next one is asked for. Voice and chat are two operations with an allowance each, hence two sources.
 */
export function createSegmentsSource(
  { name, source, channel }: { name: string; source: string; channel: 'VOICE' | 'CHAT' },
  deps: SegmentDeps,
): Source {
  const { api, contacts, door, clock, telemetry, isWatched } = deps
  const [operation, ask] =
    channel === 'VOICE'
      ? (['ListRealtimeContactAnalysisSegments', askVoice] as const)
      : (['ListRealtimeContactAnalysisSegmentsV2', askChat] as const)
  const tally = { found: 0, absent: 0 }

  const ranked = (): { contact: LiveContact; urgency: number }[] => {
    const due = [...contacts.all()].filter((contact) => contact.channel === channel)
    return due
      .map((contact) => ({ contact, urgency: urgencyOf(contact, clock.now(), isWatched) }))
      .filter(({ urgency }) => urgency > 0)
      .sort((a, b) => b.urgency - a.urgency)
  }
  const take = async (contact: Analysed, payloads: readonly JsonObject[]): Promise<void> => {
    if (payloads.length === 0) return
    const origin = `${operation}:${contact.instanceId}/${contact.contactId}`
    await door.take(
      payloads.map((value) => ({ value })),
      { source, origin, kind: 'contact-lens', arrivalTime: clock.now() },
    )
  }
  const keep = async (contact: LiveContact, { segments, token, ended }: Page): Promise<void> => {
    const analysed: Analysed = { contactId: contact.id, instanceId: api.instanceId, channel, outputType: contact.outputType }
    await take(analysed, toStreamMessages(segments, analysed))
    if (ended !== undefined) await take(analysed, [toEndMessage(analysed, ended)])
    // After a full page there is more at once.
    if (segments.length < PAGE) contact.readAt = clock.now()
    contact.token = token ?? contact.token
    contact.missing = 0
    contact.isDone ||= ended !== undefined
    tally.found++
    telemetry.count('connect_api_segments_total', { source, channel }, segments.length)
  }
  /** What the API says of one contact alone; everything else is a fault of the whole source. */
  const refuse = (contact: LiveContact, error: unknown): void => {
    const now = clock.now()
    const kind = error instanceof Error ? error.name : ''
    if (kind === 'OutputTypeNotFoundException' && contact.outputType === 'Raw') contact.outputType = 'Redacted'
    else if (kind === 'ResourceNotFoundException' || kind === 'OutputTypeNotFoundException') {
      tally.absent++
      contact.missing++
      contact.readAt = now
      contact.notBefore = now + Math.min(LONGEST_ABSENCE_MS, FIRST_ABSENCE_MS * 2 ** contact.missing)
      contact.isDone = contact.endedAt !== null || contact.missing >= MOST_ABSENCES
    } else if (kind === 'InvalidRequestException' && contact.token !== undefined) contact.token = undefined
    else if (kind === 'InvalidRequestException') contact.isDone = true
    else throw error
    telemetry.count('connect_api_contacts_refused_total', { source, reason: kind })
  }
  const step = async (signal: AbortSignal): Promise<Step> => {
    await contacts.readOn()
    const first = ranked()[0]
    if (!first) return { detail: detailOf(), waitMs: LOOK_EVERY_MS }
    let { contact } = first
    try {
      const page = await api.call(
        operation,
        (options) => {
          // Things may have changed while we waited for our turn.
          contact = ranked()[0]?.contact ?? contact
          return ask(api, contact, options)
        },
        { urgency: first.urgency, signal },
      )
      await keep(contact, page)
    } catch (error) {
      refuse(contact, error)
    }
    return { detail: detailOf(), waitMs: 0 }
  }
  const detailOf = (): string => {
    const followed = [...contacts.all()].filter((contact) => contact.channel === channel && !contact.isDone)
    const [longest] = ranked().map(({ contact }) => clock.now() - (contact.readAt ?? contact.connectedAt ?? clock.now()))
    const waiting = longest === undefined ? '' : `, most urgent unread for ${Math.round(longest / 1000)} s`
    const unknown = tally.found === 0 && tally.absent > 0 ? '; none of those asked for is analysed: is Contact Lens on in the flow?' : ''
    return `${followed.length} contacts${waiting}${unknown}`
  }
  return createLoopSource(name, deps, step)
}

async function askVoice({ lens, instanceId }: ConnectApi, { id, token }: LiveContact, options: Abortable): Promise<Page> {
  const answer = await lens.send(
    new ListRealtimeContactAnalysisSegmentsCommand({ InstanceId: instanceId, ContactId: id, MaxResults: PAGE, NextToken: token }),
    options,
  )
  // "If no NextToken is returned, the analysis has ended", well or badly.
  return { segments: answer.Segments ?? [], token: answer.NextToken, ended: answer.NextToken === undefined ? 'COMPLETED' : undefined }
}

async function askChat({ connect, instanceId }: ConnectApi, { id, token, outputType }: LiveContact, options: Abortable): Promise<Page> {
  const answer = await connect.send(
    new ListRealtimeContactAnalysisSegmentsV2Command({
      InstanceId: instanceId,
      ContactId: id,
      MaxResults: PAGE,
      NextToken: token,
      OutputType: outputType,
      SegmentTypes: chatKinds,
    }),
    options,
  )
  const isOver = answer.NextToken === undefined && answer.Status !== 'IN_PROGRESS'
  return {
    segments: answer.Segments ?? [],
    token: answer.NextToken,
    ended: !isOver ? undefined : answer.Status === 'FAILED' ? 'FAILED' : 'COMPLETED',
  }
}
