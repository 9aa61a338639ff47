import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Fault {
  status: number
  /** As in the header `x-amzn-errortype`. */
  type: string
  message?: string
}

export const faults = {
  throttled: { status: 429, type: 'TooManyRequestsException' },
  throttledLens: { status: 400, type: 'ThrottlingException' },
  denied: { status: 403, type: 'AccessDeniedException', message: 'User: u is not authorized to perform: connect:X' },
  expired: { status: 403, type: 'ExpiredTokenException', message: 'The security token included in the request is expired' },
  skewed: {
    status: 403,
    type: 'InvalidSignatureException',
    message: 'Signature expired: 20260101T000000Z is now earlier than 20260101T010000Z',
  },
  notFound: { status: 404, type: 'ResourceNotFoundException' },
  broken: { status: 500, type: 'InternalServiceException' },
} as const satisfies Record<string, Fault>

export interface Call {
  operation: string
  contactId: string | undefined
  body: Record<string, unknown>
  /** Of a page. */
  token: string | undefined
}

type Answer = object | Fault
type Handler = (call: Call) => Answer

/**
 * A fixture server that speaks the wire format (rest-json) of the two clients' operations that we use; not Amazon Connect. Paths are
 * those of the clients' own schemas. What a test does not set is answered empty, as an instance without anything would.
 */
export interface TestConnectApi {
  endpoint: string
  calls: Call[]
  on(operation: string, handler: Handler): void
  /** Answers every call of `operation` so, until told otherwise; undefined ends it. */
  fail(operation: string, fault: Fault | undefined): void
  stop(): Promise<void>
}

const routes: readonly (readonly [string, RegExp, string, object])[] = [
  ['POST', /^\/realtime-contact-analysis\/analysis-segments$/, 'ListRealtimeContactAnalysisSegments', { Segments: [] }],
  [
    'POST',
    /^\/contact\/list-real-time-analysis-segments-v2\/([^/]+)\/([^/]+)$/,
    'ListRealtimeContactAnalysisSegmentsV2',
    { Channel: 'CHAT', Status: 'COMPLETED', Segments: [] },
  ],
  ['GET', /^\/queues-summary\/([^/]+)$/, 'ListQueues', { QueueSummaryList: [] }],
  ['POST', /^\/search-users$/, 'SearchUsers', { Users: [] }],
  ['GET', /^\/users-summary\/([^/]+)$/, 'ListUsers', { UserSummaryList: [] }],
]

export async function startConnectApi(): Promise<TestConnectApi> {
  const calls: Call[] = []
  const handlers = new Map<string, Handler>()
  const failing = new Map<string, Fault>()
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? '/', 'http://x')
      const route = routes.find(([method, path]) => method === request.method && path.test(url.pathname))
      const send = (status: number, body: object, type?: string): void => {
        response.writeHead(status, { 'content-type': 'application/json', ...(type === undefined ? {} : { 'x-amzn-errortype': type }) })
        response.end(JSON.stringify(body))
      }
      const body = await bodyOf(request)
      if (!route) return send(404, { message: `no such path: ${request.method} ${url.pathname}` }, 'UnknownOperationException')
      const [, path, operation, empty] = route
      const inPath = path.exec(url.pathname) ?? []
      const call: Call = {
        operation,
        contactId: inPath[2] ?? (body['ContactId'] as string | undefined),
        body: { ...body, ...Object.fromEntries(url.searchParams) },
        token: url.searchParams.get('nextToken') ?? (body['NextToken'] as string | undefined),
      }
      calls.push(call)
      const answer = failing.get(operation) ?? handlers.get(operation)?.(call) ?? empty
      if (isFault(answer)) send(answer.status, { message: answer.message ?? answer.type }, answer.type)
      else send(200, answer)
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    on: (operation, handler) => void handlers.set(operation, handler),
    fail: (operation, fault) => void (fault ? failing.set(operation, fault) : failing.delete(operation)),
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function isFault(answer: Answer): answer is Fault {
  return 'status' in answer && 'type' in answer
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const text = Buffer.concat(chunks).toString()
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}
