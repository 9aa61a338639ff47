import type { Observation } from '#events/domain'
import type { DeadReason, SourceKind } from '#events/envelope'

/** What must come of each sample; long because it is one table. Times as ISO text; `facts` are matched against the event. */
export type SampleRow = { name: string } & (
  | {
      kind: SourceKind
      key: string
      time: string | null
      ownId: string | null
      facts: object
      observations?: readonly Observation['type'][]
    }
  | { dead: DeadReason; names: string }
)

const composedInstance = '10000000-0000-4000-8000-000000000001'
const connect = `arn:aws:connect:us-east-1:111122223333:instance/${composedInstance}`
const agent = (n: number) => `${connect}/agent/20000000-0000-4000-8000-00000000000${n}`
const offered = (n: number) => `70000000-0000-4000-8000-00000000000${n}`
const recorded = (n: number) => `90000000-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`
const docsAgent = 'arn:aws:connect:us-east-1:012345678901:instance/aaaaaaaa-bbbb-cccc-dddd-111111111111/agent/agent-ARN'
const docsContact = '11111111-1111-1111-1111-111111111111'
const docsEvent = 'abcabcab-abca-abca-abca-abcabcabcabc'
const docsLens = 'a1b2c3d4-5678-90ab-cdef-EXAMPLE22222'
const ms = (iso: string) => Date.parse(iso)

const routable = { status: { name: 'Available', type: 'ROUTABLE', startedAt: ms('2025-03-03T08:00:05.310Z') } }

