import type { Scope } from '#contracts/session'

/** Who asks, and what they may do. */
export interface Principal {
  /** Shown to people: a key's name, or `local`. */
  user: string
  scopes: readonly Scope[]
  /** How they proved it. Rights of a browser (`session`, `none`) need the Origin check; a bearer token does not. */
  via: 'key' | 'session' | 'local-token' | 'none'
  /** Key id or session handle, to find out later whether it is still valid. */
  credentialId: string
}

export function can(principal: Principal, scope: Scope): boolean {
  return principal.scopes.includes('admin') || principal.scopes.includes(scope)
}
