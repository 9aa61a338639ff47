/**
 * What leaves the server, over REST and over the socket alike: camelCase, ISO-8601 UTC times, durations with a unit in the name.
 * Schemas are the single source: types are inferred, OpenAPI is generated, undeclared fields are not sent.
 */
import { z } from 'zod'
import { agentStates, alertStates, contactOutcomes, contactStates } from './rows.ts'

const time = z.iso.datetime().describe('ISO-8601, UTC')
const score = z.number().min(-5).max(5).describe('Sentiment score, -5 to +5')

export const queueRefSchema = z.object({ id: z.string(), name: z.string().nullable() })

export const publicAgentSchema = z.object({
  id: z.string().describe('Connect user id'),
  arn: z.string(),
  instanceId: z.string(),
  name: z.string().describe('First and last name, else user name, else id'),
  username: z.string().nullable(),
  state: z.enum(agentStates),
  stateSince: time,
  monitoring: z.boolean(),
  status: z.object({ name: z.string(), type: z.enum(['ROUTABLE', 'CUSTOM', 'OFFLINE']), since: time }),
  nextStatus: z.object({ name: z.string(), since: time.nullable() }).nullable(),
  contacts: z.array(
    z.object({
      contactId: z.string(),
      channel: z.string(),
      state: z.string(),
      stateSince: time,
      connectedAt: time.nullable(),
      queue: queueRefSchema.nullable(),
    }),
  ),
  routingProfile: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
  queues: z.array(queueRefSchema),
  hierarchy: z.array(z.object({ level: z.number(), id: z.string(), name: z.string().nullable() })),
  missedOffers: z.number(),
  lastEventAt: time.describe('Newest event of any type; silent for over 300 s means stale'),
})
export type PublicAgent = z.infer<typeof publicAgentSchema>

/** Numbers of turns are null for contacts read from the history, which keeps the score only. */
const sentimentSchema = z.object({ score, turns: z.number().nullable(), negativeTurns: z.number().nullable() })

export const publicContactSchema = z.object({
  id: z.string(),
  instanceId: z.string().nullable(),
  channel: z.string().nullable(),
  initiationMethod: z.string().nullable(),
  initialContactId: z.string().nullable(),
  previousContactId: z.string().nullable(),
  nextContactIds: z.array(z.string()),
  queue: queueRefSchema.nullable(),
  agent: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
  offeredTo: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
  state: z.enum(contactStates),
  stateSince: time,
  initiatedAt: time.nullable(),
  enqueuedAt: time.nullable(),
  connectedAt: time.nullable(),
  leftQueueAt: time.nullable(),
  outcome: z.enum(contactOutcomes).nullable(),
  disconnectedAt: time.nullable(),
  disconnectReason: z.string().nullable(),
  endedAt: time.nullable(),
  queueSeconds: z.number().nullable(),
  interactionSeconds: z.number().nullable(),
  holdSeconds: z.number().nullable(),
  acwSeconds: z.number().nullable(),
  handleSeconds: z.number().nullable(),
  basis: z.enum(['live', 'final']),
  audioStartedAt: time.nullable(),
  audioStartEstimated: z.boolean(),
  sentiment: z.object({ customer: sentimentSchema.nullable(), agent: sentimentSchema.nullable() }),
  categories: z.array(z.string()),
  turnCount: z.number(),
  analysis: z.enum(['none', 'live', 'completed', 'failed']),
  summary: z.string().nullable(),
})
export type PublicContact = z.infer<typeof publicContactSchema>

export const publicTurnSchema = z.object({
  contactId: z.string(),
  segmentId: z.string().describe('Id of the turn'),
  outputType: z.enum(['raw', 'redacted']),
  participantRole: z.string(),
  text: z.string(),
  partial: z.boolean().describe('Assembled from pieces; the final turn has not come yet'),
  sentiment: z.enum(['POSITIVE', 'NEUTRAL', 'NEGATIVE', 'MIXED']).nullable(),
  offsetMs: z.number().nullable().describe('From the start of the analysed audio; null in chats, whose messages carry a time'),
  endOffsetMs: z.number().nullable(),
  time: time.nullable(),
  timeEstimated: z.boolean(),
})
export type PublicTurn = z.infer<typeof publicTurnSchema>

export const publicAlertSchema = z.object({
  id: z.string(),
  ruleId: z.string(),
  ruleName: z.string(),
  ruleVersion: z.number(),
  severity: z.enum(['warning', 'critical']),
  entity: z.object({ type: z.literal('contact'), id: z.string() }),
  state: z.enum(alertStates),
  since: time,
  raisedAt: time,
  queue: queueRefSchema.nullable(),
  agent: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
  hits: z.array(
    z.object({
      segmentId: z.string(),
      participantRole: z.string(),
      text: z.string(),
      highlight: z.tuple([z.number(), z.number()]),
      offsetMs: z.number().nullable(),
      confirmed: z.boolean(),
    }),
  ),
  history: z.array(z.object({ state: z.enum(alertStates), at: time, by: z.string().nullable() })),
})
export type PublicAlert = z.infer<typeof publicAlertSchema>

const rate = z.number().nullable()
/** One line of the queue table: live counts, and figures of the last 30 minutes and of the business day. */
export const publicQueueSchema = z.object({
  id: z.string(),
  name: z.string(),
  target: z.object({ seconds: z.number(), percent: z.number() }),
  hidden: z.boolean(),
  waiting: z.number(),
  waitingOverTarget: z.number(),
  oldestEnqueuedAt: time.nullable().describe('The page counts the age itself'),
  staffed: z.number(),
  available: z.number(),
  onContact: z.number(),
  offered30: z.number().describe('Contacts that left the queue in the last 30 minutes'),
  serviceLevel30: rate,
  offeredToday: z.number(),
  serviceLevelToday: rate,
  handledToday: z.number(),
  abandonedToday: z.number(),
  abandonRateToday: rate,
  answerSecondsToday: rate.describe('Average queue answer time'),
  handleSecondsToday: rate,
})
export type PublicQueue = z.infer<typeof publicQueueSchema>

/** One result of a live metrics subscription: the value of each asked metric for one group. */
export const publicMetricsSchema = z.object({
  dimensions: z.record(z.string(), z.string()),
  values: z
    .record(z.string(), z.number().nullable())
    .describe('By metric key, as in the subscription: NAME, or NAME@window, or NAME@window<threshold'),
})
export type PublicMetrics = z.infer<typeof publicMetricsSchema>

export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.string(),
  detail: z.string(),
  instance: z.string().optional(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
})
export type Problem = z.infer<typeof problemSchema>
