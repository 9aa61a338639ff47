import type { JsonObject } from '#kernel/json'
import type { Contact, World } from '../model.ts'
import { toMillisText, toSecondsText, wholeSeconds } from './times.ts'

export type ContactEventType =
  | 'INITIATED'
  | 'CONNECTED_TO_SYSTEM'
  | 'CONTACT_DATA_UPDATED'
  | 'QUEUED'
  | 'CONNECTED_TO_AGENT'
  | 'PAUSED'
  | 'RESUMED'
  | 'DISCONNECTED'
  | 'COMPLETED'

/** Sends the event in its EventBridge envelope; `detail` repeats everything known about the contact so far. */
export function sendContactEvent(world: World, contact: Contact, type: ContactEventType): void {
  if (!world.wants('contact-event')) return
  const { accountId, region, instanceArn } = world.centre
  world.send('contact-event', {
    version: '0',
    id: world.ids.uuid(),
    'detail-type': 'Amazon Connect Contact Event',
    source: 'aws.connect',
    account: accountId,
    time: toSecondsText(world.schedule.now()),
    region,
    resources: [instanceArn, `${instanceArn}/contact/${contact.id}`],
    detail: toDetail(world, contact, type),
  })
}

function toDetail({ centre }: World, contact: Contact, type: ContactEventType): JsonObject {
  const detail: JsonObject = {
    eventType: type,
    instanceArn: centre.instanceArn,
    contactId: contact.id,
    channel: contact.channel,
    initiationMethod: contact.method,
    initiationTimestamp: toMillisText(contact.initiatedAt),
  }
  if (contact.initialId !== null) detail['initialContactId'] = contact.initialId
  if (contact.previousId !== null) detail['previousContactId'] = contact.previousId
  if (type === 'CONTACT_DATA_UPDATED') detail['updatedProperties'] = ['UserDefinedAttributes']
  if (contact.onlineAt !== null && type !== 'INITIATED') detail['connectedToSystemTimestamp'] = toMillisText(contact.onlineAt)
  if (contact.enqueuedAt !== null && contact.isQueueTold) {
    const { arn, type: queueType } = contact.queue
    detail['queueInfo'] = { queueArn: arn, queueType, enqueueTimestamp: toMillisText(contact.enqueuedAt) }
  }
  if (contact.campaign) detail['campaign'] = { campaignId: contact.campaign.id }
  if (contact.answeredBy !== null) detail['answeringMachineDetectionStatus'] = contact.answeredBy
  const agentInfo = toAgentInfo(contact)
  if (agentInfo) detail['agentInfo'] = agentInfo
  if (contact.disconnectedAt !== null) detail['disconnectTimestamp'] = toMillisText(contact.disconnectedAt)
  if (contact.disconnectReason !== null) detail['disconnectReason'] = contact.disconnectReason
  detail['tags'] = { 'aws:connect:instanceId': centre.instanceId }
  return detail
}

function toAgentInfo({ agent, connectedAt, holds, wrapUpFrom, wrapUpTo }: Contact): JsonObject | undefined {
  if (!agent || connectedAt === null) return undefined
  const { person } = agent
  const info: JsonObject = {
    agentArn: person.arn,
    connectedToAgentTimestamp: toMillisText(connectedAt),
    hierarchyGroups: { level1: { arn: person.site.arn }, level2: { arn: person.team.arn } },
  }
  if (wrapUpFrom === null) return info
  info['agentInitiatedHoldDuration'] = wholeSeconds(holds.totalMs)
  if (wrapUpTo === null) return info
  info['afterContactWorkStartTimestamp'] = toMillisText(wrapUpFrom)
  info['afterContactWorkEndTimestamp'] = toMillisText(wrapUpTo)
  info['afterContactWorkDuration'] = wholeSeconds(wrapUpTo) - wholeSeconds(wrapUpFrom)
  return info
}
