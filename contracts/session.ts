/** Signing a browser in: the single-use code from the link is swapped for a cookie by POST, so that no secret is in an address. */
import { z } from 'zod'

export const SESSION_COOKIE = 'callboard_session'
export const createSessionSchema = z.strictObject({ code: z.string().min(1).max(256) })

/** `GET /api/v1/session`: who looks, and what the page must say about the installation. */
export const sessionSchema = z.object({
  user: z.string(),
  scopes: z.array(z.string()),
  demo: z.boolean().describe('Demo data: every page says so'),
  version: z.string(),
  timeZone: z.string(),
  businessDayStart: z.string().describe('HH:MM'),
  connectUrl: z.string().nullable().describe('Address pattern of the Connect instance; {contactId} and {agentId} are filled in'),
})
export type Session = z.infer<typeof sessionSchema>

/** Scopes of a key. `admin` holds all. */
export const scopes = ['ingest', 'read', 'transcripts', 'manage', 'admin'] as const
export type Scope = (typeof scopes)[number]
