import { createSessionSchema, sessionSchema, SESSION_COOKIE, type Session } from '#contracts/session'
import { SESSION_LIFETIME_MS } from '../auth/authenticator.ts'
import { principalOf } from '../auth/guard.ts'
import type { Principal } from '../auth/principal.ts'
import { answers, emptyAnswer, type RouteContext, type ZodApp } from '../context.ts'

/** What the page is told about the installation. */
export type Installation = Omit<Session, 'user' | 'scopes'>

const tags = ['session']

export function addSessionRoutes(app: ZodApp, installation: Installation, { authenticator }: RouteContext): void {
  const toSession = ({ user, scopes }: Principal): Session => ({ user, scopes: [...scopes], ...installation })
  app.post(
    '/session',
    {
      config: { scope: 'public' },
      schema: {
        summary: 'Swap a single-use sign-in code for a cookie',
        tags,
        body: createSessionSchema,
        response: answers({ 200: sessionSchema }),
      },
    },
    async (request, reply) => {
      const { cookie, principal } = authenticator.signIn(request.body.code, request.raw)
      const secure = request.headers.origin?.startsWith('https://') ?? false
      void reply.setCookie(SESSION_COOKIE, cookie, {
        path: '/',
        httpOnly: true,
        sameSite: 'strict',
        secure,
        maxAge: SESSION_LIFETIME_MS / 1000,
      })
      return toSession(principal)
    },
  )
  app.get(
    '/session',
    { config: { scope: 'signedIn' }, schema: { summary: 'Who is signed in', tags, response: answers({ 200: sessionSchema }) } },
    async (request) => toSession(principalOf(request)),
  )
  app.delete(
    '/session',
    { config: { scope: 'signedIn' }, schema: { summary: 'Sign out', tags, response: answers({ 204: emptyAnswer }) } },
    async (request, reply) => {
      const cookie = request.cookies[SESSION_COOKIE]
      if (cookie !== undefined) authenticator.signOut(cookie)
      return reply.clearCookie(SESSION_COOKIE, { path: '/', httpOnly: true, sameSite: 'strict' }).code(204).send()
    },
  )
  app.post(
    '/session/codes',
    {
      config: { scope: 'admin' },
      schema: { summary: 'A further single-use sign-in code, for another browser', tags, response: answers({ 201: createSessionSchema }) },
    },
    async (_request, reply) => reply.code(201).send({ code: authenticator.issueSignInCode() }),
  )
}
