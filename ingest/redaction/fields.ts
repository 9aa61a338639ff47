import { isJsonObject, type Json } from '#kernel/json'

/**
 * Which parts of a message are searched. Everything is, unless it is named here: Amazon adds fields without notice, and a new one
 * may hold what somebody said.
 * - `keep`: ids, times, endpoints. They join events; an address that is hidden would join nothing.
 * - `payment`: what an administrator named (queues, agents, statuses) and closed sets: card numbers and IBANs only.
 * - `text`: the rest.
 * - `given`: maps whose keys are free, such as attributes: `text`, and no key is taken for an id.
 */
export type Level = 'keep' | 'payment' | 'text' | 'given'

const KEPT = /(?:Ids?|ID|ARNs?|Arns?|Timestamp|Time|Uri|Location)$|^(?:id|account|arn|time|resources|Fragment(?:Start|Stop)Number)$/
const CLOSED =
  /(?:Type|Status|State|Version|Method|Reason|Code|Channel|Role|Region|Locale|Sentiment|Output)$|^(?:source|version|channel|state|detail-type)$/
const ENDPOINT = /endpoint$/i
const NAMED = new Set(
  (
    'agent agentinfo queue queueinfo routingprofile hierarchygroups campaign routingcriteria contactlens recording recordings mediastreams ' +
    'currentagentsnapshot previousagentsnapshot matchedcategories matcheddetails rulename actionname username contactevaluations'
  ).split(' '),
)
const GIVEN = new Set('attributes contactdetails references tags segmentattributes extractedinformation'.split(' '))

/** What holds for the member `name` of something searched as `level`. Only plain values are ids; `AgentStatus` is an object with a name. */
export function levelOf(name: string, value: Json, level: Level): Level {
  if (level === 'keep') return 'keep'
  // Amazon's own entries among free keys: aws:connect:systemEndpoint, connect:Subtype.
  if (level === 'given') return /^(?:aws|connect):/.test(name) ? 'keep' : 'given'
  if (ENDPOINT.test(name) || (!isJsonObject(value) && KEPT.test(name))) return 'keep'
  if (level === 'payment' || (!isJsonObject(value) && CLOSED.test(name))) return 'payment'
  const lower = name.toLowerCase()
  return NAMED.has(lower) ? 'payment' : GIVEN.has(lower) ? 'given' : 'text'
}

/** `cardNumber`, `card_number` → "card number". */
export function labelOf(name: string): string {
  return name
    .slice(0, 64)
    .replaceAll(/([\p{Ll}\d])(?=\p{Lu})/gu, '$1 ')
    .replaceAll(/[_\-.:]/g, ' ')
}
