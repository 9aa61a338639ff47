import type { CentrePlan } from '../centre/plan.ts'
import { hybridAgentOnly, hybridIvrOnly, hybridMixed, migrationIvrFirst, migrationLineOfBusiness, migrationSite } from './hybrid.ts'
import { inboundVoice, omnichannel, vdi } from './inbound.ts'
import { outboundCampaign, outboundPreviewAndNotices } from './outbound.ts'

/** The demo opens with the first one. */
export const profiles: readonly CentrePlan[] = [
  omnichannel,
  inboundVoice,
  outboundCampaign,
  outboundPreviewAndNotices,
  hybridIvrOnly,
  hybridAgentOnly,
  hybridMixed,
  migrationLineOfBusiness,
  migrationSite,
  migrationIvrFirst,
  vdi,
]

export function profileNamed(name: string): CentrePlan {
  const plan = profiles.find((profile) => profile.name === name)
  if (!plan) throw new RangeError(`profile: ${name} is not one of ${profiles.map((p) => p.name).join(', ')}`)
  return plan
}

/** The same centre without shifts and daily curve: everybody is there, and it is always the busiest hour. */
export function roundTheClock({ curve: _curve, shifts: _shifts, ...plan }: CentrePlan): CentrePlan {
  return plan
}
