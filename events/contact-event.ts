import { isJsonObject, type Json, type JsonObject } from '#kernel/json'
import { z } from 'zod'
import { idOfArn, instanceIdOf, toQueueRef } from './arn.ts'
import type { ContactEvent } from './domain.ts'
import { toOptionalEpochMs } from './timestamp.ts'
import { idWire, optionalId, optionalText, optionalTimestamp, toOptionalChannel, toOptionalText } from './wire.ts'

/**
 * Contact event, as in the admin guide's "Amazon Connect contact events": the EventBridge envelope or its bare `detail`.
 * The guide prints `contactId`, `ContactId`, `instanceArn` and `InstanceARN`, some in one object, so keys are respelt first.
 */

const agentInfoWire = z.object({
  agentArn: optionalText,
  connectedToAgentTimestamp: optionalTimestamp,
  afterContactWorkStartTimestamp: optionalTimestamp,
  afterContactWorkEndTimestamp: optionalTimestamp,
})

// Never sent when initiationMethod is OUTBOUND. There is no queue name.
const queueInfoWire = z.object({ queueArn: optionalText, enqueueTimestamp: optionalTimestamp })

const detailWire = z.object({
  contactId: idWire,
  eventType: z.string().min(1),
  channel: optionalText,
  instanceArn: optionalText,
  initiationMethod: optionalText,
  initialContactId: optionalId,
  previousContactId: optionalId,
  relatedContactId: optionalId,
  initiationTimestamp: optionalTimestamp,
  connectedToSystemTimestamp: optionalTimestamp,
  disconnectTimestamp: optionalTimestamp,
  disconnectReason: optionalText,
  scheduledTimestamp: optionalTimestamp,
  agentInfo: agentInfoWire.nullish(),
  queueInfo: queueInfoWire.nullish(),
})

/** `time` is when EventBridge got the event, in whole seconds. */
export const contactEventWire = z
  .object({ time: optionalTimestamp, detail: detailWire })
  .refine((wire) => momentOf(wire) !== null, { path: ['time'], message: 'is missing, and detail holds no timestamp' })
export type ContactEventWire = { time?: string | null | undefined; detail: z.infer<typeof detailWire> }

/** Envelope and detail with the keys we read spelt as in the schema; wrong types stay, for the schema to name. */
export function respellContactEvent(payload: JsonObject): JsonObject {
  const isEnvelope = payload['detail'] !== undefined
  const detail = respell(isEnvelope ? payload['detail'] : payload, detailNames)
  if (isJsonObject(detail)) {
    if (detail['agentInfo'] !== undefined) detail['agentInfo'] = respell(detail['agentInfo'], agentInfoNames)
    if (detail['queueInfo'] !== undefined) detail['queueInfo'] = respell(detail['queueInfo'], queueInfoNames)
  }
  return { time: isEnvelope ? (payload['time'] ?? null) : null, detail }
}

export function toContactEvent(wire: ContactEventWire): ContactEvent {
  const detail = wire.detail
  const agentArn = toOptionalText(detail.agentInfo?.agentArn)
  const instanceArn = toOptionalText(detail.instanceArn)
  const eventTime = momentOf(wire) ?? 0
  // The event itself says when it happened, also where its own timestamp is left out (seen on DISCONNECTED in 2021).
  const own = (type: string, at: number | null) => at ?? (detail.eventType === type ? eventTime : null)
  return {
    kind: 'contact-event',
    type: detail.eventType,
    eventTime,
    contactId: detail.contactId,
    instanceId: instanceArn === null ? null : instanceIdOf(instanceArn),
    channel: toOptionalChannel(detail.channel),
    initiationMethod: toOptionalText(detail.initiationMethod),
    initialContactId: toOptionalText(detail.initialContactId),
    previousContactId: toOptionalText(detail.previousContactId),
    relatedContactId: toOptionalText(detail.relatedContactId),
    initiatedAt: own('INITIATED', toOptionalEpochMs(detail.initiationTimestamp)),
    connectedToSystemAt: own('CONNECTED_TO_SYSTEM', toOptionalEpochMs(detail.connectedToSystemTimestamp)),
    queue: toQueueRef(detail.queueInfo?.queueArn, null),
    enqueuedAt: own('QUEUED', toOptionalEpochMs(detail.queueInfo?.enqueueTimestamp)),
    agentId: agentArn === null ? null : idOfArn(agentArn),
    agentArn,
    connectedToAgentAt: own('CONNECTED_TO_AGENT', toOptionalEpochMs(detail.agentInfo?.connectedToAgentTimestamp)),
    acwStartedAt: toOptionalEpochMs(detail.agentInfo?.afterContactWorkStartTimestamp),
    acwEndedAt: toOptionalEpochMs(detail.agentInfo?.afterContactWorkEndTimestamp),
    scheduledAt: toOptionalEpochMs(detail.scheduledTimestamp),
    disconnectedAt: own('DISCONNECTED', toOptionalEpochMs(detail.disconnectTimestamp)),
    disconnectReason: toOptionalText(detail.disconnectReason),
  }
}

/** `detail` has no event time: the field that belongs to the type, else EventBridge's `time`, else the latest moment named. */
function momentOf(wire: ContactEventWire): number | null {
  const { eventType, agentInfo, queueInfo, ...detail } = wire.detail
  const initiated = toOptionalEpochMs(detail.initiationTimestamp)
  const connectedToSystem = toOptionalEpochMs(detail.connectedToSystemTimestamp)
  const enqueued = toOptionalEpochMs(queueInfo?.enqueueTimestamp)
  const connectedToAgent = toOptionalEpochMs(agentInfo?.connectedToAgentTimestamp)
  const disconnected = toOptionalEpochMs(detail.disconnectTimestamp)
  const acwEnded = toOptionalEpochMs(agentInfo?.afterContactWorkEndTimestamp)
  const byType: Partial<Record<string, number | null>> = {
    INITIATED: initiated,
    CONNECTED_TO_SYSTEM: connectedToSystem,
    QUEUED: enqueued,
    CONNECTED_TO_AGENT: connectedToAgent,
    DISCONNECTED: disconnected,
    // A customer who talks on outside Connect leaves after the wrap-up.
    COMPLETED: latest([acwEnded, disconnected]),
  }
  const own = Object.hasOwn(byType, eventType) ? byType[eventType] : null
  return own ?? toOptionalEpochMs(wire.time) ?? latest([initiated, connectedToSystem, enqueued, connectedToAgent, disconnected, acwEnded])
}

function latest(moments: readonly (number | null)[]): number | null {
  return moments.reduce((a, b) => (b !== null && (a === null || b > a) ? b : a), null)
}

const spellings = (shape: object) => new Map(Object.keys(shape).map((name) => [name.toLowerCase(), name]))
const detailNames = spellings(detailWire.shape)
const agentInfoNames = spellings(agentInfoWire.shape)
const queueInfoNames = spellings(queueInfoWire.shape)

function respell(value: Json | undefined, names: ReadonlyMap<string, string>): Json {
  if (!isJsonObject(value)) return value ?? null
  const result: JsonObject = {}
  for (const [key, member] of Object.entries(value)) {
    const name = names.get(key.toLowerCase())
    if (name === undefined) continue
    // Two spellings in one object: one with a value wins, the schema's own before others.
    if ((result[name] ?? null) === null || (key === name && member !== null)) result[name] = member
  }
  return result
}
