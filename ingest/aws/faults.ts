import { messageOf } from '#kernel/errors'

/** What can be wrong between us and Amazon, by what helps against it. */
export type AwsFault = 'throttled' | 'access-denied' | 'credentials' | 'not-found' | 'clock-skew' | 'unreachable' | 'service' | 'other'

const byName: readonly (readonly [AwsFault, RegExp])[] = [
  ['throttled', /throttl|throughputexceeded|limitexceeded|toomanyrequests|slowdown|requestthrottled|overlimit/i],
  ['clock-skew', /requesttimetooskewed|requestexpired|requestinthefuture|signaturenotyetcurrent/i],
  [
    'credentials',
    /expiredtoken|unrecognizedclient|invalidclienttokenid|invalidaccesskeyid|signaturedoesnotmatch|credentialsprovider|missingauthentication|tokenrefreshrequired|invalidsignature|authfailure/i,
  ],
  ['access-denied', /accessdenied|forbidden|unauthorized|notauthorized|optinrequired|kmsaccess/i],
  [
    'unreachable',
    /timeouterror|requesttimeout|networkingerror|econn|^enotfound|eai_again|epipe|ehostunreach|enetunreach|etimedout|eproto|cert_|unable_to_verify|self_signed|depth_zero/i,
  ],
  ['not-found', /notfound|doesnotexist|nonexistentqueue|nosuch/i],
  ['service', /internalfailure|internalserver|internalerror|serviceunavailable|unavailable/i],
]

const advice: Record<AwsFault, string> = {
  throttled: 'other readers use up the allowance; it is asked again, more slowly',
  'access-denied': 'the role or user lacks the permission; see `callboard doctor`',
  credentials: 'the AWS credentials are missing, wrong or expired',
  'not-found': 'no such stream, queue, bucket or instance in this account and Region',
  'clock-skew': 'the clock of this machine is wrong; set it by NTP',
  unreachable: 'the address does not answer; check the network, a proxy, a VPC endpoint',
  service: 'a fault at the service; it is asked again',
  other: 'it is asked again',
}

/** The class of an error of an AWS client. Reads names and codes, and the message only for a signature that came too late. */
export function awsFaultOf(error: unknown): AwsFault {
  // Signature errors carry one name for two causes, told apart by their text alone.
  if (/signature (expired|not yet current)|not within.*of the server|too skewed/i.test(messageOf(error))) return 'clock-skew'
  for (const text of namesOf(error)) for (const [fault, pattern] of byName) if (pattern.test(text)) return fault
  const status = statusOf(error)
  if (status === 429) return 'throttled'
  if (status === 403 || status === 401) return 'access-denied'
  if (status === 404) return 'not-found'
  return status !== undefined && status >= 500 ? 'service' : 'other'
}

/** One line for the health page and `callboard doctor`: what Amazon said, and what helps. */
export function awsFaultText(error: unknown): string {
  const name = error instanceof Error && error.name !== 'Error' ? `${error.name}: ` : ''
  // A refused connection to several addresses is an AggregateError without a message.
  const said = messageOf(error) || namesOf(error).join(' ')
  return `${name}${said} (${advice[awsFaultOf(error)]})`
}

/** Name and code of an error and of what caused it. */
function namesOf(error: unknown): string[] {
  const names: string[] = []
  let at: unknown = error
  for (let depth = 0; depth < 4 && typeof at === 'object' && at !== null; depth++) {
    const { name, code, Code, cause } = at as { name?: unknown; code?: unknown; Code?: unknown; cause?: unknown }
    for (const text of [name, code, Code]) if (typeof text === 'string' && text !== 'Error') names.push(text)
    at = cause
  }
  return names
}

function statusOf(error: unknown): number | undefined {
  const meta = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata
  return meta?.httpStatusCode
}
