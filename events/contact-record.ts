import { z } from 'zod'
import { idOfArn, instanceIdOf, toQueueRef } from './arn.ts'
import type { ContactRecord } from './domain.ts'
import { toEpochMs, toOptionalEpochMs } from './timestamp.ts'
import {
  arnWire,
  idWire,
  optionalId,
  optionalNumber,
  optionalText,
  optionalTimestamp,
  timestampWire,
  toOptionalChannel,
  toOptionalText,
} from './wire.ts'

/** Contact record, as in the admin guide's "Contact records data model". Durations are whole seconds. */

const agentWire = z.object({
  ARN: optionalText,
  Username: optionalText,
  ConnectedToAgentTimestamp: optionalTimestamp,
  AgentInteractionDuration: optionalNumber,
  CustomerHoldDuration: optionalNumber,
  NumberOfHolds: optionalNumber,
  AfterContactWorkDuration: optionalNumber,
  AfterContactWorkStartTimestamp: optionalTimestamp,
  AfterContactWorkEndTimestamp: optionalTimestamp,
  // Tasks only.
  AgentPauseDuration: optionalNumber,
})

const queueWire = z.object({
  ARN: optionalText,
  Name: optionalText,
  EnqueueTimestamp: optionalTimestamp,
  DequeueTimestamp: optionalTimestamp,
  Duration: optionalNumber,
})

export const contactRecordWire = z.object({
  ContactId: idWire,
  InstanceARN: arnWire,
  // The version: "use the record with the latest LastUpdateTimestamp".
  LastUpdateTimestamp: timestampWire,
  Channel: optionalText,
  InitiationMethod: optionalText,
  InitialContactId: optionalId,
  PreviousContactId: optionalId,
  NextContactId: optionalId,
  InitiationTimestamp: optionalTimestamp,
  ConnectedToSystemTimestamp: optionalTimestamp,
  TransferCompletedTimestamp: optionalTimestamp,
  ScheduledTimestamp: optionalTimestamp,
  DisconnectTimestamp: optionalTimestamp,
  // Absent before 2021; an open set.
  DisconnectReason: optionalText,
  // Null: never queued.
  Queue: queueWire.nullish(),
  // Null: never connected to an agent.
  Agent: agentWire.nullish(),
})
export type ContactRecordWire = z.infer<typeof contactRecordWire>

export function toContactRecord(wire: ContactRecordWire): ContactRecord {
  const lastUpdatedAt = toEpochMs(wire.LastUpdateTimestamp)
  const disconnectedAt = toOptionalEpochMs(wire.DisconnectTimestamp)
  const agent = toRecordAgent(wire.Agent)
  const queue = wire.Queue
  return {
    kind: 'contact-record',
    eventTime: agent?.acwEndedAt ?? disconnectedAt ?? lastUpdatedAt,
    lastUpdatedAt,
    contactId: wire.ContactId,
    instanceId: instanceIdOf(wire.InstanceARN),
    channel: toOptionalChannel(wire.Channel),
    initiationMethod: toOptionalText(wire.InitiationMethod),
    initialContactId: toOptionalText(wire.InitialContactId),
    previousContactId: toOptionalText(wire.PreviousContactId),
    nextContactId: toOptionalText(wire.NextContactId),
    initiatedAt: toOptionalEpochMs(wire.InitiationTimestamp),
    connectedToSystemAt: toOptionalEpochMs(wire.ConnectedToSystemTimestamp),
    transferCompletedAt: toOptionalEpochMs(wire.TransferCompletedTimestamp),
    scheduledAt: toOptionalEpochMs(wire.ScheduledTimestamp),
    disconnectedAt,
    disconnectReason: toOptionalText(wire.DisconnectReason),
    queue: toQueueRef(queue?.ARN, queue?.Name),
    enqueuedAt: toOptionalEpochMs(queue?.EnqueueTimestamp),
    dequeuedAt: toOptionalEpochMs(queue?.DequeueTimestamp),
    queueSeconds: queue?.Duration ?? null,
    agent,
  }
}

function toRecordAgent(wire: ContactRecordWire['Agent']): ContactRecord['agent'] {
  if (wire === null || wire === undefined) return null
  const arn = toOptionalText(wire.ARN)
  return {
    id: arn === null ? null : idOfArn(arn),
    arn,
    username: toOptionalText(wire.Username),
    connectedAt: toOptionalEpochMs(wire.ConnectedToAgentTimestamp),
    interactionSeconds: wire.AgentInteractionDuration ?? null,
    holdSeconds: wire.CustomerHoldDuration ?? null,
    holdCount: wire.NumberOfHolds ?? null,
    acwSeconds: wire.AfterContactWorkDuration ?? null,
    pauseSeconds: wire.AgentPauseDuration ?? null,
    acwStartedAt: toOptionalEpochMs(wire.AfterContactWorkStartTimestamp),
    acwEndedAt: toOptionalEpochMs(wire.AfterContactWorkEndTimestamp),
  }
}
