import type { CentrePlan, QueuePlan } from '../centre/plan.ts'
import { officeCurve, officeShifts } from './inbound.ts'

const MINUTE_MS = 60_000

/** The legacy platform's own side: numbers, queues, people. */
const legacyQueue = (name: string, n: number, agents: number) => ({
  name,
  // Ofcom keeps 0306 999 0xxx free for fiction.
  did: Array.from({ length: 16 }, (_, i) => `+443069990${n}${String(i).padStart(2, '0')}`),
  patienceMs: 120_000,
  talkMs: 190_000,
  agents,
})
const pool = { numbers: 24 }

const service: readonly QueuePlan[] = [
  { name: 'Service', perHour: { VOICE: 80 }, talkMs: 180_000, intents: ['billing', 'order'] },
  { name: 'Orders', perHour: { VOICE: 60 }, talkMs: 160_000, intents: ['order', 'delivery'] },
  { name: 'Complaints', perHour: { VOICE: 25 }, talkMs: 230_000, intents: ['complaint', 'returns'] },
]
const onLegacy = (handOverShare: number, movesAfterMs?: number) => ({
  handOverShare,
  ...(movesAfterMs === undefined ? {} : { movesAfterMs }),
})
const serviceDesks = (agents: number) => [
  { name: 'Service desk', agents, queues: ['Service', 'Orders'], slots: { VOICE: 1 } },
  { name: 'Complaints desk', agents: Math.ceil(agents / 3), queues: ['Complaints', 'Service'], byPriority: true, slots: { VOICE: 1 } },
]
const usual = { containment: 0.25, callbacks: 0.03, curve: officeCurve, shifts: officeShifts, handOverPool: pool }

export const hybridIvrOnly: CentrePlan = {
  ...usual,
  name: 'hybrid-ivr-only',
  title: 'Hybrid: Connect IVR, legacy agents',
  description: 'Amazon Connect answers and serves; who needs a person is handed to the legacy platform by a number from a pool.',
  queues: service.map((queue) => ({ ...queue, ...onLegacy(1) })),
  desks: [],
  containment: 0.45,
  callbacks: 0,
  legacy: { queues: [legacyQueue('service', 1, 14), legacyQueue('orders', 2, 8)], aliases: true, clockOffsetMs: 1300 },
}

export const hybridAgentOnly: CentrePlan = {
  ...usual,
  name: 'hybrid-agent-only',
  title: 'Hybrid: legacy IVR, Connect agents',
  description: 'The legacy IVR answers; agents on Amazon Connect take over by a number from a pool.',
  queues: service.map((queue) => ({ ...queue, perHour: {} })),
  desks: serviceDesks(15),
  containment: 0,
  legacy: { queues: [], clockOffsetMs: -700 },
  legacyEntry: { perHour: 170, to: ['Service', 'Orders', 'Complaints'] },
}

export const hybridMixed: CentrePlan = {
  ...usual,
  name: 'hybrid-mixed',
  title: 'Hybrid: both ways',
  description: 'Both platforms answer, both have agents, and calls pass between them in both directions.',
  queues: service.map((queue) => ({ ...queue, ...onLegacy(0.4) })),
  desks: serviceDesks(10),
  legacy: {
    queues: [legacyQueue('service', 1, 8), legacyQueue('orders', 2, 6)],
    aliases: true,
    clockOffsetMs: 2100,
    transferOut: { share: 0.08, numbers: ['+443069990100', '+443069990101', '+443069990102'] },
  },
  legacyEntry: { perHour: 60, to: ['Service'] },
}

export const migrationLineOfBusiness: CentrePlan = {
  ...usual,
  name: 'migration-line-of-business',
  title: 'Both platforms, moving by line of business',
  description: 'One line of business after the other leaves the legacy platform; Orders moves in the middle of the hour.',
  queues: service.map((queue) => ({
    ...queue,
    ...(queue.name === 'Service' ? {} : onLegacy(1, queue.name === 'Orders' ? 30 * MINUTE_MS : undefined)),
  })),
  desks: serviceDesks(13),
  legacy: { queues: [legacyQueue('orders', 1, 7), legacyQueue('complaints', 2, 4)], clockOffsetMs: 400 },
}

export const migrationSite: CentrePlan = {
  ...usual,
  name: 'migration-site',
  title: 'Moving by site',
  description: 'Porto works on Amazon Connect, Leeds still on the legacy platform; calls are shared between them.',
  queues: service.map((queue) => ({ ...queue, ...onLegacy(0.45) })),
  desks: serviceDesks(10),
  legacy: { queues: [legacyQueue('leeds-service', 1, 9), legacyQueue('leeds-complaints', 2, 4)], aliases: true },
}

export const migrationIvrFirst: CentrePlan = {
  ...usual,
  name: 'migration-ivr-first',
  title: 'Moving the IVR first',
  description: 'Every call enters through Amazon Connect; most are still handed to legacy agents.',
  queues: service.map((queue) => ({ ...queue, ...onLegacy(0.75, queue.name === 'Complaints' ? 20 * MINUTE_MS : undefined) })),
  desks: serviceDesks(6),
  containment: 0.35,
  legacy: { queues: [legacyQueue('service', 1, 11), legacyQueue('orders', 2, 6)], clockOffsetMs: -1800 },
}
