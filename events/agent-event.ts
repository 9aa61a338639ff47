import { z } from 'zod'
import { idOfArn, instanceIdOf, toNamedRef, toQueueRef } from './arn.ts'
import type { AgentConfig, AgentContact, AgentEvent, AgentSnapshot, StatusType } from './domain.ts'
import { toEpochMs, toOptionalEpochMs } from './timestamp.ts'
import { arnWire, idWire, optionalId, optionalText, optionalTimestamp, timestampWire, toChannel, toOptionalText } from './wire.ts'

/** Agent event stream, as in the admin guide's "Agent event streams data model". */

const namedWire = z.object({ ARN: optionalText, Name: optionalText }).nullish()

const contactWire = z.object({
  ContactId: idWire,
  InitialContactId: optionalId,
  Channel: z.string(),
  InitiationMethod: z.string(),
  State: z.string(),
  StateStartTimestamp: timestampWire,
  ConnectedToAgentTimestamp: optionalTimestamp,
  QueueTimestamp: optionalTimestamp,
  // Null for what was never queued.
  Queue: namedWire,
})

const configurationWire = z.object({
  Username: optionalText,
  FirstName: optionalText,
  LastName: optionalText,
  RoutingProfile: z
    .object({
      ARN: optionalText,
      Name: optionalText,
      InboundQueues: z.array(namedWire).nullish(),
      // Absent before mid-2019.
      Concurrency: z.array(z.object({ Channel: z.string(), AvailableSlots: z.number(), MaximumSlots: z.number() })).nullish(),
    })
    .nullish(),
  AgentHierarchyGroups: z
    .object({ Level1: namedWire, Level2: namedWire, Level3: namedWire, Level4: namedWire, Level5: namedWire })
    .nullish(),
})

const snapshotWire = z
  .object({
    // Type is absent in payloads of 2018 and 2019.
    AgentStatus: z.object({ ARN: optionalText, Name: z.string(), StartTimestamp: timestampWire, Type: optionalText }),
    // Since July 2021. Editions of the guide before 2023 spell the time EnqueueTimestamp.
    NextAgentStatus: z
      .object({ ARN: optionalText, Name: optionalText, EnqueuedTimestamp: optionalTimestamp, EnqueueTimestamp: optionalTimestamp })
      .nullish(),
    Configuration: configurationWire.nullish(),
    Contacts: z.array(contactWire).nullish(),
  })
  .nullish()

export const agentEventWire = z.object({
  AgentARN: arnWire,
  InstanceARN: arnWire,
  EventId: idWire,
  EventTimestamp: timestampWire,
  EventType: z.string().min(1),
  CurrentAgentSnapshot: snapshotWire,
  // Null was seen on a STATE_CHANGE.
  PreviousAgentSnapshot: snapshotWire,
})
export type AgentEventWire = z.infer<typeof agentEventWire>
type SnapshotWire = NonNullable<z.infer<typeof snapshotWire>>

export function toAgentEvent(wire: AgentEventWire): AgentEvent {
  return {
    kind: 'agent-event',
    eventId: wire.EventId,
    type: wire.EventType,
    eventTime: toEpochMs(wire.EventTimestamp),
    agentId: idOfArn(wire.AgentARN),
    agentArn: wire.AgentARN,
    instanceId: instanceIdOf(wire.InstanceARN),
    current: wire.CurrentAgentSnapshot
      ? { ...toMoment(wire.CurrentAgentSnapshot), config: toConfig(wire.CurrentAgentSnapshot.Configuration) }
      : null,
    previous: wire.PreviousAgentSnapshot ? toMoment(wire.PreviousAgentSnapshot) : null,
  }
}

function toMoment(wire: SnapshotWire): Omit<AgentSnapshot, 'config'> {
  const status = wire.AgentStatus
  const next = wire.NextAgentStatus
  const nextName = toOptionalText(next?.Name)
  return {
    status: {
      arn: toOptionalText(status.ARN),
      name: status.Name,
      type: toStatusType(status.Type, status.Name),
      startedAt: toEpochMs(status.StartTimestamp),
    },
    nextStatus:
      nextName === null
        ? null
        : {
            arn: toOptionalText(next?.ARN),
            name: nextName,
            enqueuedAt: toOptionalEpochMs(next?.EnqueuedTimestamp) ?? toOptionalEpochMs(next?.EnqueueTimestamp),
          },
    contacts: (wire.Contacts ?? []).map(toContact),
  }
}

/** By name where the type is absent or new: only `Available` and `Offline` are Amazon's own. */
function toStatusType(type: string | null | undefined, name: string): StatusType {
  if (type === 'ROUTABLE' || type === 'CUSTOM' || type === 'OFFLINE') return type
  if (name === 'Available') return 'ROUTABLE'
  return name === 'Offline' ? 'OFFLINE' : 'CUSTOM'
}

const levels = [1, 2, 3, 4, 5] as const

function toConfig(wire: SnapshotWire['Configuration']): AgentConfig {
  const profile = wire?.RoutingProfile
  const groups = wire?.AgentHierarchyGroups
  return {
    username: toOptionalText(wire?.Username),
    firstName: toOptionalText(wire?.FirstName),
    lastName: toOptionalText(wire?.LastName),
    routingProfile: toNamedRef(profile?.ARN, profile?.Name),
    queues: (profile?.InboundQueues ?? []).flatMap((queue) => toQueueRef(queue?.ARN, queue?.Name) ?? []),
    hierarchy: levels.flatMap((level) => {
      const group = groups?.[`Level${level}`]
      const ref = toNamedRef(group?.ARN, group?.Name)
      return ref === null ? [] : [{ level, ...ref }]
    }),
    slots: (profile?.Concurrency ?? []).map((slot) => ({
      channel: toChannel(slot.Channel),
      available: slot.AvailableSlots,
      maximum: slot.MaximumSlots,
    })),
  }
}

function toContact(wire: z.infer<typeof contactWire>): AgentContact {
  return {
    contactId: wire.ContactId,
    initialContactId: toOptionalText(wire.InitialContactId),
    channel: toChannel(wire.Channel),
    initiationMethod: wire.InitiationMethod,
    state: wire.State,
    stateStartedAt: toEpochMs(wire.StateStartTimestamp),
    connectedAt: toOptionalEpochMs(wire.ConnectedToAgentTimestamp),
    queuedAt: toOptionalEpochMs(wire.QueueTimestamp),
    queue: toQueueRef(wire.Queue?.ARN, wire.Queue?.Name),
  }
}
