import type { Json, JsonObject } from '#kernel/json'
import type { Contact, World } from '../model.ts'
import { toSecondsText, wholeSeconds } from './times.ts'

/** A good minute after the contact ended (seen between 62 and 68 s in real records). */
export const recordDelayMs = (world: World): number => world.load.whole(62_000, 68_000)

export function sendContactRecord(world: World, contact: Contact, delayMs: number): void {
  if (!world.wants('contact-record')) return
  world.send('contact-record', toRecord(world, contact, world.schedule.now() + delayMs - 1500), delayMs)
}

function toRecord({ centre }: World, contact: Contact, updatedAt: number): JsonObject {
  const isVoice = contact.channel === 'VOICE'
  const isTask = contact.channel === 'TASK'
  const { pauses } = contact
  return {
    AWSAccountId: centre.accountId,
    AWSContactTraceRecordFormatVersion: '2017-03-10',
    Agent: toAgent(contact),
    AgentConnectionAttempts: contact.attempts,
    AnsweringMachineDetectionStatus: contact.answeredBy,
    Attributes: { ...contact.attributes },
    Campaign: { CampaignId: contact.campaign?.id ?? null },
    Channel: contact.channel,
    ConnectedToSystemTimestamp: toSeconds(contact.onlineAt),
    ContactDetails: {},
    ContactId: contact.id,
    ContactLens: null,
    CustomerEndpoint: isVoice ? { Address: contact.customerNumber, Type: 'TELEPHONE_NUMBER' } : null,
    CustomerVoiceActivity: null,
    DisconnectDetails: contact.quality?.disconnectDetails ?? null,
    DisconnectReason: contact.disconnectReason,
    DisconnectTimestamp: toSeconds(contact.disconnectedAt),
    ExternalThirdParty: contact.outsideMs === null ? null : { ExternalThirdPartyInteractionDuration: wholeSeconds(contact.outsideMs) },
    InitialContactId: contact.initialId,
    InitiationMethod: contact.method,
    InitiationTimestamp: toSecondsText(contact.initiatedAt),
    InstanceARN: centre.instanceArn,
    LastUpdateTimestamp: toSecondsText(updatedAt),
    LastPausedTimestamp: toSeconds(pauses.lastFrom),
    LastResumedTimestamp: toSeconds(pauses.lastTo),
    MediaStreams: isVoice ? [{ Type: 'AUDIO' }] : contact.channel === 'CHAT' ? [{ Type: 'CHAT' }] : [],
    NextContactId: contact.nextId,
    PreviousContactId: contact.previousId,
    QualityMetrics: contact.quality?.qualityMetrics ?? null,
    Queue: toQueue(contact),
    Recording: null,
    Recordings: null,
    References: [],
    RelatedContactId: null,
    ScheduledTimestamp: toSeconds(contact.scheduledFor),
    SegmentAttributes: { 'connect:Subtype': { ValueString: subtypes[contact.channel] } },
    SystemEndpoint: isVoice && contact.method === 'INBOUND' ? { Address: contact.systemNumber, Type: 'TELEPHONE_NUMBER' } : null,
    Tags: { 'aws:connect:instanceId': centre.instanceId },
    ...(isTask ? { TotalPauseCount: pauses.count, TotalPauseDurationInSeconds: wholeSeconds(pauses.totalMs) } : {}),
    TransferCompletedTimestamp: contact.isColdTransfer ? toSeconds(contact.wrapUpFrom ?? contact.transferredAt) : null,
    TransferredToEndpoint: contact.transferredTo === null ? null : { Address: contact.transferredTo, Type: 'TELEPHONE_NUMBER' },
    VoiceIdResult: null,
  }
}

const toSeconds = (ms: number | null): Json => (ms === null ? null : toSecondsText(ms))

const subtypes = { VOICE: 'connect:Telephony', CHAT: 'connect:Chat', TASK: 'connect:Task', EMAIL: 'connect:Email' } as const

/** Left the queue when the agent joined, else when the customer left. */
function toQueue({ queue, enqueuedAt, leftQueueAt, method }: Contact): Json {
  // An outbound contact names its queue without ever having been in it.
  if (enqueuedAt === null && method === 'OUTBOUND')
    return { ARN: queue.arn, DequeueTimestamp: null, Duration: null, EnqueueTimestamp: null, Name: queue.name }
  if (enqueuedAt === null) return null
  const dequeuedAt = leftQueueAt ?? enqueuedAt
  return {
    ARN: queue.arn,
    DequeueTimestamp: toSecondsText(dequeuedAt),
    Duration: wholeSeconds(dequeuedAt) - wholeSeconds(enqueuedAt),
    EnqueueTimestamp: toSecondsText(enqueuedAt),
    Name: queue.name,
  }
}

/** Durations are cut from whole seconds, so that interaction and hold add up to the time between the two stamps. */
function toAgent({ agent, channel, connectedAt, wrapUpFrom, wrapUpTo, holds, pauses, listens, previewedUntil }: Contact): Json {
  if (!agent || connectedAt === null || wrapUpFrom === null || wrapUpTo === null) return null
  const { person } = agent
  const holdSeconds = wholeSeconds(holds.totalMs)
  const pauseSeconds = channel === 'TASK' ? wholeSeconds(pauses.totalMs) : null
  return {
    ARN: person.arn,
    AfterContactWorkDuration: wholeSeconds(wrapUpTo) - wholeSeconds(wrapUpFrom),
    AfterContactWorkEndTimestamp: toSecondsText(wrapUpTo),
    AfterContactWorkStartTimestamp: toSecondsText(wrapUpFrom),
    AgentInitiatedHoldDuration: holdSeconds,
    AgentInteractionDuration: wholeSeconds(wrapUpFrom) - wholeSeconds(connectedAt) - holdSeconds - (pauseSeconds ?? 0),
    AgentPauseDuration: pauseSeconds,
    Capabilities: null,
    ConnectedToAgentTimestamp: toSecondsText(connectedAt),
    CustomerHoldDuration: holdSeconds,
    DeviceInfo: null,
    HierarchyGroups: {
      Level1: { ARN: person.site.arn, GroupName: person.site.name },
      Level2: { ARN: person.team.arn, GroupName: person.team.name },
      Level3: null,
      Level4: null,
      Level5: null,
    },
    LongestHoldDuration: wholeSeconds(holds.longestMs),
    NumberOfHolds: holds.count,
    RoutingProfile: { ARN: person.desk.arn, Name: person.desk.name },
    StateTransitions: listens
      ? [{ state: 'SILENT_MONITOR', stateEndTimestamp: toSecondsText(wrapUpFrom), stateStartTimestamp: toSecondsText(connectedAt) }]
      : null,
    ...(previewedUntil === null
      ? {}
      : { AcceptedByAgentTimestamp: toSecondsText(previewedUntil), PreviewEndTimestamp: toSecondsText(previewedUntil) }),
    Username: person.username,
  }
}
