import { amountOf, isTrue, type Amount as AmountOf, type Condition as ConditionOf, type Threshold } from '#kernel/expressions'

/** What is counted of one contact. Times are epoch milliseconds, durations seconds. */
export interface ContactFigures {
  initiatedAt: number | null
  connectedToSystemAt: number | null
  enqueuedAt: number | null
  connectedAt: number | null
  disconnectedAt: number | null
  /** Everything over, after contact work included. */
  endedAt: number | null
  transferredAt: number | null
  queueSeconds: number | null
  interactionSeconds: number | null
  holdSeconds: number | null
  acwSeconds: number | null
  pauseSeconds: number | null
  holdCount: number | null
  /** A further contact follows from this one: a transfer, a callback, a retry. */
  hasNext: boolean
  initiationMethod: string | null
  disconnectReason: string | null
  /** How it left its queue: answered, abandoned, transferred, callback. */
  outcome: string | null
}
export type FigureName = keyof ContactFigures
type Amount = AmountOf<FigureName>
type Condition = ConditionOf<FigureName>

/** A sum, count or maximum over contacts. `at` says which time of a contact decides the interval that it belongs to. */
export interface Measure {
  at: 'disconnectedAt' | 'enqueuedAt' | 'connectedAt'
  where: Condition
  /** Counts contacts when left out. A contact without the amount adds nothing. */
  amount?: Amount
  fold: 'sum' | 'max'
  threshold: boolean
}

const known = (...fields: FigureName[]): Condition => all(...fields.map((field) => ({ known: field })))
const all = (...conditions: Condition[]): Condition => (conditions.length === 1 ? conditions[0]! : { all: conditions })
const any = (...conditions: Condition[]): Condition => ({ any: conditions })
const isOneOf = (text: 'initiationMethod' | 'disconnectReason' | 'outcome', ...values: string[]): Condition => ({ text, in: values })
const field = (name: Extract<Amount, { field: unknown }>['field']): Amount => ({ field: name })
const sum = (...parts: Amount[]): Amount => ({ sum: parts })
const within = (amount: Amount): Condition => ({ amount, within: 'threshold' })
const above = (amount: Amount, limit: number): Condition => ({ amount, above: limit })

const of = (where: Condition, more: Partial<Measure> = {}): Measure => ({
  at: 'disconnectedAt',
  where,
  fold: 'sum',
  threshold: false,
  ...more,
})
const always: Condition = { all: [] }

const [queue, interaction, hold, acw, pause] = [
  field('queueSeconds'),
  field('interactionSeconds'),
  field('holdSeconds'),
  field('acwSeconds'),
  field('pauseSeconds'),
]
const queued = known('enqueuedAt')
const handled = known('connectedAt')
const answered = known('enqueuedAt', 'connectedAt', 'queueSeconds')
// AWS guide, metric calculations: enqueued, no agent, nothing follows. The reason of the end is not asked for.
const abandoned = all(queued, isOneOf('outcome', 'abandoned'))
const incoming = isOneOf('initiationMethod', 'INBOUND', 'TRANSFER', 'QUEUE_TRANSFER')
const duration: Amount = { from: field('initiatedAt'), to: field('disconnectedAt') }
const resolution: Amount = { from: field('initiatedAt'), to: { greatest: [field('disconnectedAt'), field('endedAt')] } }
const flow: Amount = {
  from: field('connectedToSystemAt'),
  to: { first: [field('enqueuedAt'), field('transferredAt'), field('disconnectedAt')] },
}

