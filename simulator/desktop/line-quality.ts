import { baselines, type AudioCall, type AudioFault, type Baseline, type DesktopKind, type FaultType } from './model.ts'

/** What the line is like at one moment, or on average. */
export interface LineQuality {
  lossShare: number
  roundTripMs: number
  jitterMs: number
}

/** Expected quality from `from` until `until`: faults weigh by the part of the time they cover. Both directions suffer alike. */
export function qualityBetween(kind: DesktopKind, faults: readonly AudioFault[], from: number, until: number): LineQuality {
  const usual: Baseline = baselines[kind]
  const mix = (type: FaultType, base: number): number => {
    if (until <= from) return base
    let value = base
    for (const fault of faults) {
      if (fault.type !== type) continue
      const coveredMs = Math.max(0, Math.min(until, fault.until) - Math.max(from, fault.from))
      value += ((fault.level - base) * coveredMs) / (until - from)
    }
    return value
  }
  return {
    lossShare: mix('packet-loss', usual.lossShare),
    roundTripMs: mix('high-round-trip', usual.roundTripMs),
    jitterMs: mix('jitter', usual.jitterMs),
  }
}

export const qualityOf = ({ connectedAt, endAt }: AudioCall, kind: DesktopKind, faults: readonly AudioFault[]): LineQuality =>
  qualityBetween(kind, faults, connectedAt, endAt)
