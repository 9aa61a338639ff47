import type { Json, JsonObject } from '#kernel/json'
import type { Random } from '../random.ts'
import { planFaults } from './faults.ts'
import type { AudioCall, AudioFault, FaultPlan } from './model.ts'
import { disconnectDetailsOf, gradeAudio, qualityMetricsOf } from './quality-metrics.ts'
import { softphoneReport, wrapReport } from './softphone-report.ts'

interface Deps {
  random: Random
  instanceArn: string
  plan: FaultPlan
  /** How many senders say what desktop they run on; the reports themselves never do. */
  namedDesktopShare?: number
  note(fact: { type: 'audio'; at: number; [key: string]: unknown }): void
}

interface AudioContact extends AudioCall {
  contactId: string
  agentId: string
  agentArn: string
}

/** How one contact sounded, in all the places that tell of it. */
export interface Audio {
  faults: readonly AudioFault[]
  /** Undefined where nobody measures. */
  score: number | undefined
  /** For the contact record. */
  qualityMetrics: Json
  disconnectDetails: Json
  /** Notes it as true: it is as the call really went. */
  tell(): void
  /** What the agent's page sends and when, already wrapped; may be asked for again. */
  reports(): Generator<{ at: number; payload: JsonObject }>
}

export type AudioOf = (contact: AudioContact) => Audio

/** Gives every voice contact its faults. The same contact sounds the same whatever else happens. */
export function createAudio({ random, instanceArn, plan, namedDesktopShare = 0.5, note }: Deps): AudioOf {
  return ({ contactId, agentId, agentArn, ...call }) => {
    const { desktop } = call
    const draw = random.fork(contactId)
    const faults = planFaults(draw, plan, call)
    const score = gradeAudio(call, faults)?.score
    // An agent's page is configured once.
    const isNamed = random.fork(agentId).chance(namedDesktopShare)
    const sender = { contactId, agentArn, instanceArn, ...(isNamed && { desktop: desktop.kind }) }
    return {
      tell: () =>
        note({
          type: 'audio',
          at: call.endAt,
          contactId,
          agentId,
          desktop: desktop.kind,
          isSplit: desktop.isSplit ?? false,
          faults,
          score: score ?? null,
        }),
      faults,
      score,
      qualityMetrics: qualityMetricsOf(call, faults),
      disconnectDetails: disconnectDetailsOf(call, faults),
      *reports() {
        for (const { at, report } of softphoneReport({ ...call, random: draw.fork('reports'), faults })) {
          yield { at, payload: wrapReport(report, sender) }
        }
      },
    }
  }
}
