import type { StreamFacts } from '#contracts/streams'
import type { HealthPart, Stall } from '../health.ts'

/** How one configured source is doing, as its ingest process says. */
export interface SourceState {
  name: string
  type: string
  ok: boolean
  detail: string
  /** Class of what is wrong, such as `throttled`, `access-denied`. */
  fault?: string
}

/** What the doctor knows; everything else follows from it. */
export interface DoctorFacts {
  now: number
  demo: boolean
  parts: readonly HealthPart[]
  stalls: readonly Stall[]
  sources: readonly SourceState[]
  /** Event time of the newest event of each kind, epoch ms; a kind that never came is absent. */
  newest: ReadonlyMap<StreamFacts['kind'], number>
  deadLetters: { count: number; newest: { time: string; source: string; reason: string; message: string } | null }
}
