import type { JsonObject } from '#kernel/json'
import { ACCOUNT_ID, INSTANCE_ARN, ownQueueArn, queues, type Person } from '../centre.ts'
import type { Agent, Leg, World } from '../model.ts'
import { toMillisText } from './times.ts'

export type AgentEventType = 'LOGIN' | 'STATE_CHANGE' | 'HEART_BEAT'

const configurations = new Map<number, JsonObject>()

/** Sends the agent's full state together with the one sent before. A ghost sends nothing. */
export function sendAgentEvent(world: World, agent: Agent, type: AgentEventType): void {
  if (agent.isGhost) return
  const now = world.schedule.now()
  const current = toSnapshot(agent)
  world.send('agent-event', {
    AWSAccountId: ACCOUNT_ID,
    AgentARN: agent.person.arn,
    CurrentAgentSnapshot: current,
    EventId: world.ids.uuid(),
    EventTimestamp: toMillisText(now),
    EventType: type,
    InstanceARN: INSTANCE_ARN,
    PreviousAgentSnapshot: agent.snapshot,
    Version: '2017-10-01',
  })
  agent.snapshot = current
  agent.lastEventAt = now
}

function toSnapshot(agent: Agent): JsonObject {
  const { status, nextStatus } = agent
  return {
    AgentStatus: { ARN: status.arn, Name: status.name, StartTimestamp: toMillisText(agent.statusSince), Type: status.type },
    Configuration: configurationOf(agent),
    Contacts: agent.legs.map(toContact),
    NextAgentStatus: nextStatus && {
      ARN: nextStatus.status.arn,
      EnqueuedTimestamp: toMillisText(nextStatus.enqueuedAt),
      Name: nextStatus.status.name,
      Type: nextStatus.status.type,
    },
  }
}

function toContact({ contact, state, since, connectedAt }: Leg): JsonObject {
  return {
    Channel: contact.channel,
    ConnectedToAgentTimestamp: connectedAt === null ? null : toMillisText(connectedAt),
    ContactId: contact.id,
    InitialContactId: contact.initialId,
    InitiationMethod: contact.method,
    Queue: { ARN: contact.queue.arn, Name: contact.queue.name },
    QueueTimestamp: contact.enqueuedAt === null ? null : toMillisText(contact.enqueuedAt),
    State: state,
    StateStartTimestamp: toMillisText(since),
  }
}

/** Built once per agent and occupancy: it is most of an event's bytes. */
function configurationOf(agent: Agent): JsonObject {
  const voice = agent.legs.filter((leg) => leg.contact.channel === 'VOICE').length
  const chats = agent.legs.length - voice
  const key = agent.person.index * 100 + voice * 10 + chats
  let configuration = configurations.get(key)
  if (!configuration) configurations.set(key, (configuration = buildConfiguration(agent.person, voice, chats)))
  return configuration
}

function buildConfiguration(person: Person, voice: number, chats: number): JsonObject {
  const { profile } = person
  const channels = profile.chats > 0 ? ['VOICE', 'CHAT'] : ['VOICE']
  const inbound = profile.queues.map((index) => ({ ARN: queues[index]!.arn, Channels: [...channels], Name: queues[index]!.name }))
  const concurrency = [{ AvailableSlots: Math.max(0, 1 - voice), Channel: 'VOICE', MaximumSlots: 1 }]
  if (profile.chats > 0)
    concurrency.push({ AvailableSlots: Math.max(0, profile.chats - chats), Channel: 'CHAT', MaximumSlots: profile.chats })
  return {
    AgentHierarchyGroups: {
      Level1: { ARN: person.site.arn, Name: person.site.name },
      Level2: { ARN: person.team.arn, Name: person.team.name },
      Level3: null,
      Level4: null,
      Level5: null,
    },
    AutoAccept: false,
    FirstName: person.firstName,
    LanguageCode: 'en-US',
    LastName: person.lastName,
    Proficiencies: [],
    RoutingProfile: {
      ARN: profile.arn,
      Concurrency: concurrency,
      DefaultOutboundQueue: { ARN: inbound[0]!.ARN, Channels: ['VOICE'], Name: inbound[0]!.Name },
      InboundQueues: [{ ARN: ownQueueArn(person), Channels: [...channels], Name: null }, ...inbound],
      Name: profile.name,
    },
    SipAddress: null,
    Username: person.username,
  }
}
