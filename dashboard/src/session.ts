import type { Session } from '#contracts/session'
import { api, ApiProblem } from './api.ts'

/** The single-use code of the link, out of `/#code=…`. */
export function codeIn(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('code')
}

/** Swaps the code for the cookie, once, and takes it out of the address before anything else happens. */
export async function signIn(
  location: { hash: string; pathname: string; search: string },
  history: { replaceState(data: null, unused: string, url: string): void },
): Promise<void> {
  const code = codeIn(location.hash)
  if (code === null) return
  history.replaceState(null, '', location.pathname + location.search)
  await api('/session', { method: 'POST', body: { code } })
}

/** Null: nobody is signed in. */
export async function readSession(): Promise<Session | null> {
  try {
    return await api<Session>('/session')
  } catch (error) {
    if (error instanceof ApiProblem && (error.problem.status === 401 || error.problem.status === 403)) return null
    throw error
  }
}

/** Everything a signed-in page needs to know of the session; null pattern: no Connect instance. */
export function connectLink(pattern: string | null, ids: { contactId?: string; agentId?: string }): string | null {
  if (pattern === null) return null
  const filled = pattern
    .replace('{contactId}', encodeURIComponent(ids.contactId ?? ''))
    .replace('{agentId}', encodeURIComponent(ids.agentId ?? ''))
  return filled.startsWith('https://') ? filled : null
}

export const mayReadWords = (session: Session): boolean => session.scopes.includes('transcripts') || session.scopes.includes('admin')
