import type { CentrePlan } from '../centre/plan.ts'
import { officeCurve, officeShifts } from './inbound.ts'

export const outboundCampaign: CentrePlan = {
  name: 'outbound-campaign',
  title: 'Outbound collections',
  description: 'A dialler with answering-machine detection, and the calls that come back.',
  queues: [
    { name: 'Collections campaign', perHour: {}, talkMs: 150_000, intents: ['collections'] },
    { name: 'Collections line', perHour: { VOICE: 40 }, talkMs: 170_000, intents: ['collections', 'complaint'] },
  ],
  desks: [
    { name: 'Collections outbound', agents: 16, queues: ['Collections campaign'], slots: { VOICE: 1 } },
    { name: 'Collections blended', agents: 10, queues: ['Collections line'], slots: { VOICE: 1 }, dialsPerHour: 5 },
    { name: 'Supervisors', agents: 1, queues: [], slots: { VOICE: 1 }, listensPerHour: 6 },
  ],
  campaigns: [
    { name: 'Overdue 30 days', desk: 'Collections outbound', queue: 'Collections campaign', mode: 'progressive', dialsPerHour: 900 },
  ],
  callbacks: 0.08,
  curve: officeCurve,
  shifts: officeShifts,
}

export const outboundPreviewAndNotices: CentrePlan = {
  name: 'outbound-preview-and-notices',
  title: 'Outbound: preview and notices',
  description: 'Agents read before they dial; recorded notices go to many.',
  queues: [
    { name: 'Renewals', perHour: { VOICE: 12 }, talkMs: 240_000, intents: ['sales', 'cancellation'] },
    { name: 'Deliveries', perHour: { VOICE: 30 }, talkMs: 110_000, intents: ['delivery'] },
  ],
  desks: [
    { name: 'Renewals desk', agents: 14, queues: ['Renewals'], slots: { VOICE: 1 } },
    { name: 'Deliveries desk', agents: 5, queues: ['Deliveries'], slots: { VOICE: 1 }, dialsPerHour: 4 },
  ],
  campaigns: [
    { name: 'Renewals spring', desk: 'Renewals desk', queue: 'Renewals', mode: 'preview', dialsPerHour: 260 },
    { name: 'Delivery tomorrow', desk: null, queue: 'Deliveries', mode: 'notice', dialsPerHour: 400 },
  ],
  callbacks: 0.05,
  curve: officeCurve,
  shifts: officeShifts,
}
