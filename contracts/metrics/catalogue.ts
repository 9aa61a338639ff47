/**
 * The metric catalogue: each metric once, under Amazon's id. The API, boards and docs read it; `compute` works on sums, never on
 * averages. Definitions: AWS guide, "Metric definitions in Amazon Connect"; where AWS contradicts itself `differs` says what we do.
 */
export type MetricUnit = 'count' | 'percent' | 'seconds'

/** Sums over the selected agents and contacts, from which every metric is computed last. */
export interface MetricSums {
  agentsOnline: number
  agentsStaffed: number
  agentsAvailable: number
  agentsOnContact: number
  agentsNonProductive: number
  contactsInAcw: number
  waiting: number
  waitingOverThreshold: number
  /** Epoch ms; null when nobody waits. */
  oldestEnqueuedAt: number | null
  /** Contacts that left the queue in the window. */
  queued: number
  removedInThreshold: number
  abandoned: number
  answered: number
  answerMs: number
  handled: number
  /** Contacts of the window whose handling is over, and their time. */
  handleCount: number
  handleMs: number
}

export interface Metric {
  id: string
  name: string
  unit: MetricUnit
  /** now: a sample at an instant. window: sums over the minutes of a window. */
  kind: 'now' | 'window'
  /** Whether a threshold in seconds applies; without one each queue's own target is taken. */
  threshold: boolean
  formula: string
  sources: readonly string[]
  nullRule: string
  explanation: string
  differs: string | null
  compute(sums: MetricSums, now: number): number | null
}

const never = 'Never null; 0 when nothing counts.'
const agentEvents = ['agent events']
const contactStreams = ['contact events', 'contact records', 'agent events']
const ratio = (part: number, whole: number, factor = 1): number | null => (whole === 0 ? null : (part * factor) / whole)

type Definition = Omit<Metric, 'differs' | 'threshold'> & Partial<Pick<Metric, 'differs' | 'threshold'>>
const define = (d: Definition): Metric => ({ differs: null, threshold: false, ...d })

