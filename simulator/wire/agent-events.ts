import type { Json, JsonObject } from '#kernel/json'
import type { Person, Queue } from '../centre/build.ts'
import type { Agent, Leg, World } from '../model.ts'
import { noteAgent } from '../truth/facts.ts'
import { toMillisText } from './times.ts'

export type AgentEventType = 'LOGIN' | 'LOGOUT' | 'STATE_CHANGE' | 'HEART_BEAT'

/** Sends the agent's full state together with the one sent before. A ghost sends nothing. */
export function sendAgentEvent(world: World, agent: Agent, type: AgentEventType): void {
  if (agent.isGhost) return
  agent.lastEventAt = world.schedule.now()
  if (type !== 'HEART_BEAT') noteAgent(world, agent)
  if (!world.wants('agent-event')) return
  const { accountId, instanceArn } = world.centre
  const current = toSnapshot(world, agent)
  world.send('agent-event', {
    AWSAccountId: accountId,
    AgentARN: agent.person.arn,
    CurrentAgentSnapshot: current,
    EventId: world.ids.uuid(),
    EventTimestamp: toMillisText(agent.lastEventAt),
    EventType: type,
    InstanceARN: instanceArn,
    PreviousAgentSnapshot: agent.snapshot,
    Version: '2017-10-01',
  })
  agent.snapshot = current
}

function toSnapshot(world: World, agent: Agent): JsonObject {
  const { status, nextStatus } = agent
  return {
    AgentStatus: { ARN: status.arn, Name: status.name, StartTimestamp: toMillisText(agent.statusSince), Type: status.type },
    Configuration: configurationOf(world, agent),
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
    QueueTimestamp: contact.enqueuedAt === null || !contact.isQueueTold ? null : toMillisText(contact.enqueuedAt),
    State: state,
    StateStartTimestamp: toMillisText(since),
  }
}

/** What depends on the person alone is built once: it is most of an event's bytes. */
function configurationOf({ centre }: World, agent: Agent): JsonObject {
  const { person } = agent
  let fixed = centre.cache.get(person.id)
  if (!fixed) centre.cache.set(person.id, (fixed = buildConfiguration(person)))
  const profile = fixed['RoutingProfile'] as JsonObject
  const concurrency = Object.entries(person.desk.slots).map(([channel, most]): Json => {
    const taken = agent.legs.reduce((count, leg) => count + Number(leg.contact.channel === channel), 0)
    return { AvailableSlots: Math.max(0, most - taken), Channel: channel, MaximumSlots: most }
  })
  return { ...fixed, RoutingProfile: { ...profile, Concurrency: concurrency } }
}

function buildConfiguration(person: Person): JsonObject {
  const { desk, ownQueue, site, team } = person
  const channels = Object.keys(desk.slots)
  const toQueue = ({ arn, name }: Queue): JsonObject => ({ ARN: arn, Channels: channels, Name: name })
  const first = desk.queues[0] ?? ownQueue
  return {
    AgentHierarchyGroups: {
      Level1: { ARN: site.arn, Name: site.name },
      Level2: { ARN: team.arn, Name: team.name },
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
      ARN: desk.arn,
      Concurrency: [],
      DefaultOutboundQueue: { ARN: first.arn, Channels: ['VOICE'], Name: first.name },
      InboundQueues: [toQueue(ownQueue), ...desk.queues.map(toQueue)],
      Name: desk.name,
    },
    SipAddress: null,
    Username: person.username,
  }
}