const agentEvents: SampleRow[] = [
  {
    name: 'agent-events/composed-01-login',
    kind: 'agent-event',
    key: agent(1),
    time: '2025-03-03T08:00:01.004Z',
    ownId: '80000000-0000-4000-8000-000000000001',
    facts: {
      type: 'LOGIN',
      agentId: '20000000-0000-4000-8000-000000000001',
      instanceId: composedInstance,
      previous: null,
      current: {
        status: { type: 'OFFLINE' },
        nextStatus: null,
        contacts: [],
        config: {
          username: 'sam.example1',
          routingProfile: { name: 'Omni' },
          queues: [{ id: 'agent/20000000-0000-4000-8000-000000000001', name: null }, { name: 'Sales' }, { name: 'Billing' }],
          hierarchy: [
            { level: 1, name: 'EMEA' },
            { level: 2, name: 'Team Blue' },
          ],
          slots: [
            { channel: 'VOICE', available: 1, maximum: 1 },
            { channel: 'CHAT', available: 3, maximum: 3 },
            { channel: 'TASK', available: 2, maximum: 2 },
          ],
        },
      },
    },
  },
  {
    name: 'agent-events/composed-02-available',
    kind: 'agent-event',
    key: agent(1),
    time: '2025-03-03T08:00:05.310Z',
    ownId: '80000000-0000-4000-8000-000000000002',
    facts: { current: routable, previous: { status: { type: 'OFFLINE' } } },
  },
  {
    name: 'agent-events/composed-03-inbound-ringing',
    kind: 'agent-event',
    key: agent(1),
    time: '2025-03-03T08:05:10.225Z',
    ownId: '80000000-0000-4000-8000-000000000003',
    facts: { current: { contacts: [{ contactId: offered(1), state: 'CONNECTING', connectedAt: null }] } },
    observations: ['agent-contact'],
  },
  {
    name: 'agent-events/composed-04-connected',
    kind: 'agent-event',
    key: agent(1),
    time: '2025-03-03T08:05:16.910Z',
    ownId: '80000000-0000-4000-8000-000000000004',
    facts: { current: { contacts: [{ state: 'CONNECTED', connectedAt: ms('2025-03-03T08:05:16.900Z') }] } },
    observations: ['agent-contact'],
  },
  {
    name: 'agent-events/composed-05-on-hold-state-start-unchanged',
    kind: 'agent-event',
    key: agent(1),
    time: '2025-03-03T08:07:00.500Z',
    ownId: '80000000-0000-4000-8000-000000000005',
    facts: { current: { contacts: [{ state: 'CONNECTED_ONHOLD', stateStartedAt: ms('2025-03-03T08:05:16.900Z') }] } },
    observations: ['agent-contact'],
  },
  {
    name: 'agent-events/composed-06-next-status-set-while-on-contact',
    kind: 'agent-event',
    key: agent(1),
    time: '2025-03-03T08:08:00.010Z',
    ownId: '80000000-0000-4000-8000-000000000006',
    facts: {
      current: { ...routable, nextStatus: { name: 'Lunch', enqueuedAt: ms('2025-03-03T08:08:00.000Z') } },
      previous: { nextStatus: null },
    },
    observations: ['agent-contact'],
  },
  {
    name: 'agent-events/composed-07-missed',
    kind: 'agent-event',
    key: agent(2),
    time: '2025-03-03T09:00:20.015Z',
    ownId: '80000000-0000-4000-8000-000000000007',
    facts: {
      current: {
        contacts: [{ contactId: offered(2), state: 'MISSED', queuedAt: ms('2025-03-03T08:59:50.000Z'), queue: { name: 'Sales' } }],
      },
    },
    observations: ['agent-contact'],
  },
  {
    name: 'agent-events/composed-08-three-chats-connected-acw-ringing',
    kind: 'agent-event',
    key: agent(3),
    time: '2025-03-03T10:04:40.110Z',
    ownId: '80000000-0000-4000-8000-000000000008',
    facts: {
      current: {
        contacts: [
          { contactId: offered(3), channel: 'CHAT', state: 'CONNECTED' },
          { contactId: offered(4), state: 'ENDED' },
          { contactId: offered(5), state: 'CONNECTING' },
        ],
      },
    },
    observations: ['agent-contact', 'agent-contact', 'agent-contact'],
  },
  {
    name: 'agent-events/composed-09-config-change-routing-profile-during-acw',
    kind: 'agent-event',
    key: agent(3),
    time: '2025-03-03T10:05:00.000Z',
    ownId: '80000000-0000-4000-8000-000000000009',
    facts: {
      current: { config: { routingProfile: { name: 'Voice only' } } },
      previous: { contacts: [{ channel: 'CHAT', state: 'ENDED' }] },
    },
    observations: ['agent-contact'],
  },
  {
    name: 'agent-events/composed-10-logout',
    kind: 'agent-event',
    key: agent(1),
    time: '2025-03-03T17:00:10.000Z',
    ownId: '80000000-0000-4000-8000-000000000010',
    facts: { type: 'LOGOUT', current: { status: { type: 'OFFLINE', startedAt: ms('2025-03-03T17:00:09.700Z') } }, previous: routable },
  },
  {
    name: 'agent-events/docs-acw-1-contact-ended',
    kind: 'agent-event',
    key: docsAgent,
    time: '2019-05-25T18:55:27.017Z',
    ownId: 'EventId-1',
    facts: {
      current: {
        status: { type: 'ROUTABLE' },
        config: { slots: [], hierarchy: [] },
        contacts: [{ contactId: 'ContactId-1', state: 'ENDED', queuedAt: null }],
      },
      previous: { contacts: [{ state: 'CONNECTED' }] },
    },
    observations: ['agent-contact'],
  },
  {
    name: 'agent-events/docs-acw-2-contact-cleared',
    kind: 'agent-event',
    key: docsAgent,
    time: '2019-05-25T18:55:32.022Z',
    ownId: '477f2c4f-cd1a-4785-b1a8-97023dc1229d',
    facts: { current: { contacts: [] }, previous: { contacts: [{ contactId: 'ContactId-1', state: 'ENDED' }] } },
    observations: ['gone'],
  },
  {
    name: 'agent-events/real-2018-state-change-previous-null',
    kind: 'agent-event',
    key: 'arn:aws:connect:us-east-1:111122223333:instance/aaaaaaaa-bbbb-cccc-dddd-000000000001/agent/00000000-0000-0000-0000-0000000000a1',
    time: '2018-07-09T19:11:00.000Z',
    ownId: '00000000-f230-4b1c-ba87-000000000000',
    facts: {
      type: 'STATE_CHANGE',
      previous: null,
      current: { status: { type: 'ROUTABLE' }, config: { routingProfile: { name: 'Supp-Class 2' } } },
    },
  },
]

