/** The socket.io namespace `/live`: event maps shared by server and page. */
import { z } from 'zod'
import type { DemoHistory } from './demo.ts'
import type { PublicAgent, PublicAlert, PublicContact, PublicMetrics, PublicQueue, PublicTurn } from './public.ts'

export const LIVE_NAMESPACE = '/live'
/** At most this many frames a second and subscription. */
export const MAX_FRAMES_PER_SECOND = 10

export interface LiveRows {
  agents: PublicAgent
  queues: PublicQueue
  contacts: PublicContact
  turns: PublicTurn
  alerts: PublicAlert
}
export type LiveRowKind = keyof LiveRows

const filterSchema = z.object({
  key: z.enum(['INSTANCE', 'QUEUE', 'AGENT', 'CONTACT', 'STATE', 'CHANNEL', 'ROUTING_PROFILE']),
  values: z.array(z.string()).min(1).max(100),
})
const metricSchema = z.object({
  name: z.string(),
  /** Whole seconds. */
  threshold: z.int().positive().max(604_800).optional(),
  window: z.enum(['now', 'PT15M', 'PT30M', 'PT1H', 'businessDay']).optional(),
})

export const liveQuerySchema = z.union([
  z.strictObject({ rows: z.enum(['agents', 'queues', 'contacts', 'turns', 'alerts']), filters: z.array(filterSchema).max(10).optional() }),
  z.strictObject({
    metrics: z.array(metricSchema).min(1).max(32),
    filters: z.array(filterSchema).max(10).optional(),
    groupings: z
      .array(z.enum(['QUEUE', 'CHANNEL']))
      .max(2)
      .optional(),
  }),
])
export type LiveQuery = z.infer<typeof liveQuerySchema>
export const subscribeSchema = z.union([z.strictObject({ query: liveQuerySchema }), z.strictObject({ board: z.string() })])
export type Subscribe = z.infer<typeof subscribeSchema>

export type LiveRow = LiveRows[LiveRowKind] | PublicMetrics

export interface Snapshot {
  /**
   * The same for everybody who asks the same (order of filters and values does not matter). Asking again on one connection
   * replaces, it does not add: one `unsubscribe` ends it.
   */
  subscription: string
  /** Changes when the server starts anew: what a page holds of another epoch is void. */
  epoch: string
  seq: number
  snapshot: { rows: Record<string, LiveRow>; asOf: string }
}

export interface Delta {
  subscription: string
  epoch: string
  /** Exactly one more than the last; a gap means: subscribe again. */
  seq: number
  set: Record<string, LiveRow>
  del: string[]
  asOf: string
}

export interface SourceStatus {
  name: string
  /** Event time of the newest event taken in; null before the first. */
  watermark: string | null
  ageSeconds: number | null
}

export interface LiveStatus {
  /** Server clock, so that the page can count durations without trusting its own. */
  now: string
  demo: boolean
  /** The demo is still playing its last minutes: figures are not of now yet. */
  preparing?: boolean
  /** What the demo plays. */
  profile?: { name: string; title: string }
  /** Whether the demo's earlier figures are there. */
  history?: DemoHistory
  /** Title of the profile the demo is changing to: this connection ends in a moment, and the next one shows it. */
  changingTo?: string
  sources: SourceStatus[]
}

export type SubscribeAnswer = Snapshot | { error: { code: string; detail: string } }

export interface ClientToServer {
  subscribe(request: Subscribe, answer: (snapshot: SubscribeAnswer) => void): void
  unsubscribe(request: { subscription: string }): void
}

export interface ServerToClient {
  delta(delta: Delta): void
  alert(alert: PublicAlert): void
  status(status: LiveStatus): void
}
