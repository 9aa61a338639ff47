import type { FastifyPluginAsync } from 'fastify'
import type { Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { decodeUtf8, parseJson, type JsonFault } from '#kernel/json'
import { kindsByPath, type KindPath } from '#events/envelope'
import type { IngestDoor } from './door.ts'
import type { Element } from './arrival.ts'
import { z } from 'zod'

const MAX_BODY_BYTES = 8 * 1024 * 1024
const bodyErrors = {
  'invalid-utf8': 'BODY_INVALID_UTF8',
  'invalid-json': 'BODY_INVALID_JSON',
  'too-deep': 'BODY_TOO_DEEP',
  'forbidden-key': 'BODY_FORBIDDEN_KEY',
} as const satisfies Record<JsonFault, string>

const resultSchema = z.object({ accepted: z.number(), duplicate: z.number(), deadLettered: z.number() })

/**
 * `POST /events/{kind}`: one JSON document, an array, or NDJSON, as Amazon sends it. 202 once durable. A body that cannot be read
 * as a whole is refused and nothing is stored; an element or line that cannot be decoded is a dead letter and counted.
 */
export function createEventsRoute(deps: { door: IngestDoor; clock: Clock }): FastifyPluginAsync {
  return async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      ['application/json', 'application/x-ndjson', 'application/jsonl', 'text/plain', 'application/cloudevents+json'],
      { parseAs: 'buffer', bodyLimit: MAX_BODY_BYTES },
      (_request, body, done) => done(null, body),
    )
    scope.post(
      '/events/:kind',
      {
        config: { scope: 'ingest' },
        schema: {
          summary: 'Take in events exactly as Amazon sends them',
          params: z.object({ kind: z.enum(Object.keys(kindsByPath) as [KindPath, ...KindPath[]]) }),
          response: { 202: resultSchema },
        },
      },
      async (request, reply) => {
        const { kind } = request.params as { kind: KindPath }
        const isLines = /ndjson|jsonl/.test(request.headers['content-type'] ?? '')
        const elements = isLines ? splitLines(request.body as Buffer) : splitDocument(request.body as Buffer | undefined)
        const arrivalTime = deps.clock.now()
        const result = await deps.door.take(elements, {
          source: 'http',
          origin: `http:${request.id}`,
          kind: kindsByPath[kind],
          arrivalTime,
        })
        return reply.code(202).send(result)
      },
    )
  }
}

/** Lines keep their bytes, so that one with bad UTF-8 is one dead letter and its neighbours go on. Empty lines are none. */
function splitLines(body: Buffer): Element[] {
  const elements: Element[] = []
  for (let from = 0; from <= body.length;) {
    const found = body.indexOf(0x0a, from)
    const end = found === -1 ? body.length : found
    const line = body.subarray(from, end)
    if (line.some((byte) => byte > 0x20)) elements.push({ bytes: line })
    from = end + 1
  }
  return elements
}

function splitDocument(body: Buffer | undefined): Element[] {
  const text = decodeUtf8(body ?? new Uint8Array())
  if (text === undefined) throw new CallboardError('BODY_INVALID_UTF8', 'the body is not UTF-8')
  // One level for the array around the documents.
  const parsed = parseJson(text)
  if (!parsed.ok) throw new CallboardError(bodyErrors[parsed.fault], `the body ${parsed.message}`)
  return Array.isArray(parsed.value) ? parsed.value.map((value) => ({ value })) : [{ value: parsed.value }]
}