const contactEvents: SampleRow[] = [
  {
    name: 'contact-events/composed-01-initiated',
    kind: 'contact-event',
    key: recorded(21),
    time: '2025-03-03T10:00:00.123Z',
    ownId: 'b0000000-0000-4000-8000-000000000001',
    facts: { type: 'INITIATED', channel: 'VOICE', instanceId: composedInstance, queue: null, agentId: null, disconnectedAt: null },
  },
  {
    name: 'contact-events/composed-02-queued',
    kind: 'contact-event',
    key: recorded(21),
    time: '2025-03-03T10:00:20.456Z',
    ownId: 'b0000000-0000-4000-8000-000000000002',
    facts: {
      type: 'QUEUED',
      queue: { id: '30000000-0000-4000-8000-000000000001', name: null },
      initiatedAt: ms('2025-03-03T10:00:00.123Z'),
      enqueuedAt: ms('2025-03-03T10:00:20.456Z'),
    },
  },
  {
    name: 'contact-events/composed-03-completed-with-acw',
    kind: 'contact-event',
    key: recorded(21),
    time: '2025-03-03T10:05:58.000Z',
    ownId: 'b0000000-0000-4000-8000-000000000003',
    facts: {
      type: 'COMPLETED',
      agentArn: agent(1),
      connectedToAgentAt: ms('2025-03-03T10:00:41.789Z'),
      acwStartedAt: ms('2025-03-03T10:05:00.000Z'),
      disconnectedAt: ms('2025-03-03T10:05:00.000Z'),
      disconnectReason: 'CUSTOMER_DISCONNECT',
    },
  },
  {
    name: 'contact-events/composed-04-paused-task',
    kind: 'contact-event',
    key: recorded(22),
    time: '2025-03-03T09:40:00.000Z',
    ownId: 'b0000000-0000-4000-8000-000000000004',
    facts: { type: 'PAUSED', channel: 'TASK', relatedContactId: recorded(21), previousContactId: null },
  },
  {
    name: 'contact-events/docs2023-connected-to-agent-detail-only',
    kind: 'contact-event',
    key: docsContact,
    time: '2021-08-04T17:29:09.000Z',
    ownId: null,
    facts: {
      instanceId: '12345678-1234-1234-1234-123456789012',
      agentId: '12345678-1234-1234-1234-123456789012',
      enqueuedAt: ms('2021-08-04T17:29:04Z'),
    },
  },
  {
    name: 'contact-events/docs2023-disconnected-mixed-case',
    kind: 'contact-event',
    key: docsContact,
    time: '2021-08-04T17:18:37.000Z',
    ownId: docsEvent,
    facts: {
      channel: 'VOICE',
      agentId: 'arn',
      agentArn: 'arn',
      queue: { id: 'arn', arn: 'arn' },
      connectedToAgentAt: ms('2021-08-04T17:29:09Z'),
      previousContactId: '11111111-2222-3333-4444-555555555555',
    },
    observations: ['follow-up'],
  },
  {
    name: 'contact-events/docs2025-connected-to-agent-hierarchy-tags',
    kind: 'contact-event',
    key: docsContact,
    time: '2021-08-04T17:29:09.000Z',
    ownId: docsEvent,
    facts: { type: 'CONNECTED_TO_AGENT', agentId: '12345678-1234-1234-1234-123456789012' },
  },
  {
    name: 'contact-events/docs2025-connected-to-agent-routing-pascalcase-agentids',
    kind: 'contact-event',
    key: '12345678-1234-1234-1234-123456789012',
    time: '2021-08-04T17:29:09.000Z',
    ownId: docsEvent,
    facts: {
      type: 'CONNECTED_TO_AGENT',
      channel: 'VOICE',
      initiationMethod: 'INBOUND',
      initiatedAt: null,
      enqueuedAt: ms('2021-08-04T17:29:04Z'),
    },
  },
  {
    name: 'contact-events/docs2025-contact-data-updated-routing-step-expired',
    kind: 'contact-event',
    key: '12345678-1234-1234-1234-123456789012',
    time: '2021-08-04T17:43:48.000Z',
    ownId: docsEvent,
    facts: { type: 'CONTACT_DATA_UPDATED', channel: 'CHAT', connectedToSystemAt: ms('2023-11-01T18:33:01.736Z') },
  },
  {
    name: 'contact-events/docs2025-disconnected-outbound-no-queue',
    kind: 'contact-event',
    key: docsContact,
    time: '2021-08-04T17:18:37.000Z',
    ownId: docsEvent,
    facts: { type: 'DISCONNECTED', queue: null, enqueuedAt: null, agentArn: 'arn', initiationMethod: 'OUTBOUND' },
    observations: ['follow-up'],
  },
  {
    name: 'contact-events/fixture-contact-data-updated-transfer-routing-expired-no-envelope',
    dead: 'no-contact-id',
    names: 'detail.contactId',
  },
  {
    name: 'contact-events/real-2021-disconnected-in-flow-minimal',
    kind: 'contact-event',
    key: '58092a11-6075-4025-a57d-6ada88b26d5b',
    time: '2021-08-29T18:39:44.000Z',
    ownId: 'bc198b12-2a16-c92b-5925-5a0a06a39bf2',
    facts: { type: 'DISCONNECTED', disconnectedAt: ms('2021-08-29T18:39:44Z'), initiatedAt: null, agentId: null },
  },
]

