/** Amazon Connect's events in our terms. Times are epoch milliseconds; ids are the last part of the ARN, ARNs are kept for links. */

export type StatusType = 'ROUTABLE' | 'CUSTOM' | 'OFFLINE'

export interface QueueRef {
  /** Last part of the ARN; `agent/<userId>` for an agent's own queue. */
  id: string
  arn: string
  /** Agent queues have none; contact events never carry it. */
  name: string | null
}

export interface NamedRef {
  id: string
  arn: string
  name: string | null
}

export interface AgentContact {
  contactId: string
  initialContactId: string | null
  /** VOICE, CHAT, TASK, EMAIL; anything else is kept as sent, upper-cased. `TASKS` becomes TASK. */
  channel: string
  initiationMethod: string
  /** INCOMING PENDING CONNECTING CONNECTED CONNECTED_ONHOLD PAUSED MISSED REJECTED ERROR ENDED; others kept as sent. */
  state: string
  stateStartedAt: number
  connectedAt: number | null
  queuedAt: number | null
  queue: QueueRef | null
}

export interface AgentConfig {
  username: string | null
  firstName: string | null
  lastName: string | null
  routingProfile: NamedRef | null
  /** Standard and agent queues of the routing profile, in the order sent. */
  queues: readonly QueueRef[]
  /** Level 1 to 5, absent levels left out. */
  hierarchy: readonly (NamedRef & { level: number })[]
  slots: readonly { channel: string; available: number; maximum: number }[]
}

export interface AgentSnapshot {
  status: { arn: string | null; name: string; type: StatusType; startedAt: number }
  nextStatus: { arn: string | null; name: string; enqueuedAt: number | null } | null
  config: AgentConfig
  contacts: readonly AgentContact[]
}

export interface AgentEvent {
  kind: 'agent-event'
  eventId: string
  /** LOGIN LOGOUT STATE_CHANGE HEART_BEAT; others kept as sent. */
  type: string
  eventTime: number
  agentId: string
  agentArn: string
  instanceId: string
  current: AgentSnapshot | null
  /** Without the configuration, which is of no use and the larger part. */
  previous: Omit<AgentSnapshot, 'config'> | null
}

/** Fields of a contact event; each event repeats the earlier ones. Epoch-0 sentinels arrive here as null. */
export interface ContactEvent {
  kind: 'contact-event'
  /** INITIATED CONNECTED_TO_SYSTEM QUEUED CONNECTED_TO_AGENT DISCONNECTED COMPLETED PAUSED RESUMED CONTACT_DATA_UPDATED …; others kept. */
  type: string
  eventTime: number
  contactId: string
  instanceId: string | null
  channel: string | null
  initiationMethod: string | null
  initialContactId: string | null
  previousContactId: string | null
  relatedContactId: string | null
  initiatedAt: number | null
  connectedToSystemAt: number | null
  queue: QueueRef | null
  enqueuedAt: number | null
  agentId: string | null
  agentArn: string | null
  connectedToAgentAt: number | null
  acwStartedAt: number | null
  acwEndedAt: number | null
  scheduledAt: number | null
  disconnectedAt: number | null
  disconnectReason: string | null
}

export interface ContactRecord {
  kind: 'contact-record'
  /** End of the contact: ACW end, else disconnect, else last update. */
  eventTime: number
  /** Version: the copy with the greatest value wins. One-second resolution. */
  lastUpdatedAt: number
  contactId: string
  instanceId: string
  channel: string | null
  initiationMethod: string | null
  initialContactId: string | null
  previousContactId: string | null
  nextContactId: string | null
  initiatedAt: number | null
  connectedToSystemAt: number | null
  transferCompletedAt: number | null
  scheduledAt: number | null
  disconnectedAt: number | null
  disconnectReason: string | null
  queue: QueueRef | null
  enqueuedAt: number | null
  dequeuedAt: number | null
  queueSeconds: number | null
  agent: {
    id: string | null
    arn: string | null
    username: string | null
    connectedAt: number | null
    interactionSeconds: number | null
    holdSeconds: number | null
    holdCount: number | null
    acwSeconds: number | null
    pauseSeconds: number | null
    acwStartedAt: number | null
    acwEndedAt: number | null
  } | null
}

export type Sentiment = 'POSITIVE' | 'NEUTRAL' | 'NEGATIVE' | 'MIXED'
export type OutputType = 'raw' | 'redacted'

/** Said text: a piece of a turn (`utterance`, provisional) or the whole turn (`turn`, final). */
export interface LensTurn {
  type: 'utterance' | 'turn'
  /** Of this piece or turn. */
  segmentId: string
  /** Of the turn it belongs to: an utterance's TranscriptId, a turn's own id. */
  turnId: string
  participantId: string | null
  /** AGENT CUSTOMER SYSTEM CUSTOM_BOT SUPERVISOR; post-contact voice files name the participant only, resolved through Participants. */
  participantRole: string
  text: string
  contentType: string | null
  sentiment: Sentiment | null
  /** Milliseconds from the start of the analysed audio; null for chat. */
  beginOffsetMs: number | null
  endOffsetMs: number | null
  /** Wall time of a chat message; null for voice. */
  saidAt: number | null
}

export interface LensCategory {
  name: string
  /** [begin, end] in ms; empty: matched on the whole contact. Chat points name transcript items instead of times and give []. */
  points: readonly (readonly [number, number])[]
}

export interface LensEvent {
  kind: 'contact-lens'
  /** stream: real-time; postContact: the S3 file; rule: EventBridge rule match; analysisState: EventBridge failure notice. */
  origin: 'stream' | 'postContact' | 'rule' | 'analysisState'
  /** STARTED SEGMENTS COMPLETED FAILED on the stream; COMPLETED for a file; MATCHED for a rule; others kept. */
  type: string
  /** Absent on voice segments (they carry no clock): the caller takes the arrival time. */
  eventTime: number | null
  contactId: string
  instanceId: string | null
  channel: string | null
  languageCode: string | null
  outputType: OutputType
  turns: readonly LensTurn[]
  categories: readonly LensCategory[]
  summary: string | null
  /** Rule matches only. */
  ruleName: string | null
  /** Segment kinds this version does not read (kept in the raw event), with how many. */
  skipped: Readonly<Record<string, number>>
}

/** What one event tells about a contact that is not its own key. Depends on that event alone. */
export type Observation =
  | {
      kind: 'observation'
      type: 'agent-contact'
      contactId: string
      instanceId: string
      eventTime: number
      agentId: string
      agentArn: string
      /** The contact as the agent's current snapshot shows it. */
      contact: AgentContact
    }
  | {
      kind: 'observation'
      type: 'gone'
      contactId: string
      instanceId: string
      eventTime: number
      agentId: string
      agentArn: string
      lastState: string
    }
  | {
      kind: 'observation'
      type: 'follow-up'
      contactId: string
      instanceId: string | null
      eventTime: number
      nextContactId: string
      initiationMethod: string | null
      /** When the follow-up contact began. */
      startedAt: number | null
    }

export type DomainEvent = AgentEvent | ContactEvent | ContactRecord | LensEvent | Observation