export const catalogue: readonly Metric[] = [
  define({
    id: 'CONTACTS_IN_QUEUE',
    name: 'Waiting now',
    unit: 'count',
    kind: 'now',
    formula: 'contacts queued, not yet connected, disconnected, moved on or ringing at an agent',
    sources: contactStreams,
    nullRule: never,
    explanation: 'A contact whose ring was missed is waiting again, with its first enqueue time.',
    compute: (s) => s.waiting,
  }),
  define({
    id: 'CONTACTS_IN_QUEUE_OVER_X',
    name: 'Waiting over target',
    unit: 'count',
    kind: 'now',
    threshold: true,
    formula: 'contacts in queue for longer than X seconds',
    sources: contactStreams,
    nullRule: never,
    explanation: "Our own metric; Amazon has none. X is the queue's target unless given.",
    compute: (s) => s.waitingOverThreshold,
  }),
  define({
    id: 'OLDEST_CONTACT_AGE',
    name: 'Longest wait',
    unit: 'seconds',
    kind: 'now',
    formula: 'now − the earliest enqueue time of the contacts in queue',
    sources: contactStreams,
    nullRule: 'Null when nobody waits.',
    explanation: 'Always counted from the enqueue, also after a missed ring.',
    differs: "Always seconds; Amazon's API answers milliseconds when nothing is grouped.",
    compute: (s, now) => (s.oldestEnqueuedAt === null ? null : Math.max(0, (now - s.oldestEnqueuedAt) / 1000)),
  }),
  define({
    id: 'AGENTS_ONLINE',
    name: 'Online',
    unit: 'count',
    kind: 'now',
    formula: 'agents whose status type is not OFFLINE',
    sources: agentEvents,
    nullRule: never,
    explanation: 'Staffed plus not ready.',
    compute: (s) => s.agentsOnline,
  }),
  define({
    id: 'AGENTS_STAFFED',
    name: 'Staffed',
    unit: 'count',
    kind: 'now',
    formula: 'agents whose status type is ROUTABLE',
    sources: agentEvents,
    nullRule: never,
    explanation: 'An agent with a next status set is still staffed until the status changes.',
    compute: (s) => s.agentsStaffed,
  }),
  define({
    id: 'AGENTS_AVAILABLE',
    name: 'Available',
    unit: 'count',
    kind: 'now',
    formula: 'ROUTABLE agents with no contact in any state',
    sources: agentEvents,
    nullRule: never,
    explanation:
      'One chat of three makes an agent not available although slots are free; an agent with a next status set gets no contacts but counts, as at Amazon.',
    compute: (s) => s.agentsAvailable,
  }),
  define({
    id: 'AGENTS_ON_CONTACT',
    name: 'On contact',
    unit: 'count',
    kind: 'now',
    formula: 'agents with at least one contact connected, on hold, paused, in wrap-up or being dialled',
    sources: agentEvents,
    nullRule: never,
    explanation: 'Whatever the status: an agent can be not ready and on contact at once.',
    compute: (s) => s.agentsOnContact,
  }),
  define({
    id: 'AGENTS_AFTER_CONTACT_WORK',
    name: 'Wrap-up (ACW)',
    unit: 'count',
    kind: 'now',
    formula: 'contacts in state ENDED at an agent',
    sources: agentEvents,
    nullRule: never,
    explanation: "Counts contacts, despite Amazon's name.",
    compute: (s) => s.contactsInAcw,
  }),
  define({
    id: 'AGENTS_NON_PRODUCTIVE',
    name: 'Not ready (NPT)',
    unit: 'count',
    kind: 'now',
    formula: 'agents whose status type is CUSTOM',
    sources: agentEvents,
    nullRule: never,
    explanation: 'Break, lunch, training and the like, also while on a contact.',
    compute: (s) => s.agentsNonProductive,
  }),
  define({
    id: 'CONTACTS_QUEUED',
    name: 'Offered',
    unit: 'count',
    kind: 'window',
    formula: 'contacts that left the queue in the window',
    sources: contactStreams,
    nullRule: never,
    explanation: 'Those still waiting are not in it, so that it is the denominator of the rates.',
    differs: 'Counted when the contact leaves the queue, not a minute after it ends.',
    compute: (s) => s.queued,
  }),
  define({
    id: 'CONTACTS_HANDLED',
    name: 'Answered',
    unit: 'count',
    kind: 'window',
    formula: 'contacts connected to an agent in the window',
    sources: contactStreams,
    nullRule: never,
    explanation: 'Outbound contacts included, and a supervisor who listens in: Amazon counts every record with an agent.',
    differs: 'Counted when the agent connects, not a minute after the contact ends.',
    compute: (s) => s.handled,
  }),
  define({
    id: 'CONTACTS_ABANDONED',
    name: 'Abandoned',
    unit: 'count',
    kind: 'window',
    formula: 'queued, ended without an agent, and not moved on by transfer or callback',
    sources: contactStreams,
    nullRule: never,
    explanation: "Whoever ended it: AWS's calculation does not test the reason.",
    compute: (s) => s.abandoned,
  }),
  define({
    id: 'ABANDONMENT_RATE',
    name: 'Abandoned %',
    unit: 'percent',
    kind: 'window',
    formula: '100 × CONTACTS_ABANDONED / CONTACTS_QUEUED',
    sources: contactStreams,
    nullRule: 'Null when nothing left the queue.',
    explanation: 'From sums, also in totals.',
    compute: (s) => ratio(s.abandoned, s.queued, 100),
  }),
  define({
    id: 'SERVICE_LEVEL',
    name: 'Service level',
    unit: 'percent',
    kind: 'window',
    threshold: true,
    formula: '100 × contacts that left the queue in under X seconds / CONTACTS_QUEUED',
    sources: contactStreams,
    nullRule: 'Null when nothing left the queue.',
    explanation: "Answers, abandons, callbacks and transfers alike, as in Amazon's built-in metric; under means less than.",
    compute: (s) => ratio(s.removedInThreshold, s.queued, 100),
  }),
  define({
    id: 'AVG_QUEUE_ANSWER_TIME',
    name: 'Answer time',
    unit: 'seconds',
    kind: 'window',
    formula: 'time in queue of answered contacts / answered contacts',
    sources: contactStreams,
    nullRule: 'Null when no queued contact was answered.',
    explanation: 'Also called ASA. An agent whisper is part of it.',
    compute: (s) => ratio(s.answerMs, s.answered, 0.001),
  }),
  define({
    id: 'AVG_HANDLE_TIME',
    name: 'Handle time',
    unit: 'seconds',
    kind: 'window',
    formula: '(interaction + hold + wrap-up + pause) / contacts whose handling ended in the window',
    sources: contactStreams,
    nullRule: 'Null when no handling ended.',
    explanation: 'From the record once it is there, before that from the agent events.',
    compute: (s) => ratio(s.handleMs, s.handleCount, 0.001),
  }),
]

const byId = new Map(catalogue.map((m) => [m.id, m]))
export function metricById(id: string): Metric | undefined {
  return byId.get(id)
}

export const windows = ['now', 'PT15M', 'PT30M', 'PT1H', 'businessDay'] as const
export type MetricWindow = (typeof windows)[number]