const lensEvents: SampleRow[] = [
  { name: 'contact-lens/composed-api-v1-response-page', dead: 'no-contact-id', names: 'ContactId' },
  { name: 'contact-lens/composed-api-v2-chat-response', dead: 'no-contact-id', names: 'ContactId' },
  {
    name: 'contact-lens/composed-voice-segments-transcript-then-category',
    kind: 'contact-lens',
    key: recorded(31),
    time: null,
    ownId: null,
    facts: {
      turns: [
        {
          type: 'turn',
          segmentId: 't-1',
          turnId: 't-1',
          participantRole: 'CUSTOMER',
          sentiment: 'NEGATIVE',
          beginOffsetMs: 12_000,
          endOffsetMs: 14_900,
        },
      ],
      categories: [
        { name: 'Cancellation', points: [[12_000, 14_900]] },
        { name: 'NoGreeting', points: [] },
      ],
    },
  },
  {
    name: 'contact-lens/composed-voice-segments-utterances-only',
    kind: 'contact-lens',
    key: recorded(31),
    time: null,
    ownId: null,
    facts: {
      origin: 'stream',
      type: 'SEGMENTS',
      instanceId: composedInstance,
      languageCode: 'en-US',
      outputType: 'raw',
      turns: [
        { type: 'utterance', segmentId: 'u-1', turnId: 't-1', text: 'I want to cancel', sentiment: null, saidAt: null },
        { type: 'utterance', segmentId: 'u-2', turnId: 't-1', text: 'my subscription today.' },
      ],
      skipped: {},
    },
  },
  {
    name: 'contact-lens/docs-eventbridge-postcall-rules-matched',
    kind: 'contact-lens',
    key: 'contact-ARN',
    time: '2020-04-27T18:43:48.000Z',
    ownId: 'aaaaaaaa-bbbb-cccc-dddd-bf3703467718',
    facts: { origin: 'rule', type: 'MATCHED', ruleName: 'ACCOUNT_CANCELLATION', instanceId: 'instance-ARN', channel: 'VOICE' },
  },
  {
    name: 'contact-lens/docs-eventbridge-realtime-rules-matched',
    kind: 'contact-lens',
    key: 'contact-ARN',
    time: '2020-04-27T18:43:48.000Z',
    ownId: 'aaaaaaaa-bbbb-cccc-dddd-bf3703467718',
    facts: { origin: 'rule', type: 'MATCHED', ruleName: 'ACCOUNT_CANCELLATION', turns: [] },
  },
  // The guide's voice samples leave CustomerMetadata out; real files have it.
  { name: 'contact-lens/docs2022-postcall-raw', dead: 'no-contact-id', names: 'CustomerMetadata.ContactId' },
  { name: 'contact-lens/docs2022-postcall-redacted', dead: 'no-contact-id', names: 'CustomerMetadata.ContactId' },
  {
    name: 'contact-lens/docs2022-postchat-raw',
    kind: 'contact-lens',
    key: 'b49644f6-672f-445c-b209-f76b36482830',
    time: '2022-10-27T03:34:41.448Z',
    ownId: null,
    facts: {
      origin: 'postContact',
      type: 'COMPLETED',
      channel: 'CHAT',
      instanceId: 'f23fc323-3d6d-48aa-95dc-EXAMPLE012',
      categories: [{ name: 'agent-intro', points: [] }],
      skipped: { EVENT: 4 },
    },
  },
  {
    name: 'contact-lens/docs2025-chat-failed-streamingeventsettings',
    kind: 'contact-lens',
    key: docsLens,
    time: null,
    ownId: null,
    facts: { type: 'FAILED', languageCode: 'en-US', outputType: 'raw' },
  },
  {
    name: 'contact-lens/docs2025-chat-segments-redacted',
    kind: 'contact-lens',
    key: docsLens,
    time: '2024-03-14T19:39:26.715Z',
    ownId: null,
    facts: {
      type: 'SEGMENTS',
      outputType: 'redacted',
      turns: [
        {
          participantRole: 'AGENT',
          contentType: 'text/markdown',
          beginOffsetMs: null,
          endOffsetMs: null,
          saidAt: ms('2024-03-14T19:39:26.715Z'),
        },
      ],
      categories: [{ name: 'Hi', points: [] }],
      summary: 'Customer contacted Example Corp because of an issue with their bank account',
      skipped: { Issues: 1, Attachments: 1, Event: 1 },
    },
  },
  {
    name: 'contact-lens/docs2025-chat-started',
    kind: 'contact-lens',
    key: docsLens,
    time: null,
    ownId: null,
    facts: { origin: 'stream', type: 'STARTED', channel: 'CHAT', languageCode: 'en-US', turns: [] },
  },
  {
    name: 'contact-lens/docs2025-voice-completed',
    kind: 'contact-lens',
    key: docsLens,
    time: null,
    ownId: null,
    facts: { origin: 'stream', type: 'COMPLETED', channel: 'VOICE', languageCode: 'en-US', turns: [] },
  },
  {
    name: 'contact-lens/docs2025-voice-segments',
    kind: 'contact-lens',
    key: docsLens,
    time: null,
    ownId: null,
    facts: {
      instanceId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111',
      turns: [
        { type: 'utterance' },
        { type: 'utterance' },
        { type: 'turn', sentiment: 'NEUTRAL' },
        { type: 'turn', sentiment: 'NEGATIVE' },
      ],
      categories: [
        { name: 'CreditCardRelated', points: [[19_010, 22_690]] },
        { name: 'CardBrokenIssue', points: [[25_000, 29_690]] },
      ],
      summary: 'Customer contacted Example Corp because of an issue with their application',
      skipped: {},
    },
  },
  {
    name: 'contact-lens/docs2025-voice-started',
    kind: 'contact-lens',
    key: docsLens,
    time: null,
    ownId: null,
    facts: { origin: 'stream', type: 'STARTED' },
  },
  {
    name: 'contact-lens/real-postcall-2022',
    kind: 'contact-lens',
    key: '7c77422d-f9ba-4111-ad48-b2f5dadf854a',
    time: null,
    ownId: null,
    facts: {
      origin: 'postContact',
      instanceId: '5f046746-5931-45cc-a614-43b75eca2a5f',
      outputType: 'raw',
      channel: 'VOICE',
      summary: null,
      skipped: {},
    },
  },
]

