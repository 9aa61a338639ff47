import type { Json } from '#kernel/json'
import { qualityOf, type LineQuality } from './line-quality.ts'
import { failureOf, type AudioCall, type AudioFault } from './model.ts'

/** From these averages over a call on, an issue is named. Amazon does not publish its own; ours. */
export const issueLimits: LineQuality = { lossShare: 0.03, roundTripMs: 350, jitterMs: 60 }

const issues = [
  { name: 'HighPacketLoss', of: 'lossShare' },
  { name: 'HighRoundTripTime', of: 'roundTripMs' },
  { name: 'HighJitterBuffer', of: 'jitterMs' },
] as const

const BEST_SCORE = 4.75
/** The most that one kind of fault can take away. */
const WORST_PENALTY = 3.5

/** Lost this close to the end of a call, the agent's connection is what ended it. */
const DROP_LOSS_SHARE = 0.15

/** The agent's side as Amazon would grade it; undefined when it grades nothing: desk phone, or no audio at all. */
export function gradeAudio(call: AudioCall, faults: readonly AudioFault[]): { score: number; issues: string[] } | undefined {
  const { kind } = call.desktop
  if (kind === 'desk-phone' || failureOf(faults)) return undefined
  const quality = qualityOf(call, kind, faults)
  let score = BEST_SCORE
  for (const { of } of issues) score -= WORST_PENALTY * (1 - Math.exp(-quality[of] / issueLimits[of] / 4))
  return {
    score: Math.round(Math.max(1, Math.min(5, score)) * 100) / 100,
    issues: issues.filter(({ of }) => quality[of] >= issueLimits[of]).map(({ name }) => name),
  }
}

/** The contact record's `QualityMetrics`. The customer's side is measured only in calls from an app or a web page. */
export function qualityMetricsOf(call: AudioCall, faults: readonly AudioFault[]): Json {
  const grade = gradeAudio(call, faults)
  return grade ? { Agent: { Audio: { QualityScore: grade.score, PotentialQualityIssues: grade.issues } }, Customer: null } : null
}

/** The contact record's `DisconnectDetails`: null unless something was found. */
export function disconnectDetailsOf(call: AudioCall, faults: readonly AudioFault[]): Json {
  const failure = failureOf(faults)
  if (failure === 'gum-failure') return { PotentialDisconnectIssue: 'AGENT_DEVICE_ISSUE' }
  const isCutOff = faults.some(({ type, level, until }) => type === 'packet-loss' && level >= DROP_LOSS_SHARE && until >= call.endAt)
  return failure === 'ice-failure' || isCutOff ? { PotentialDisconnectIssue: 'AGENT_CONNECTIVITY_ISSUE' } : null
}