/** Formulas: AWS administrator guide, "Metric definitions"; which reading where it contradicts itself: `differs` in the catalogue. */
export const measures = {
  created: of(always),
  queued: of(queued),
  queuedByEnqueue: of(queued, { at: 'enqueuedAt' }),
  handled: of(handled),
  handledByConnect: of(handled, { at: 'connectedAt' }),
  abandoned: of(abandoned),
  abandonedWithin: of(all(abandoned, within(queue)), { threshold: true }),
  abandonTime: of(all(abandoned, known('queueSeconds')), { amount: queue }),
  abandonTimes: of(all(abandoned, known('queueSeconds'))),
  removedWithin: of(all(queued, within(queue)), { threshold: true }),
  answeredWithin: of(all(answered, within(queue)), { threshold: true }),
  answerTime: of(answered, { amount: queue }),
  answerTimes: of(answered),
  longestQueued: of(queued, { amount: queue, fold: 'max' }),
  handleTime: of(any(...(['interactionSeconds', 'holdSeconds', 'acwSeconds', 'pauseSeconds'] as const).map((f) => known(f))), {
    amount: sum(interaction, hold, acw, pause),
  }),
  handleTimes: of(any(...(['interactionSeconds', 'holdSeconds', 'acwSeconds', 'pauseSeconds'] as const).map((f) => known(f)))),
  activeTime: of(any(above(interaction, 0), above(hold, 0), above(acw, 0)), { amount: sum(interaction, hold, acw) }),
  activeTimes: of(any(above(interaction, 0), above(hold, 0), above(acw, 0))),
  interactionTime: of(known('connectedAt', 'interactionSeconds'), { amount: interaction }),
  interactionTimes: of(known('connectedAt', 'interactionSeconds')),
  interactionAndHoldTime: of(any(known('interactionSeconds'), known('holdSeconds')), { amount: sum(interaction, hold) }),
  interactionAndHoldTimes: of(any(known('interactionSeconds'), known('holdSeconds'))),
  holdTime: of(handled, { amount: hold }),
  held: of(all(handled, above(field('holdCount'), 0))),
  holdTimeOfHeld: of(all(handled, above(field('holdCount'), 0)), { amount: hold }),
  holds: of(handled, { amount: field('holdCount') }),
  acwTime: of(handled, { amount: acw }),
  pauseTime: of(above(pause, 0), { amount: pause }),
  pauses: of(above(pause, 0)),
  durationTime: of(known('initiatedAt', 'disconnectedAt'), { amount: duration }),
  durations: of(known('initiatedAt', 'disconnectedAt')),
  resolutionTime: of(known('initiatedAt', 'disconnectedAt'), { amount: resolution }),
  resolvedWithin: of(all(known('initiatedAt', 'disconnectedAt'), within(resolution)), { threshold: true }),
  flowTime: of(isOneOf('initiationMethod', 'INBOUND', 'TRANSFER', 'QUEUE_TRANSFER', 'API'), { amount: flow }),
  agentHungUp: of(all(handled, isOneOf('disconnectReason', 'AGENT_DISCONNECT'))),
  transferredOut: of(known('transferredAt')),
  transferredOutByAgent: of(known('transferredAt', 'connectedAt')),
  transferredOutFromQueue: of(all(known('transferredAt', 'enqueuedAt'), { not: handled })),
  callbackAttempts: of(all(isOneOf('initiationMethod', 'CALLBACK'), { not: handled }, { flag: 'hasNext' })),
  incoming: of(incoming),
  contained: of(all(isOneOf('initiationMethod', 'INBOUND'), { not: queued }, { not: handled }, { not: known('transferredAt') })),
  inbound: of(isOneOf('initiationMethod', 'INBOUND')),
} as const satisfies Record<string, Measure>
export type MeasureName = keyof typeof measures

/** The measure over some contacts of one interval; null: no maximum of none. */
export function measureOf(name: MeasureName, contacts: readonly ContactFigures[], threshold?: Threshold): number | null {
  const { where, amount, fold }: Measure = measures[name]
  const values = contacts
    .filter((facts) => isTrue(where, { ...facts }, threshold))
    .map((facts) => (amount === undefined ? 1 : amountOf(amount, { ...facts })))
    .filter((value) => value !== null)
  if (fold === 'max') return values.length === 0 ? null : Math.max(...values)
  return values.reduce((total, value) => total + value, 0)
}
