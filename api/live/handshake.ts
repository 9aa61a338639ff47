import type { IncomingMessage } from 'node:http'
import type { ExtendedError } from 'socket.io'
import { SESSION_COOKIE } from '#contracts/session'
import { CallboardError, messageOf } from '#kernel/errors'
import type { Authenticator } from '../auth/authenticator.ts'
import { can } from '../auth/principal.ts'
import { isAllowedOrigin } from '../http/security.ts'
import type { LiveSocket } from './types.ts'

const MAX_CONNECTIONS = 10_000

/** Looked at before anything is allocated for a connection: the page's origin, and that no secret stands in the address. */
export function isAllowedConnection(request: IncomingMessage, openConnections: number, allowedOrigins: readonly string[]): boolean {
  const { origin, host } = request.headers
  if (origin !== undefined && !isAllowedOrigin(origin, host, allowedOrigins)) return false
  const query = new URL(request.url ?? '/', 'http://localhost').searchParams
  return openConnections < MAX_CONNECTIONS && !query.has('token') && !query.has('key') && !query.has('auth')
}

/** Namespace middleware: a token in `auth`, or the cookie of a page of ours. A cookie without an Origin is no browser's and counts for nothing. */
export function createHandshake(authenticator: Authenticator): (socket: LiveSocket, next: (error?: ExtendedError) => void) => void {
  return (socket, next) => {
    try {
      const { token } = socket.handshake.auth as { token?: unknown }
      if (token !== undefined && (typeof token !== 'string' || token.length > 512))
        throw new CallboardError('AUTH_REQUIRED', 'auth.token is not a key')
      const { cookie, origin } = socket.request.headers
      const fromPage = origin !== undefined
      const credentials = typeof token === 'string' ? { token } : { cookie: fromPage ? cookieOf(cookie) : undefined }
      const principal = authenticator.authenticate(credentials, socket.request)
      if (!principal || (principal.via === 'none' && !fromPage))
        throw new CallboardError('AUTH_REQUIRED', 'send a key as auth.token, or sign in')
      if (!can(principal, 'read')) throw new CallboardError('AUTH_FORBIDDEN', 'live data need the scope "read"')
      socket.data.principal = principal
      next()
    } catch (error) {
      const code = error instanceof CallboardError ? error.code : 'INTERNAL'
      next(
        Object.assign(new Error(code), { data: { code, detail: error instanceof CallboardError ? messageOf(error) : 'internal error' } }),
      )
    }
  }
}

function cookieOf(header: string | undefined): string | undefined {
  for (const part of (header ?? '').split(';')) {
    const [name, value] = part.trim().split('=', 2)
    if (name === SESSION_COOKIE) return value
  }
  return undefined
}