const contactRecords: SampleRow[] = [
  {
    name: 'contact-records/composed-abandoned-in-queue',
    kind: 'contact-record',
    key: recorded(1),
    time: '2025-03-03T10:01:32.000Z',
    ownId: null,
    facts: {
      agent: null,
      queue: { name: 'Sales' },
      queueSeconds: 72,
      lastUpdatedAt: ms('2025-03-03T10:02:36Z'),
      disconnectReason: 'CUSTOMER_DISCONNECT',
    },
  },
  {
    name: 'contact-records/composed-chat-with-chatmetrics',
    kind: 'contact-record',
    key: recorded(2),
    time: '2025-03-03T10:05:30.000Z',
    ownId: null,
    facts: {
      channel: 'CHAT',
      agent: { username: 'sam.example3', interactionSeconds: 260, holdSeconds: 0, acwSeconds: 30, pauseSeconds: null },
    },
  },
  {
    name: 'contact-records/composed-task-paused-scheduled',
    kind: 'contact-record',
    key: recorded(3),
    time: '2025-03-03T10:05:20.000Z',
    ownId: null,
    facts: {
      channel: 'TASK',
      scheduledAt: ms('2025-03-03T09:30:00Z'),
      initiatedAt: ms('2025-02-28T09:30:00Z'),
      agent: { pauseSeconds: 900 },
    },
  },
  {
    name: 'contact-records/composed-transfer-chain-1-source',
    kind: 'contact-record',
    key: recorded(4),
    time: '2025-03-03T10:04:50.000Z',
    ownId: null,
    facts: { nextContactId: recorded(5), previousContactId: null, initialContactId: null, agent: { holdCount: 1, holdSeconds: 40 } },
  },
  {
    name: 'contact-records/composed-transfer-chain-2-target',
    kind: 'contact-record',
    key: recorded(5),
    time: '2025-03-03T10:07:10.000Z',
    ownId: null,
    facts: { previousContactId: recorded(4), initialContactId: recorded(4), initiationMethod: 'TRANSFER' },
    observations: ['follow-up'],
  },
  { name: 'contact-records/fixture-partial-callback', dead: 'schema', names: 'InstanceARN' },
  {
    name: 'contact-records/real-2020-inbound-voice-handled',
    kind: 'contact-record',
    key: 'ee0a8fcc-9cf8-4b9c-9fcf-e86ebe989486',
    time: '2020-03-31T16:20:40.000Z',
    ownId: null,
    facts: {
      disconnectReason: null,
      queueSeconds: 5,
      enqueuedAt: ms('2020-03-31T16:20:11Z'),
      agent: { interactionSeconds: 14, acwSeconds: 10 },
    },
  },
  {
    name: 'contact-records/real-2022-external-transfer-v1',
    kind: 'contact-record',
    key: '6fe40d2a-1a89-4d73-bfcf-5d9c33894f47',
    time: '2022-01-05T17:28:17.000Z',
    ownId: null,
    facts: {
      lastUpdatedAt: ms('2022-01-05T17:48:35Z'),
      transferCompletedAt: ms('2022-01-05T17:28:12Z'),
      disconnectedAt: ms('2022-01-05T17:47:28Z'),
    },
  },
  {
    name: 'contact-records/real-2022-external-transfer-v2-attribute-update',
    kind: 'contact-record',
    key: '6fe40d2a-1a89-4d73-bfcf-5d9c33894f47',
    time: '2022-01-05T17:28:17.000Z',
    ownId: null,
    facts: { lastUpdatedAt: ms('2022-01-11T03:41:32Z'), agent: { holdCount: 2, holdSeconds: 221, interactionSeconds: 239 } },
  },
  {
    name: 'contact-records/real-2022-inbound-voice-customer-disconnect',
    kind: 'contact-record',
    key: '15a5cf14-3212-45a1-9f86-a8e97db8afaf',
    time: '2022-04-08T15:01:54.000Z',
    ownId: null,
    facts: { queue: { name: 'BasicQueue' }, agent: { username: 'admin1', interactionSeconds: 33 } },
  },
]

export const sampleRows: readonly SampleRow[] = [...agentEvents, ...contactEvents, ...lensEvents, ...contactRecords]
