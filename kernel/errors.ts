/** Every error code of the product: HTTP status where it reaches a caller, and what it means. `docs/errors.md` is generated from this. */
export const errorTable = {
  AUTH_REQUIRED: { status: 401, meaning: 'No valid key, cookie or sign-in code was sent.' },
  AUTH_FORBIDDEN: { status: 403, meaning: 'The key is valid but lacks the scope this needs.' },
  BODY_INVALID_JSON: { status: 400, meaning: 'The body as a whole is not JSON.' },
  BODY_INVALID_UTF8: { status: 400, meaning: 'The body holds bytes that are not UTF-8.' },
  BODY_TOO_DEEP: { status: 400, meaning: 'The body nests deeper than 64 levels.' },
  BODY_TOO_LARGE: { status: 413, meaning: 'The body is larger than 8 MiB.' },
  BODY_FORBIDDEN_KEY: { status: 400, meaning: 'The body holds the key "__proto__".' },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, meaning: 'The content type is not one this endpoint reads.' },
  REQUEST_INVALID: { status: 400, meaning: 'A parameter or body field has a wrong value; errors[] names each.' },
  NOT_FOUND: { status: 404, meaning: 'There is no such thing, or it is outside your scope.' },
  METHOD_NOT_ALLOWED: { status: 405, meaning: 'The path exists but not with this method.' },
  CONFLICT: { status: 409, meaning: 'The change contradicts the present state.' },
  QUERY_INVALID: { status: 400, meaning: 'The search query cannot be read.' },
  RATE_LIMITED: { status: 429, meaning: 'Too many requests; see Retry-After.' },
  NOT_READY: { status: 503, meaning: 'The server is starting or catching up; try again shortly.' },
  STORE_UNAVAILABLE: { status: 503, meaning: 'The analytics store does not answer; live data go on.' },
  INTERNAL: { status: 500, meaning: 'A fault of ours. It is in the log under the given instance id.' },
  SETTING_INVALID: { status: 500, meaning: 'A setting has a wrong value; the message names it.' },
  DATA_DIR_IN_USE: { status: 500, meaning: 'Another process owns this data folder.' },
  DATA_DIR_FORMAT: { status: 500, meaning: 'The data folder is of another version, or not whole; the message says what to do.' },
  BACKUP_INVALID: { status: 500, meaning: 'A backup is not finished, damaged or of a newer version; the message names the file.' },
  BACKUP_FAILED: { status: 500, meaning: 'A backup could not be made or restored; the message says why.' },
  LOG_OFFSET_OUT_OF_RANGE: { status: 500, meaning: 'A stored position is outside the log; the message names both.' },
  LOG_CORRUPT: { status: 500, meaning: 'The log cannot be read; restore it from a backup.' },
  LOG_CLOSED: { status: 503, meaning: 'The log was closed while it was used.' },
  LOG_RECORD_TOO_LARGE: { status: 413, meaning: 'A record is larger than the log takes.' },
  LOG_UNAVAILABLE: { status: 503, meaning: 'The log does not take records now; try again.' },
  STORE_MIGRATION_FAILED: { status: 500, meaning: 'A migration of the analytics store failed, or its text changed after it was applied.' },
  STORE_TOO_OLD: { status: 500, meaning: 'The ClickHouse server is older than 26.7.' },
  STORE_REJECTED: { status: 500, meaning: 'The analytics store refused a statement or a row.' },
  STATE_ILLEGAL: { status: 500, meaning: 'A state machine was asked for a transition it does not have.' },
} as const

export type ErrorCode = keyof typeof errorTable

export interface ErrorFacts {
  /** Whether the same call can succeed later without a change. */
  retryable?: boolean
  cause?: unknown
  details?: Record<string, unknown>
}

export class CallboardError extends Error {
  override readonly name = 'CallboardError'
  readonly code: ErrorCode
  readonly retryable: boolean
  readonly details: Record<string, unknown>

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.code = code
    this.retryable = facts.retryable ?? false
    this.details = facts.details ?? {}
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
