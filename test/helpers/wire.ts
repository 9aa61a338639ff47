import type { JsonObject } from '#kernel/json'

/** Builders of wire payloads for tests: what an example leaves out is filled in. */
const INSTANCE = 'arn:aws:connect:us-east-1:111122223333:instance/10000000-0000-4000-8000-000000000001'
export const arnOf = (kind: string, id: string): string => `${INSTANCE}/${kind}/${id}`

export interface WireContact {
  ContactId: string
  Channel?: string
  InitiationMethod?: string
  State: string
  StateStartTimestamp?: string
  ConnectedToAgentTimestamp?: string | null
  QueueTimestamp?: string | null
  queue?: string
}

export interface WireSnapshot {
  AgentStatus: { Name: string; Type?: string; StartTimestamp?: string }
  Contacts?: readonly WireContact[]
  NextAgentStatus?: JsonObject | null
}

let counter = 0

export function agentEvent(
  agent: string,
  time: string,
  snapshot: WireSnapshot,
  more: { type?: string; id?: string; queues?: readonly string[]; previous?: WireSnapshot } = {},
): JsonObject {
  return {
    AWSAccountId: '111122223333',
    AgentARN: arnOf('agent', agent),
    InstanceARN: INSTANCE,
    EventId: more.id ?? `event-${++counter}`,
    EventTimestamp: time,
    EventType: more.type ?? 'STATE_CHANGE',
    Version: '2017-10-01',
    CurrentAgentSnapshot: toSnapshot(agent, time, snapshot, more.queues ?? ['sales']),
    PreviousAgentSnapshot: more.previous ? toSnapshot(agent, time, more.previous, more.queues ?? ['sales']) : null,
  }
}

function toSnapshot(agent: string, time: string, s: WireSnapshot, queues: readonly string[]): JsonObject {
  return {
    AgentStatus: { ARN: arnOf('agent-state', s.AgentStatus.Name), StartTimestamp: time, Type: 'ROUTABLE', ...s.AgentStatus },
    NextAgentStatus: s.NextAgentStatus ?? null,
    Configuration: {
      Username: agent,
      FirstName: agent,
      LastName: 'Example',
      AgentHierarchyGroups: null,
      RoutingProfile: {
        ARN: arnOf('routing-profile', 'rp'),
        Name: 'Profile',
        DefaultOutboundQueue: { ARN: arnOf('queue', queues[0] ?? 'sales'), Name: queues[0] ?? 'sales' },
        InboundQueues: queues.map((q) => ({ ARN: arnOf('queue', q), Name: q, Channels: ['VOICE', 'CHAT'] })),
        Concurrency: [{ Channel: 'VOICE', AvailableSlots: 1, MaximumSlots: 1 }],
      },
    },
    Contacts: (s.Contacts ?? []).map(({ queue, ...c }) => ({
      InitialContactId: null,
      Channel: 'VOICE',
      InitiationMethod: 'INBOUND',
      StateStartTimestamp: time,
      ConnectedToAgentTimestamp: ['CONNECTED', 'CONNECTED_ONHOLD', 'ENDED'].includes(c.State) ? (c.StateStartTimestamp ?? time) : null,
      QueueTimestamp: null,
      Queue: { ARN: arnOf('queue', queue ?? 'sales'), Name: queue ?? 'sales' },
      ...c,
    })),
  }
}

export interface WireDetail {
  contactId: string
  eventType: string
  at: string
  queue?: string
  enqueued?: string
  connected?: string
  disconnected?: string
  initiationMethod?: string
  previousContactId?: string
}

export function contactEvent(d: WireDetail): JsonObject {
  return {
    version: '0',
    id: `eb-${++counter}`,
    'detail-type': 'Amazon Connect Contact Event',
    source: 'aws.connect',
    account: '111122223333',
    time: `${d.at.slice(0, 19)}Z`,
    region: 'us-east-1',
    resources: [INSTANCE],
    detail: {
      eventType: d.eventType,
      contactId: d.contactId,
      channel: 'VOICE',
      instanceArn: INSTANCE,
      initiationMethod: d.initiationMethod ?? 'INBOUND',
      initiationTimestamp: d.enqueued ?? d.at,
      ...(d.previousContactId === undefined ? {} : { previousContactId: d.previousContactId }),
      ...(d.enqueued === undefined
        ? {}
        : { queueInfo: { queueArn: arnOf('queue', d.queue ?? 'sales'), queueType: 'STANDARD', enqueueTimestamp: d.enqueued } }),
      ...(d.connected === undefined ? {} : { agentInfo: { agentArn: arnOf('agent', 'a1'), connectedToAgentTimestamp: d.connected } }),
      ...(d.disconnected === undefined ? {} : { disconnectTimestamp: d.disconnected, disconnectReason: 'CUSTOMER_DISCONNECT' }),
    },
  }
}

