import type { Random } from '../random.ts'
import { failures, usualShares, type AudioCall, type AudioFault, type FaultPlan, type FaultType, type Shares } from './model.ts'

const types: readonly FaultType[] = ['packet-loss', 'high-round-trip', 'jitter', 'gum-failure', 'ice-failure']

/** Levels between a nuisance and a useless line. */
const levels: Record<FaultType, (random: Random) => number> = {
  'packet-loss': (random) => 0.06 + 0.24 * random.unit(),
  'high-round-trip': (random) => random.whole(420, 1200),
  jitter: (random) => random.whole(90, 320),
  'gum-failure': () => 0,
  'ice-failure': () => 0,
}

/** What goes wrong in this call. A failure comes alone: without audio nothing else can be heard. Desk phones have none we know of. */
export function planFaults(random: Random, plan: FaultPlan, call: AudioCall): AudioFault[] {
  const { kind } = call.desktop
  if (kind === 'desk-phone') return []
  const usual: Shares = { ...usualShares[kind], ...plan.shares?.[kind] }
  const found: AudioFault[] = []
  for (const type of types) {
    const isUnlucky = random.chance(usual[type] ?? 0)
    const outage = outageOf(plan, call, type, random)
    if (isUnlucky || outage) found.push(toFault(random, type, call, outage))
  }
  const failure = found.find(({ type }) => failures.includes(type))
  return failure ? [failure] : found
}

interface Span {
  from: number
  until: number
}

function outageOf(plan: FaultPlan, { desktop, connectedAt, endAt }: AudioCall, type: FaultType, random: Random): Span | undefined {
  // A failure happens while the call is set up, everything else while people talk.
  const lastAt = failures.includes(type) ? connectedAt + 1 : endAt
  return plan.outages?.find(
    ({ kind, site, from, until, shares }) =>
      kind === desktop.kind &&
      (site === undefined || site === desktop.site) &&
      from < lastAt &&
      until > connectedAt &&
      random.chance(shares[type] ?? 0),
  )
}

/** In an outage for as long as it lasts, else a burst anywhere in the call. */
function toFault(random: Random, type: FaultType, { startAt, connectedAt, endAt }: AudioCall, outage: Span | undefined): AudioFault {
  const level = levels[type](random)
  if (failures.includes(type)) return { type, from: startAt, until: connectedAt, level }
  if (outage) return { type, from: Math.max(connectedAt, outage.from), until: Math.min(endAt, outage.until), level }
  const lengthMs = Math.round((endAt - connectedAt) * (0.1 + 0.9 * random.unit()))
  const from = connectedAt + Math.round((endAt - connectedAt - lengthMs) * random.unit())
  return { type, from, until: from + lengthMs, level }
}
