/**
 * Where an agent's call is heard. `no-local-browser`: the audio ends in the data centre and reaches the ear by the remote
 * desktop's own protocol, which nobody measures.
 */
export type DesktopKind = 'local' | 'citrix' | 'workspaces' | 'no-local-browser'

export interface Desktop {
  kind: DesktopKind | 'desk-phone'
  /** Media run in a helper outside the remote desktop: the page in it reports nothing. */
  isSplit?: boolean
  /** Where the desktop is hosted; outages strike sites. */
  site?: string
}

export type FaultType = 'packet-loss' | 'high-round-trip' | 'jitter' | 'gum-failure' | 'ice-failure'

/** Something that goes wrong in one call, from and until when (true time). */
export interface AudioFault {
  type: FaultType
  from: number
  until: number
  /** Share of packets lost, or milliseconds; 0 for a failure. */
  level: number
}

export type Shares = Partial<Record<FaultType, number>>

/** For a while, a share of the calls on one kind of desktop (at one site) goes wrong as well. */
export interface Outage {
  kind: DesktopKind
  site?: string
  from: number
  until: number
  shares: Shares
}

export interface FaultPlan {
  /** Share of calls with a fault; what is absent is as in `usualShares`. */
  shares?: Partial<Record<DesktopKind, Shares>>
  outages?: readonly Outage[]
}

/** One voice contact with an agent. */
export interface AudioCall {
  desktop: Desktop
  /** The phone begins to ring. */
  startAt: number
  connectedAt: number
  endAt: number
}

/** What the line is like when nothing is wrong. */
export interface Baseline {
  lossShare: number
  roundTripMs: number
  jitterMs: number
  /** How long the browser usually takes to get the microphone. */
  microphoneMs: number
}

export const baselines: Record<DesktopKind, Baseline> = {
  local: { lossShare: 0.001, roundTripMs: 55, jitterMs: 12, microphoneMs: 90 },
  citrix: { lossShare: 0.002, roundTripMs: 85, jitterMs: 20, microphoneMs: 420 },
  workspaces: { lossShare: 0.0015, roundTripMs: 70, jitterMs: 16, microphoneMs: 260 },
  'no-local-browser': { lossShare: 0.001, roundTripMs: 40, jitterMs: 24, microphoneMs: 180 },
}

export const usualShares: Record<DesktopKind, Required<Shares>> = {
  local: { 'packet-loss': 0.03, 'high-round-trip': 0.015, jitter: 0.02, 'gum-failure': 0.002, 'ice-failure': 0.001 },
  citrix: { 'packet-loss': 0.04, 'high-round-trip': 0.05, jitter: 0.05, 'gum-failure': 0.008, 'ice-failure': 0.004 },
  workspaces: { 'packet-loss': 0.035, 'high-round-trip': 0.03, jitter: 0.04, 'gum-failure': 0.005, 'ice-failure': 0.004 },
  'no-local-browser': { 'packet-loss': 0.015, 'high-round-trip': 0.01, jitter: 0.08, 'gum-failure': 0.004, 'ice-failure': 0.001 },
}

export const failures: readonly FaultType[] = ['gum-failure', 'ice-failure']

/** The failure that keeps a call from getting any audio. */
export function failureOf(faults: readonly AudioFault[]): 'gum-failure' | 'ice-failure' | undefined {
  if (faults.some(({ type }) => type === 'gum-failure')) return 'gum-failure'
  return faults.some(({ type }) => type === 'ice-failure') ? 'ice-failure' : undefined
}