/** A contact record from an example's fields. */
export function contactRecord(given: JsonObject): JsonObject {
  const queue = given['Queue'] as JsonObject | undefined
  const enqueued = queue?.['EnqueueTimestamp'] as string | undefined
  const end =
    enqueued === undefined ? '2026-03-02T10:05:00Z' : new Date(Date.parse(enqueued) + Number(queue?.['Duration'] ?? 0) * 1000).toISOString()
  return {
    AWSAccountId: '111122223333',
    AWSContactTraceRecordFormatVersion: '2017-03-10',
    InstanceARN: INSTANCE,
    Channel: 'VOICE',
    InitiationMethod: 'INBOUND',
    InitiationTimestamp: enqueued ?? '2026-03-02T10:00:00Z',
    DisconnectTimestamp: `${end.slice(0, 19)}Z`,
    LastUpdateTimestamp: '2026-03-02T10:07:00Z',
    ...given,
    ...(queue ? { Queue: { ARN: arnOf('queue', (queue['Name'] as string | undefined) ?? 'sales'), Name: 'Sales', ...queue } } : {}),
    ...(given['Agent'] ? { Agent: { ARN: arnOf('agent', 'a1'), Username: 'a1', ...(given['Agent'] as JsonObject) } } : {}),
  }
}

export interface WireSegment {
  utterance?: { id: string; turn: string; text: string; begin: number; end: number; role?: string }
  turn?: { id: string; text: string; begin: number; end: number; role?: string; sentiment?: string }
}

export function voiceSegments(contactId: string, segments: readonly WireSegment[]): JsonObject {
  return {
    Version: '1.0.0',
    Channel: 'VOICE',
    AccountId: '111122223333',
    InstanceId: '10000000-0000-4000-8000-000000000001',
    ContactId: contactId,
    LanguageCode: 'en-US',
    EventType: 'SEGMENTS',
    Segments: segments.map(({ utterance: u, turn: t }) =>
      u
        ? {
            Utterance: {
              Id: u.id,
              TranscriptId: u.turn,
              ParticipantId: u.role ?? 'CUSTOMER',
              ParticipantRole: u.role ?? 'CUSTOMER',
              PartialContent: u.text,
              BeginOffsetMillis: u.begin,
              EndOffsetMillis: u.end,
            },
          }
        : {
            Transcript: {
              Id: t!.id,
              ParticipantId: t!.role ?? 'CUSTOMER',
              ParticipantRole: t!.role ?? 'CUSTOMER',
              Content: t!.text,
              BeginOffsetMillis: t!.begin,
              EndOffsetMillis: t!.end,
              ...(t!.sentiment === undefined ? {} : { Sentiment: t!.sentiment }),
            },
          },
    ),
  }
}

/** A Contact Lens post-contact analysis file of a voice contact. */
export function postContactFile(contactId: string, turns: readonly JsonObject[], output: 'Raw' | 'Redacted' = 'Raw'): JsonObject {
  return {
    Version: '1.1.0',
    AccountId: '111122223333',
    Channel: 'VOICE',
    ContentMetadata: { Output: output },
    JobStatus: 'COMPLETED',
    LanguageCode: 'en-US',
    Participants: [
      { ParticipantId: 'CUSTOMER', ParticipantRole: 'CUSTOMER' },
      { ParticipantId: 'AGENT', ParticipantRole: 'AGENT' },
    ],
    Categories: { MatchedCategories: [], MatchedDetails: {} },
    Transcript: [...turns],
    CustomerMetadata: { ContactId: contactId, InstanceId: '10000000-0000-4000-8000-000000000001', InputS3Uri: 's3://recordings/a.wav' },
  }
}
