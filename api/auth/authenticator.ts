import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import { isLocalRequest } from '../http/security.ts'
import type { SettingsStore } from '../settings-store.ts'
import { createAttempts } from './attempts.ts'
import { createExpiringSecrets } from './expiring-secrets.ts'
import { hashOf, isSameHash, keyIdOf } from './keys.ts'
import type { Principal } from './principal.ts'

export const SESSION_LIFETIME_MS = 12 * 3_600_000
const MAX_SESSIONS = 1000
const MAX_CODES = 100

export interface Credentials {
  /** Of `Authorization: Bearer`, or of the socket's handshake. */
  token?: string | undefined
  /** Value of the session cookie. */
  cookie?: string | undefined
}

/** Who a request comes from. Throws AUTH_REQUIRED (or RATE_LIMITED) for wrong credentials; undefined means none were sent. */
export interface Authenticator {
  authenticate(credentials: Credentials, request: IncomingMessage): Principal | undefined
  /** Whether what a principal proved itself with is still good: not revoked, not expired, not signed out. */
  isStillValid(principal: Principal): boolean
  /** A code for one sign-in, valid for 12 h: printed as part of a link by whoever starts the server. */
  issueSignInCode(): string
  /** Swaps a code for a session; the code is void afterwards. Throws AUTH_REQUIRED or RATE_LIMITED. */
  signIn(code: string, request: IncomingMessage): { cookie: string; principal: Principal }
  signOut(cookie: string): void
  setLocalToken(token: string): void
  /** Epoch ms of a key's last use since this server started. */
  lastUsedAt(keyId: string): number | undefined
}

const sessionOf = (handle: string, user: string): Principal => ({ user, scopes: ['admin'], via: 'session', credentialId: handle })
const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? 'unknown'

export interface AuthConfig {
  auth: 'local' | 'none'
  /** Where sessions outlive a restart. */
  dataDir: string
}

export function createAuthenticator(config: AuthConfig, deps: { clock: Clock; settings: SettingsStore }): Authenticator {
  const { clock, settings } = deps
  const attempts = createAttempts(deps)
  const sessions = createExpiringSecrets<string>(
    { lifetimeMs: SESSION_LIFETIME_MS, limit: MAX_SESSIONS, file: join(config.dataDir, 'sessions.json') },
    deps,
  )
  const codes = createExpiringSecrets<true>({ lifetimeMs: SESSION_LIFETIME_MS, limit: MAX_CODES }, deps)
  const lastUsed = new Map<string, number>()
  let localTokenHash: string | undefined

  const byToken = (token: string, request: IncomingMessage): Principal => {
    const hash = hashOf(token)
    if (localTokenHash !== undefined && isSameHash(hash, localTokenHash)) {
      if (isLocalRequest(request)) return { user: 'local', scopes: ['admin'], via: 'local-token', credentialId: 'local-token' }
      throw attempts.failed(addressOf(request), 'the local token is for this machine only')
    }
    const id = keyIdOf(token)
    if (!settings.ready()) throw new CallboardError('NOT_READY', 'keys are still being read', { retryable: true })
    const key = id === undefined ? undefined : settings.get('key', id)?.value
    if (id === undefined || !key || !isSameHash(hash, key.hash)) throw attempts.failed(addressOf(request), 'the key is not known')
    if (key.expiresAt !== null && key.expiresAt <= clock.now()) throw attempts.failed(addressOf(request), 'the key has expired')
    lastUsed.set(id, clock.now())
    return { user: key.name, scopes: key.scopes, via: 'key', credentialId: id }
  }

  return {
    authenticate({ token, cookie }, request) {
      if (token !== undefined) return byToken(token, request)
      if (cookie !== undefined) {
        const session = sessions.find(cookie)
        if (session) return sessionOf(session.handle, session.value)
      }
      if (config.auth === 'none' && isLocalRequest(request)) return { user: 'local', scopes: ['admin'], via: 'none', credentialId: 'none' }
      // An old cookie after a restart is the rule, not an attack: it counts as none.
      return undefined
    },
    isStillValid({ via, credentialId }) {
      if (via === 'session') return sessions.has(credentialId)
      if (via !== 'key') return true
      const key = settings.get('key', credentialId)?.value
      return key !== undefined && (key.expiresAt === null || key.expiresAt > clock.now())
    },
    issueSignInCode: () => codes.issue(true).secret,
    signIn(code, request) {
      if (codes.take(code) === undefined)
        throw attempts.failed(addressOf(request), 'the sign-in code is not known, was used, or has expired')
      const { secret, handle } = sessions.issue('local')
      return { cookie: secret, principal: sessionOf(handle, 'local') }
    },
    signOut: (cookie) => void sessions.take(cookie),
    setLocalToken: (token) => void (localTokenHash = hashOf(token)),
    lastUsedAt: (keyId) => lastUsed.get(keyId),
  }
}
