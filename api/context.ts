import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { problemSchema } from '#contracts/public'
import type { Clock } from '#kernel/clock'
import { CallboardError } from '#kernel/errors'
import type { Telemetry } from '#kernel/telemetry'
import type { EventLog } from '#log/port'
import type { AnalyticsStore } from '#storage/port'
import type { Authenticator } from './auth/authenticator.ts'
import type { DeliveriesView } from './deliveries-view.ts'
import type { DoctorFacts } from './doctor/facts.ts'
import type { DemoControl } from './demo-control.ts'
import { PROBLEM_TYPE } from './http/problems.ts'
import type { ReadSums } from './metrics-sums.ts'
import type { QueueFacts } from './queue-facts.ts'
import type { RowsView } from './rows-view.ts'
import type { SettingsStore } from './settings-store.ts'

export type ZodApp = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, ZodTypeProvider>

/** What routes work with. */
export interface RouteContext {
  log: EventLog
  clock: Clock
  telemetry: Telemetry
  settings: SettingsStore
  rows: RowsView
  facts: QueueFacts
  readSums: ReadSums
  deliveries: DeliveriesView
  /** Throws STORE_UNAVAILABLE while it does not answer. */
  store: AnalyticsStore
  authenticator: Authenticator
  /** What the parts of the process and its sources say of themselves, now. */
  diagnosis: () => Pick<DoctorFacts, 'parts' | 'stalls' | 'sources' | 'newest'>
  demo?: DemoControl | undefined
  /** Copies the data folder into a folder; resolves with its size in bytes. Undefined where there is nothing to keep. */
  backup?: ((folder: string) => Promise<number>) | undefined
}

const problem = (description: string) => ({ description, content: { [PROBLEM_TYPE]: { schema: problemSchema } } })

/** Responses of a route: what it answers, and problem documents for every failure. */
export function answers<S extends Record<number, z.ZodType>>(schemas: S) {
  return {
    ...schemas,
    '4xx': problem('The request cannot be answered; `code` says why.'),
    '5xx': problem('Our fault, or not now; `code` says which.'),
  }
}

export const emptyAnswer = z.undefined().describe('No body')
/** Amazon's ids and ours are plain ASCII. */
export const idParams = z.object({ id: z.string().regex(/^[\x20-\x7e]{1,256}$/, '1 to 256 ASCII characters') })

/** Figures and rows are shown only when they are complete. */
export function requireReady(rows: RowsView): void {
  if (!rows.ready())
    throw new CallboardError('NOT_READY', 'the server is catching up with the log', { retryable: true, details: { retryAfterSeconds: 1 } })
}
