import type { CentrePlan } from '../centre/plan.ts'

export const officeCurve = [
  0.04, 0.03, 0.02, 0.02, 0.02, 0.04, 0.1, 0.26, 0.5, 0.66, 0.72, 0.7, 0.62, 0.6, 0.66, 0.68, 0.62, 0.52, 0.4, 0.3, 0.22, 0.14, 0.08, 0.05,
]
/** Early, day, late and a thin night: most people overlap when most people call. */
export const officeShifts = [7, 8, 8, 8, 9, 9, 10, 12, 13, 14, 22]

export const inboundVoice: CentrePlan = {
  name: 'inbound-voice',
  title: 'Voice centre',
  description: 'Six inbound queues with priorities, callbacks and transfers.',
  queues: [
    { name: 'Claims', perHour: { VOICE: 70 }, talkMs: 210_000, intents: ['claim', 'complaint'] },
    { name: 'Billing', perHour: { VOICE: 60 }, talkMs: 180_000, intents: ['billing'] },
    { name: 'New customers', perHour: { VOICE: 45 }, talkMs: 220_000, intents: ['sales'] },
    { name: 'Technical', perHour: { VOICE: 40 }, talkMs: 240_000, intents: ['technical'] },
    { name: 'Appointments', perHour: { VOICE: 36 }, talkMs: 120_000, intents: ['appointment'] },
    { name: 'Portuguese line', perHour: { VOICE: 24 }, talkMs: 180_000, language: 'pt-PT', intents: ['billing'] },
  ],
  desks: [
    { name: 'Claims desk', agents: 10, queues: ['Claims', 'Appointments'], byPriority: true, slots: { VOICE: 1 } },
    { name: 'Service desk', agents: 12, queues: ['Billing', 'New customers', 'Appointments'], slots: { VOICE: 1 }, dialsPerHour: 1 },
    { name: 'Technical desk', agents: 7, queues: ['Technical', 'Billing'], slots: { VOICE: 1 } },
    { name: 'Portuguese desk', agents: 4, queues: ['Portuguese line', 'Claims'], byPriority: true, slots: { VOICE: 1 } },
    { name: 'Supervisors', agents: 2, queues: [], slots: { VOICE: 1 }, listensPerHour: 6 },
  ],
  containment: 0.2,
  callbacks: 0.2,
  curve: officeCurve,
  shifts: officeShifts,
}

export const omnichannel: CentrePlan = {
  name: 'omnichannel',
  title: 'Voice and chat centre',
  description: 'Calls, chats, tasks and e-mail in eight queues.',
  queues: [
    { name: 'Billing', perHour: { VOICE: 64 }, talkMs: 180_000, intents: ['billing', 'billing', 'billing', 'cancellation'] },
    { name: 'Sales', perHour: { VOICE: 56 }, talkMs: 200_000, intents: ['sales'] },
    { name: 'Support', perHour: { VOICE: 46, CHAT: 10, EMAIL: 4 }, talkMs: 190_000, intents: ['technical', 'order', 'billing'] },
    { name: 'Orders', perHour: { VOICE: 46, CHAT: 11, TASK: 5 }, talkMs: 160_000, intents: ['order'] },
    { name: 'Returns', perHour: { VOICE: 31, TASK: 3 }, talkMs: 170_000, intents: ['returns'] },
    { name: 'Technical', perHour: { VOICE: 26 }, talkMs: 240_000, intents: ['technical'] },
    { name: 'Cancellations', perHour: { VOICE: 27 }, talkMs: 210_000, intents: ['cancellation'] },
    { name: 'Portuguese line', perHour: { VOICE: 23 }, talkMs: 190_000, language: 'pt-PT', intents: ['billing'] },
  ],
  desks: [
    { name: 'Billing desk', agents: 11, queues: ['Billing', 'Cancellations'], slots: { VOICE: 1 } },
    { name: 'Sales and retention', agents: 10, queues: ['Sales', 'Cancellations'], slots: { VOICE: 1 } },
    { name: 'Orders and returns', agents: 11, queues: ['Orders', 'Returns'], slots: { VOICE: 1, CHAT: 2, TASK: 2 } },
    { name: 'Technical desk', agents: 8, queues: ['Technical', 'Support'], slots: { VOICE: 1, CHAT: 2, EMAIL: 3 } },
    { name: 'Portuguese and support', agents: 7, queues: ['Portuguese line', 'Support'], slots: { VOICE: 1, CHAT: 2 } },
    { name: 'Supervisors', agents: 1, queues: [], slots: { VOICE: 1 }, listensPerHour: 4 },
  ],
  story: { burst: 'Billing', desk: 'Billing desk', calm: ['Sales', 'Support', 'Technical'], chat: 'Orders' },
  curve: officeCurve,
  shifts: officeShifts,
}

export const vdi: CentrePlan = {
  name: 'vdi',
  title: 'Virtual desktops',
  description: 'Agents on local browsers, Citrix, WorkSpaces and desktops without a local browser, with their audio faults.',
  queues: [
    { name: 'Cards', perHour: { VOICE: 70 }, talkMs: 180_000, intents: ['account-access', 'billing'] },
    { name: 'Loans', perHour: { VOICE: 55 }, talkMs: 220_000, intents: ['collections', 'appointment'] },
    { name: 'Fraud', perHour: { VOICE: 30 }, talkMs: 240_000, intents: ['account-access', 'complaint'] },
  ],
  desks: [
    { name: 'At home', agents: 7, queues: ['Cards', 'Loans'], slots: { VOICE: 1 }, desktop: 'local' },
    { name: 'Citrix farm', agents: 8, queues: ['Cards', 'Fraud'], slots: { VOICE: 1 }, desktop: 'citrix' },
    { name: 'WorkSpaces', agents: 6, queues: ['Loans', 'Fraud'], slots: { VOICE: 1 }, desktop: 'workspaces' },
    { name: 'Thin clients', agents: 4, queues: ['Cards'], slots: { VOICE: 1 }, desktop: 'no-local-browser' },
    { name: 'Desk phones', agents: 2, queues: ['Loans'], slots: { VOICE: 1 }, desktop: 'desk-phone' },
  ],
  outage: { kind: 'citrix', fromMs: 15 * 60_000, untilMs: 30 * 60_000, shares: { 'packet-loss': 0.4, 'gum-failure': 0.1 } },
  containment: 0.15,
  callbacks: 0.04,
  curve: officeCurve,
  shifts: officeShifts,
}
