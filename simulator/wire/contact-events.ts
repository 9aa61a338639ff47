import type { JsonObject } from '#kernel/json'
import { ACCOUNT_ID, contactArn, INSTANCE_ARN, INSTANCE_ID, REGION } from '../centre.ts'
import type { Contact, World } from '../model.ts'
import { toMillisText, toSecondsText, wholeSeconds } from './times.ts'

export type ContactEventType = 'INITIATED' | 'CONNECTED_TO_SYSTEM' | 'QUEUED' | 'CONNECTED_TO_AGENT' | 'DISCONNECTED' | 'COMPLETED'

/** Sends the event in its EventBridge envelope; `detail` repeats everything known about the contact so far. */
export function sendContactEvent(world: World, contact: Contact, type: ContactEventType): void {
  world.send('contact-event', {
    version: '0',
    id: world.ids.uuid(),
    'detail-type': 'Amazon Connect Contact Event',
    source: 'aws.connect',
    account: ACCOUNT_ID,
    time: toSecondsText(world.schedule.now()),
    region: REGION,
    resources: [INSTANCE_ARN, contactArn(contact.id)],
    detail: toDetail(contact, type),
  })
}

function toDetail(contact: Contact, type: ContactEventType): JsonObject {
  const detail: JsonObject = {
    eventType: type,
    instanceArn: INSTANCE_ARN,
    contactId: contact.id,
    channel: contact.channel,
    initiationMethod: contact.method,
    initiationTimestamp: toMillisText(contact.initiatedAt),
  }
  if (contact.initialId !== null) detail['initialContactId'] = contact.initialId
  if (contact.previousId !== null) detail['previousContactId'] = contact.previousId
  if (isOnline(contact) && type !== 'INITIATED') detail['connectedToSystemTimestamp'] = toMillisText(contact.initiatedAt)
  if (contact.enqueuedAt !== null) {
    detail['queueInfo'] = { queueArn: contact.queue.arn, queueType: 'STANDARD', enqueueTimestamp: toMillisText(contact.enqueuedAt) }
  }
  const agentInfo = toAgentInfo(contact)
  if (agentInfo) detail['agentInfo'] = agentInfo
  if (contact.disconnectedAt !== null) detail['disconnectTimestamp'] = toMillisText(contact.disconnectedAt)
  if (contact.disconnectReason !== null) detail['disconnectReason'] = contact.disconnectReason
  detail['tags'] = { 'aws:connect:instanceId': INSTANCE_ID }
  return detail
}

/** A callback reaches the system only when the customer answers; the flow has everybody else from the start. */
const isOnline = (contact: Contact): boolean => contact.method !== 'CALLBACK'

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
