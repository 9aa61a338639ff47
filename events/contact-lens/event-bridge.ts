import { z } from 'zod'
import { idOfArn, instanceIdOf } from '../arn.ts'
import type { LensEvent } from '../domain.ts'
import { toOptionalEpochMs } from '../timestamp.ts'
import { arnWire, optionalText, optionalTimestamp, toOptionalChannel, toOptionalText } from '../wire.ts'

/**
 * What Contact Lens puts on EventBridge. A rule match names the rule and nothing of what was said; an Analysis State Change
 * tells that an analysis failed. Detail types: "Amazon Connect events" in the EventBridge reference; the failure: admin guide,
 * "Error notifications: When Contact Lens can't analyze a contact".
 */

export const ruleMatchWire = z.object({
  'detail-type': z.string(),
  time: optionalTimestamp,
  // agentArn and queueArn are not read: absent for contacts without an agent, and other streams tell both.
  detail: z.object({ contactArn: arnWire, instanceArn: optionalText, ruleName: optionalText }),
})

export const analysisStateWire = z.object({
  time: optionalTimestamp,
  detail: z.object({ contact: arnWire, instance: optionalText, channel: optionalText, state: optionalText }),
})

const nothingSaid = { outputType: 'raw', languageCode: null, turns: [], categories: [], summary: null, skipped: {} } as const

export function toRuleMatch(wire: z.infer<typeof ruleMatchWire>): LensEvent {
  return {
    ...nothingSaid,
    kind: 'contact-lens',
    origin: 'rule',
    type: 'MATCHED',
    eventTime: toOptionalEpochMs(wire.time),
    contactId: idOfArn(wire.detail.contactArn),
    instanceId: instanceIdOf(toOptionalText(wire.detail.instanceArn) ?? wire.detail.contactArn),
    channel: channelOf(wire['detail-type']),
    ruleName: toOptionalText(wire.detail.ruleName),
  }
}

export function toAnalysisState(wire: z.infer<typeof analysisStateWire>): LensEvent {
  return {
    ...nothingSaid,
    kind: 'contact-lens',
    origin: 'analysisState',
    type: toOptionalText(wire.detail.state) ?? 'FAILED',
    eventTime: toOptionalEpochMs(wire.time),
    contactId: idOfArn(wire.detail.contact),
    instanceId: instanceIdOf(toOptionalText(wire.detail.instance) ?? wire.detail.contact),
    channel: toOptionalChannel(wire.detail.channel),
    ruleName: null,
  }
}

/** The detail type is the only place that tells: `… Post Chat Rules Matched`, `… Realtime Rules Matched`, `… Email Rules Matched`. */
function channelOf(detailType: string): string | null {
  if (/\bchat\b/i.test(detailType)) return 'CHAT'
  if (/\bemail\b/i.test(detailType)) return 'EMAIL'
  return /\b(call|realtime)\b/i.test(detailType) ? 'VOICE' : null
}
