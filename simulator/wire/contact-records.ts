import type { Json, JsonObject } from '#kernel/json'
import { ACCOUNT_ID, INSTANCE_ARN, INSTANCE_ID } from '../centre.ts'
import type { Contact, World } from '../model.ts'
import { toSecondsText, wholeSeconds } from './times.ts'

/** Sends the final record a good minute after the contact ended. */
export function sendContactRecord(world: World, contact: Contact): void {
  const delayMs = world.load.whole(62_000, 68_000)
  world.send('contact-record', toRecord(contact, world.schedule.now() + delayMs - 1500), delayMs)
}

function toRecord(contact: Contact, updatedAt: number): JsonObject {
  const isVoice = contact.channel === 'VOICE'
  return {
    AWSAccountId: ACCOUNT_ID,
    AWSContactTraceRecordFormatVersion: '2017-03-10',
    Agent: toAgent(contact),
    AgentConnectionAttempts: contact.attempts,
    AnsweringMachineDetectionStatus: null,
    Attributes: {},
    Campaign: { CampaignId: null },
    Channel: contact.channel,
    ConnectedToSystemTimestamp: toSystemTime(contact),
    ContactDetails: {},
    ContactId: contact.id,
    ContactLens: null,
    CustomerEndpoint: isVoice ? { Address: contact.customerNumber, Type: 'TELEPHONE_NUMBER' } : null,
    CustomerVoiceActivity: null,
    DisconnectDetails: null,
    DisconnectReason: contact.disconnectReason,
    DisconnectTimestamp: toSeconds(contact.disconnectedAt),
    InitialContactId: contact.initialId,
    InitiationMethod: contact.method,
    InitiationTimestamp: toSecondsText(contact.initiatedAt),
    InstanceARN: INSTANCE_ARN,
    LastUpdateTimestamp: toSecondsText(updatedAt),
    MediaStreams: [{ Type: isVoice ? 'AUDIO' : 'CHAT' }],
    NextContactId: contact.nextId,
    PreviousContactId: contact.previousId,
    QualityMetrics: null,
    Queue: toQueue(contact),
    Recording: null,
    Recordings: null,
    References: [],
    RelatedContactId: null,
    ScheduledTimestamp: null,
    SegmentAttributes: { 'connect:Subtype': { ValueString: isVoice ? 'connect:Telephony' : 'connect:Chat' } },
    SystemEndpoint: isVoice && contact.method === 'INBOUND' ? { Address: contact.queue.number, Type: 'TELEPHONE_NUMBER' } : null,
    Tags: { 'aws:connect:instanceId': INSTANCE_ID },
    TransferCompletedTimestamp: contact.isTransferredAway ? toSeconds(contact.wrapUpFrom) : null,
    TransferredToEndpoint: null,
    VoiceIdResult: null,
  }
}

const toSeconds = (ms: number | null): Json => (ms === null ? null : toSecondsText(ms))

function toSystemTime(contact: Contact): Json {
  return contact.method === 'CALLBACK' ? toSeconds(contact.connectedAt) : toSecondsText(contact.initiatedAt)
}

/** Left the queue when the agent joined, else when the customer left. */
function toQueue({ queue, enqueuedAt, connectedAt, disconnectedAt }: Contact): Json {
  if (enqueuedAt === null) return null
  const dequeuedAt = connectedAt ?? disconnectedAt ?? enqueuedAt
  return {
    ARN: queue.arn,
    DequeueTimestamp: toSecondsText(dequeuedAt),
    Duration: wholeSeconds(dequeuedAt) - wholeSeconds(enqueuedAt),
    EnqueueTimestamp: toSecondsText(enqueuedAt),
    Name: queue.name,
  }
}

/** Durations are cut from whole seconds, so that interaction and hold add up to the time between the two stamps. */
function toAgent({ agent, connectedAt, wrapUpFrom, wrapUpTo, holds }: Contact): Json {
  if (!agent || connectedAt === null || wrapUpFrom === null || wrapUpTo === null) return null
  const { person } = agent
  const holdSeconds = wholeSeconds(holds.totalMs)
  return {
    ARN: person.arn,
    AfterContactWorkDuration: wholeSeconds(wrapUpTo) - wholeSeconds(wrapUpFrom),
    AfterContactWorkEndTimestamp: toSecondsText(wrapUpTo),
    AfterContactWorkStartTimestamp: toSecondsText(wrapUpFrom),
    AgentInitiatedHoldDuration: holdSeconds,
    AgentInteractionDuration: wholeSeconds(wrapUpFrom) - wholeSeconds(connectedAt) - holdSeconds,
    AgentPauseDuration: null,
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
    RoutingProfile: { ARN: person.profile.arn, Name: person.profile.name },
    StateTransitions: null,
    Username: person.username,
  }
}
