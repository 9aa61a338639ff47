import type { FastifyInstance } from 'fastify'
import { CallboardError, type ErrorCode } from '#kernel/errors'
import { decodeUtf8, parseJson, type Json, type JsonFault } from '#kernel/json'

const codes: Readonly<Record<JsonFault, ErrorCode>> = {
  'invalid-utf8': 'BODY_INVALID_UTF8',
  'invalid-json': 'BODY_INVALID_JSON',
  'too-deep': 'BODY_TOO_DEEP',
  'forbidden-key': 'BODY_FORBIDDEN_KEY',
}

/**
 * Reads JSON bodies with our own limits: fastify's parser takes bad UTF-8 as U+FFFD and any depth. Encapsulated: plugins that take
 * other bodies bring their own parser. An empty body is no body.
 */
export function addJsonParser(scope: FastifyInstance): void {
  for (const type of ['application/json', /^application\/[\w.-]+\+json/])
    scope.addContentTypeParser(type, { parseAs: 'buffer' }, async (_request: unknown, bytes: Buffer) => parseBody(bytes))
}

function parseBody(bytes: Buffer): Json | undefined {
  if (bytes.length === 0) return undefined
  const text = decodeUtf8(bytes)
  if (text === undefined) throw new CallboardError('BODY_INVALID_UTF8', 'the body is not UTF-8')
  const parsed = parseJson(text)
  if (parsed.ok) return parsed.value
  throw new CallboardError(codes[parsed.fault], `the body ${parsed.fault === 'invalid-json' ? 'is not JSON' : parsed.message}`)
}
