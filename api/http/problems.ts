import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Problem } from '#contracts/public'
import { CallboardError, errorTable, messageOf, type ErrorCode } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'

export const PROBLEM_TYPE = 'application/problem+json'

export interface FieldError {
  /** Dotted path of the field: `filters.0.key`; '' for the body as a whole. */
  path: string
  message: string
}

/** A 400 that names each wrong field. */
export function invalid(...errors: FieldError[]): CallboardError {
  const detail = errors.map((e) => (e.path === '' ? e.message : `${e.path}: ${e.message}`)).join('; ')
  return new CallboardError('REQUEST_INVALID', detail, { details: { errors } })
}

export function notFound(what: string): CallboardError {
  return new CallboardError('NOT_FOUND', `there is no such ${what}`)
}

// What fastify itself throws, by its code: https://fastify.dev/docs/latest/Reference/Errors
const frameworkCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'MEDIA_TYPE_UNSUPPORTED',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'REQUEST_INVALID',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'BODY_INVALID_JSON',
  FST_ERR_CTP_INVALID_JSON_BODY: 'BODY_INVALID_JSON',
  FST_ERR_BAD_URL: 'REQUEST_INVALID',
  FST_ERR_MAX_PARAM_LENGTH: 'REQUEST_INVALID',
  FST_ERR_NOT_FOUND: 'NOT_FOUND',
}

interface Validation {
  validation: readonly { instancePath: string; message?: string }[]
  validationContext?: string
}

/** The problem document of any error. Only our own errors and bad input say what happened; of the rest the caller learns an instance id. */
export function toProblem(error: unknown): Problem {
  if (isValidation(error)) return fromFieldErrors(toFieldErrors(error))
  const code = codeOf(error)
  const { status, meaning } = errorTable[code]
  const isCostly = error instanceof CallboardError && isTooCostly(error)
  const detail = isCostly
    ? 'the query asks for too much: narrow it by time or words'
    : status < 500 || status === 503
      ? messageOf(error)
      : meaning
  const errors = error instanceof CallboardError ? (error.details['errors'] as FieldError[] | undefined) : undefined
  return { ...base(code), detail, ...(errors ? { errors } : {}), ...(status >= 500 ? { instance: `urn:uuid:${randomUUID()}` } : {}) }
}

/** Answers with the problem document and logs what is our fault, once, under the instance id the caller got. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, telemetry: Telemetry): FastifyReply {
  const problem = toProblem(error)
  if (problem.status >= 500) {
    telemetry.log(problem.status === 503 ? 'warn' : 'error', 'api_request_failed', {
      instance: problem.instance,
      code: problem.code,
      method: request.method,
      route: request.routeOptions.url ?? null,
      message: messageOf(error),
      stack: error instanceof Error && problem.status === 500 ? error.stack : undefined,
    })
  }
  const retryAfter = error instanceof CallboardError ? error.details['retryAfterSeconds'] : undefined
  if (typeof retryAfter === 'number') void reply.header('retry-after', String(Math.ceil(retryAfter)))
  const allow = error instanceof CallboardError ? error.details['allow'] : undefined
  if (typeof allow === 'string') void reply.header('allow', allow)
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="callboard"')
  // As a string: an answer about a failure must not depend on a response schema.
  return reply.code(problem.status).type(PROBLEM_TYPE).serializer(String).send(JSON.stringify(problem))
}

function codeOf(error: unknown): ErrorCode {
  if (error instanceof CallboardError) return isTooCostly(error) ? 'QUERY_INVALID' : error.code
  if (typeof error !== 'object' || error === null) return 'INTERNAL'
  const known = 'code' in error && typeof error.code === 'string' ? frameworkCodes[error.code] : undefined
  // Newer codes of the framework and its plugins: a 4xx is the caller's whatever it is called.
  const isCallers = 'statusCode' in error && typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500
  return known ?? (isCallers ? 'REQUEST_INVALID' : 'INTERNAL')
}

/** The store stopped a query at one of its limits: asked more narrowly it will answer. */
function isTooCostly({ code, details }: CallboardError): boolean {
  return code === 'STORE_REJECTED' && details['fault'] === 'limit'
}

function base(code: ErrorCode): Pick<Problem, 'type' | 'title' | 'status' | 'code'> {
  const { status, meaning } = errorTable[code]
  return { type: `urn:callboard:problem:${code}`, title: meaning, status, code }
}

function fromFieldErrors(errors: FieldError[]): Problem {
  return { ...base('REQUEST_INVALID'), detail: invalid(...errors).message, errors }
}

function isValidation(error: unknown): error is Validation {
  return typeof error === 'object' && error !== null && 'validation' in error && Array.isArray(error.validation)
}

const MAX_ERRORS = 20

/** Paths as in the body; parameters of the address are named with where they stand: `query.limit`. */
function toFieldErrors({ validation, validationContext }: Validation): FieldError[] {
  const prefix = validationContext === 'querystring' ? 'query.' : validationContext === 'params' ? 'path.' : ''
  return validation.slice(0, MAX_ERRORS).map(({ instancePath, message }) => {
    const path = instancePath.replace(/^\//, '').replaceAll('/', '.')
    return { path: path === '' ? prefix.replace('.', '') : prefix + path, message: message ?? 'wrong value' }
  })
}
