import type { Socket } from 'node:net'
import cookie from '@fastify/cookie'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, type FastifyPluginAsync, type RouteOptions } from 'fastify'
import { jsonSchemaTransform, serializerCompiler, validatorCompiler, type ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { addGuard, type RouteScope } from './auth/guard.ts'
import type { ApiConfig } from './config.ts'
import type { RouteContext } from './context.ts'
import { addJsonParser } from './http/body-parser.ts'
import { collectRoutes } from './http/missing.ts'
import { PROBLEM_TYPE, sendProblem, toProblem } from './http/problems.ts'
import { addSecurityHeaders } from './http/security.ts'
import { createPages } from './pages.ts'
import { addRoutes } from './routes/index.ts'
import { addHealthRoutes, type HealthDeps } from './routes/health.ts'

const BODY_LIMIT_BYTES = 8 * 1024 * 1024
const REQUEST_TIMEOUT_MS = 60_000
const PREFIX = '/api/v1'

export interface DeclaredRoute {
  method: string
  url: string
  scope: RouteScope | undefined
  hasResponseSchema: boolean
}

export interface AppParts {
  plugins: readonly FastifyPluginAsync[]
  health: HealthDeps
}

/** The HTTP side, not yet listening. Order matters: headers and guard before routes, our error answers before anything can fail. */
export async function createApp(
  config: ApiConfig,
  context: RouteContext,
  { plugins, health }: AppParts,
): Promise<{ app: FastifyInstance; routes: readonly DeclaredRoute[] }> {
  const { telemetry } = context
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: 1024 },
    frameworkErrors: (error, request, reply) => {
      addSecurityHeaders(request, reply)
      void sendProblem(error, request, reply, telemetry)
    },
    clientErrorHandler: answerBrokenRequest,
  })
  const routes: DeclaredRoute[] = []
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, telemetry))
  app.removeAllContentTypeParsers()
  await app.register(cookie)
  await app.register(swagger, { openapi: describeApi(config.version), transform: jsonSchemaTransform })

  const known = collectRoutes(app)
  app.addHook('onRoute', (route: RouteOptions) => {
    routes.push({
      method: String(route.method),
      url: route.url,
      scope: route.config?.scope,
      hasResponseSchema: Object.keys((route.schema?.response as object | undefined) ?? {}).length > 0,
    })
  })
  app.addHook('onRequest', async (request, reply) => {
    addSecurityHeaders(request, reply)
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store')
    // Before a body is read: what has no address needs no parser.
    if (request.is404 && request.method !== 'GET' && request.method !== 'HEAD') throw known.missing(request)
  })
  addGuard(app, config, context)
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    telemetry.count('api_requests_total', { method: request.method, route, status: String(reply.statusCode) })
    telemetry.observe('api_request_ms', { route }, reply.elapsedTime)
  })
  const pages = await createPages(app, config)
  app.setNotFoundHandler((request, reply) => {
    if (!pages.serve(request, reply)) void sendProblem(known.missing(request), request, reply, telemetry)
  })

  addHealthRoutes(app.withTypeProvider<ZodTypeProvider>(), health)
  app.get(
    '/openapi.json',
    { config: { scope: 'public' }, schema: { hide: true, response: { 200: z.looseObject({ openapi: z.string() }) } } },
    async () => app.swagger(),
  )
  await app.register(
    async (scope) => {
      addJsonParser(scope)
      addRoutes(scope.withTypeProvider<ZodTypeProvider>(), config, context)
    },
    { prefix: PREFIX },
  )
  for (const plugin of plugins) await app.register(plugin, { prefix: PREFIX })
  await app.ready()
  return { app, routes }
}

function describeApi(version: string) {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Callboard',
      version,
      description: 'Real-time analytics for Amazon Connect. Times are ISO-8601 UTC, durations seconds unless the name says otherwise.',
    },
    components: { securitySchemes: { key: { type: 'http' as const, scheme: 'bearer' } } },
    security: [{ key: [] }],
  }
}

/** A request that is not HTTP at all never reaches fastify: https://nodejs.org/api/http.html#event-clienterror */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const problem = toProblem(Object.assign(new Error('the request is not HTTP'), { code: 'FST_ERR_BAD_URL' }))
  const body = JSON.stringify(problem)
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
