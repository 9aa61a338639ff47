import { CallboardError, messageOf } from '#kernel/errors'

interface ErrorLike {
  readonly name?: string
  readonly type?: string
  readonly code?: unknown
  readonly cause?: unknown
}

const isErrorLike = (value: unknown): value is ErrorLike => typeof value === 'object' && value !== null

/** The broker's error type below kafkajs's wrappers, else the name of the innermost error. */
export function errorType(error: unknown): string {
  let name = 'unknown'
  for (let at = error, depth = 0; isErrorLike(at) && depth < 6; at = at.cause, depth += 1) {
    if (typeof at.type === 'string') return at.type
    name = at.name ?? name
  }
  return name
}

const FENCED = new Set(['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', 'INVALID_PRODUCER_ID_MAPPING', 'INVALID_TXN_STATE'])
const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** Somebody else writes under this name now, or the coordinator gave up a transaction that took too long. */
export function isFenced(error: unknown): boolean {
  return FENCED.has(errorType(error))
}

/** What the port says of a failed call. */
export function logFault(error: unknown, what: string): CallboardError {
  if (error instanceof CallboardError) return error
  const type = errorType(error)
  const message = `${what}: ${messageOf(error)} (${type})`
  if (TOO_LARGE.has(type)) return new CallboardError('LOG_RECORD_TOO_LARGE', message, { cause: error })
  return new CallboardError('LOG_UNAVAILABLE', message, { retryable: true, cause: error, details: { type } })
}

/** What the operator has to change, when the cluster cannot be used at all. */
export function settingFault(error: unknown, brokers: readonly string[], uses: { sasl: boolean; tls: boolean }): CallboardError {
  if (error instanceof CallboardError) return error
  const type = errorType(error)
  const reason = messageOf(error)
  const fault = (message: string): CallboardError => new CallboardError('SETTING_INVALID', message, { cause: error, details: { type } })
  if (type === 'SASL_AUTHENTICATION_FAILED' || /SASLAuthentication|Authentication failed/i.test(`${type} ${reason}`))
    return fault(`KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD_FILE: the brokers refuse these credentials: ${reason}`)
  if (/UNSUPPORTED_SASL_MECHANISM|mechanism/i.test(`${type} ${reason}`))
    return fault(`KAFKA_SASL_MECHANISM: the brokers do not offer it: ${reason}`)
  if (/AUTHORIZATION_FAILED/.test(type))
    return fault(
      `KAFKA_SASL_USERNAME: not allowed to do what Callboard needs (topics, groups and transactional ids below KAFKA_TOPIC_PREFIX): ${reason}`,
    )
  if (/certificate|self.signed|ssl|tls|EPROTO|ERR_TLS/i.test(reason))
    return fault(`KAFKA_TLS, KAFKA_TLS_CA_FILE: no trusted connection to ${brokers.join(', ')}: ${reason}`)
  const hint = uses.sasl || uses.tls ? '' : '; if they expect TLS or credentials, set KAFKA_TLS and KAFKA_SASL_MECHANISM'
  return fault(`KAFKA_BROKERS: ${brokers.join(', ')} cannot be used: ${reason}${hint}`)
}
