import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify'
import { SESSION_COOKIE, type Scope } from '#contracts/session'
import { CallboardError } from '#kernel/errors'
import { isAllowedOrigin } from '../http/security.ts'
import type { Authenticator } from './authenticator.ts'
import { can, type Principal } from './principal.ts'

/** What a route asks for. `public`: nothing; `signedIn`: any valid credential. */
export type RouteScope = Scope | 'public' | 'signedIn'

declare module 'fastify' {
  interface FastifyContextConfig {
    scope?: RouteScope
  }
  interface FastifyRequest {
    /** Set on every route that is not public. */
    principal: Principal | null
  }
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

/** Deny by default: a route without a scope cannot be registered, and no handler or body parser runs before its scope was checked. */
export function addGuard(
  app: FastifyInstance,
  config: { allowedOrigins: readonly string[] },
  deps: { authenticator: Authenticator },
): void {
  app.decorateRequest('principal', null)
  app.addHook('onRoute', (route: RouteOptions) => {
    if (route.config?.scope === undefined) throw new Error(`route ${String(route.method)} ${route.url} declares no scope`)
  })
  app.addHook('onRequest', async (request) => {
    if (request.is404) return
    const scope = request.routeOptions.config.scope
    if (scope === 'public') return checkOrigin(request, config.allowedOrigins, false)
    const principal = deps.authenticator.authenticate(credentialsOf(request), request.raw)
    if (!principal) throw new CallboardError('AUTH_REQUIRED', 'send a key as "Authorization: Bearer <key>", or sign in')
    checkOrigin(request, config.allowedOrigins, principal.via === 'session')
    if (scope === undefined || (scope !== 'signedIn' && !can(principal, scope)))
      throw new CallboardError('AUTH_FORBIDDEN', `this needs the scope "${scope ?? 'none'}"`)
    request.principal = principal
  })
}

/** The principal of a route that is not public. */
export function principalOf(request: FastifyRequest): Principal {
  if (!request.principal) throw new CallboardError('AUTH_REQUIRED', 'sign in first')
  return request.principal
}

export function credentialsOf(request: FastifyRequest): { token?: string | undefined; cookie?: string | undefined } {
  const { authorization } = request.headers
  if (authorization === undefined) return { cookie: request.cookies[SESSION_COOKIE] }
  const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(authorization)
  if (!match) throw new CallboardError('AUTH_REQUIRED', 'the Authorization header is not "Bearer <key>"')
  return { token: match[1] }
}

/** A page of another origin must not act through its user's browser. Browsers send Origin with every unsafe request. */
function checkOrigin(request: FastifyRequest, allowedOrigins: readonly string[], required: boolean): void {
  if (SAFE_METHODS.has(request.method)) return
  const { origin, host } = request.headers
  if (origin === undefined ? required : !isAllowedOrigin(origin, host, allowedOrigins))
    throw new CallboardError('AUTH_FORBIDDEN', 'the request comes from a page of another origin')
}
