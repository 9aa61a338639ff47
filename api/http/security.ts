import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { FastifyReply, FastifyRequest } from 'fastify'

const HOST = /^[\w.-]+(:\d{1,5})?$|^\[[0-9a-fA-F:]+\](:\d{1,5})?$/

/** Headers of every answer. The page loads from its own origin only; its socket is named because older browsers keep ws: out of 'self'. */
export function addSecurityHeaders(request: FastifyRequest, reply: FastifyReply): void {
  const host = request.headers.host
  const socket = host !== undefined && HOST.test(host) ? ` ws://${host} wss://${host}` : ''
  void reply.headers({
    'content-security-policy':
      `default-src 'self'; connect-src 'self'${socket}; img-src 'self' data:; font-src 'self' data:; object-src 'none'; ` +
      `base-uri 'self'; form-action 'self'; frame-ancestors 'none'`,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  })
}

/** Whether a page of `origin` may act with its user's rights: the server's own pages, or those of a configured origin. Whole string, never a suffix. */
export function isAllowedOrigin(origin: string, host: string | undefined, allowedOrigins: readonly string[]): boolean {
  if (allowedOrigins.includes(origin)) return true
  return host !== undefined && HOST.test(host) && (origin === `http://${host}` || origin === `https://${host}`)
}

export function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

/** A name that only this machine's own browser uses; a foreign name that resolves to loopback (DNS rebinding) is none. */
export function isLoopbackHost(host: string | undefined): boolean {
  if (host === undefined) return false
  const name = host
    .replace(/:\d{1,5}$/, '')
    .replace(/^\[|\]$/g, '')
    .toLowerCase()
  return name === 'localhost' || name.endsWith('.localhost') || isLoopbackAddress(name)
}

/** Came from this machine itself, not through a proxy on it. */
export function isLocalRequest(request: IncomingMessage): boolean {
  const { forwarded, 'x-forwarded-for': forwardedFor } = request.headers
  return (
    forwarded === undefined &&
    forwardedFor === undefined &&
    isLoopbackAddress(request.socket.remoteAddress) &&
    isLoopbackHost(request.headers.host)
  )
}
