import type { MetricUnit } from './catalogue.ts'
import { measures, type MeasureName } from './measures.ts'

/** A metric over closed intervals is computed from measures last: totals come from sums, never from averages. */
export type Formula = { measure: MeasureName } | { ratio: readonly [part: MeasureName, whole: MeasureName]; factor?: number }

export interface HistoricalMetric {
  id: string
  name: string
  unit: MetricUnit
  /** In words. */
  formula: string
  /** Which time of a contact decides the interval that the whole of it belongs to. */
  attribution: 'disconnect' | 'enqueue' | 'connect'
  nullRule: string
  differs: string | null
  /** Whether a threshold in seconds must be given. */
  threshold: boolean
  value: Formula
}

type More = Partial<Pick<HistoricalMetric, 'differs'>>
const never = 'Never null; 0 when nothing counts.'
const attributions = { disconnectedAt: 'disconnect', enqueuedAt: 'enqueue', connectedAt: 'connect' } as const

const define = (
  id: string,
  name: string,
  unit: MetricUnit,
  value: Formula,
  formula: string,
  nullRule: string,
  more: More,
): HistoricalMetric => ({
  id,
  name,
  unit,
  formula,
  attribution: attributions[measures[measuresOf(value)[0]!].at],
  nullRule,
  differs: more.differs ?? null,
  threshold: measuresOf(value).some((measure) => measures[measure].threshold),
  value,
})
const count = (id: string, name: string, measure: MeasureName, formula: string, more: More = {}): HistoricalMetric =>
  define(id, name, 'count', { measure }, formula, never, more)
const time = (id: string, name: string, measure: MeasureName, formula: string, more: More = {}): HistoricalMetric =>
  define(id, name, 'seconds', { measure }, formula, never, more)
const mean = (id: string, name: string, ratio: readonly [MeasureName, MeasureName], formula: string, more: More = {}): HistoricalMetric =>
  define(id, name, 'seconds', { ratio }, formula, 'Null when there is no such contact.', more)
const percent = (
  id: string,
  name: string,
  ratio: readonly [MeasureName, MeasureName],
  formula: string,
  more: More = {},
): HistoricalMetric => define(id, name, 'percent', { ratio, factor: 100 }, formula, 'Null when nothing was queued.', more)

const inQueueUnder = 'under X seconds (LT), or X included (LTE)'

/** Metrics over contacts by Amazon's id. Formulas: AWS administrator guide, "Metric definitions". */
export const historicalMetrics: readonly HistoricalMetric[] = [
  count('CONTACTS_CREATED', 'Contacts created', 'created', 'contacts that ended'),
  count('CONTACTS_QUEUED', 'Contacts queued', 'queued', 'contacts with an enqueue time'),
  count(
    'CONTACTS_QUEUED_BY_ENQUEUE',
    'Contacts queued (enqueue time)',
    'queuedByEnqueue',
    'contacts with an enqueue time, where they were enqueued',
  ),
  count('CONTACTS_HANDLED', 'Contacts handled', 'handled', 'contacts connected to an agent'),
  count(
    'CONTACTS_HANDLED_BY_CONNECTED_TO_AGENT',
    'Contacts handled (connected time)',
    'handledByConnect',
    'contacts connected to an agent, where they were connected',
  ),
  count('CONTACTS_ABANDONED', 'Contacts abandoned', 'abandoned', 'queued, ended without an agent, not moved on by transfer or callback', {
    differs: "Whoever ended it: AWS's calculation does not test the reason. Filter on DISCONNECT_REASON for the customer's own.",
  }),
  percent('ABANDONMENT_RATE', 'Abandonment rate', ['abandoned', 'queued'], '100 × CONTACTS_ABANDONED / CONTACTS_QUEUED'),
  count('SUM_CONTACTS_ABANDONED_IN_X', 'Contacts abandoned in X', 'abandonedWithin', `abandoned after a time in queue ${inQueueUnder}`),
  mean(
    'AVG_ABANDON_TIME',
    'Average queue abandon time',
    ['abandonTime', 'abandonTimes'],
    'time in queue of abandoned contacts / abandoned contacts',
  ),
  count('SUM_CONTACTS_DISCONNECTED', 'Contacts disconnected', 'abandoned', 'ended while in queue', {
    differs: 'Contacts with a follow-up or a transfer are left out, as the text says; the published steps count them.',
  }),
  mean(
    'AVG_QUEUE_ANSWER_TIME',
    'Average queue answer time',
    ['answerTime', 'answerTimes'],
    'time in queue of answered contacts / answered contacts',
  ),
  define(
    'MAX_QUEUED_TIME',
    'Maximum queued time',
    'seconds',
    { measure: 'longestQueued' },
    'the longest time in queue, abandoned contacts included',
    'Null when nothing was queued.',
    {},
  ),
  percent('SERVICE_LEVEL', 'Service level X', ['removedWithin', 'queued'], '100 × CONTACTS_REMOVED_FROM_QUEUE_IN_X / CONTACTS_QUEUED', {
    differs: 'LT unless LTE is asked for: the two readings of AWS.',
  }),
  count(
    'CONTACTS_REMOVED_FROM_QUEUE_IN_X',
    'Contacts removed from queue in X',
    'removedWithin',
    `left the queue after ${inQueueUnder}: answered, abandoned, callback and transfer alike`,
  ),
  count(
    'SUM_CONTACTS_ANSWERED_IN_X',
    'Contacts answered in X',
    'answeredWithin',
    `connected to an agent after a time in queue ${inQueueUnder}`,
  ),
  time('SUM_HANDLE_TIME', 'Contact handle time', 'handleTime', 'interaction + hold + wrap-up + pause'),
  mean('AVG_HANDLE_TIME', 'Average handle time', ['handleTime', 'handleTimes'], 'SUM_HANDLE_TIME / contacts with any of the four'),
  mean(
    'AVG_ACTIVE_TIME',
    'Average active time',
    ['activeTime', 'activeTimes'],
    'interaction + hold + wrap-up / contacts where one of them is above 0',
  ),
  time('SUM_INTERACTION_TIME', 'Agent interaction time', 'interactionTime', 'interaction time of handled contacts'),
  mean(
    'AVG_INTERACTION_TIME',
    'Average agent interaction time',
    ['interactionTime', 'interactionTimes'],
    'interaction time / handled contacts with one',
  ),
  time('SUM_INTERACTION_AND_HOLD_TIME', 'Agent interaction and hold time', 'interactionAndHoldTime', 'interaction + hold'),
  mean(
    'AVG_INTERACTION_AND_HOLD_TIME',
    'Average agent interaction and customer hold time',
    ['interactionAndHoldTime', 'interactionAndHoldTimes'],
    'interaction + hold / contacts with either',
  ),
  time('SUM_HOLD_TIME', 'Customer hold time', 'holdTime', 'hold time of handled contacts'),
  mean('AVG_HOLD_TIME', 'Average customer hold time', ['holdTimeOfHeld', 'held'], 'hold time / contacts put on hold', {
    differs: 'Only contacts with a hold: exports write 0 for those without.',
  }),
  mean('AVG_HOLD_TIME_ALL_CONTACTS', 'Average customer hold time, all contacts', ['holdTime', 'handled'], 'hold time / handled contacts'),
  define(
    'AVG_HOLDS',
    'Average holds',
    'count',
    { ratio: ['holds', 'handled'] },
    'holds / handled contacts',
    'Null when nothing was handled.',
    {
      differs: 'Over handled contacts; read literally AWS divides by all records.',
    },
  ),
  count('CONTACTS_PUT_ON_HOLD', 'Contacts put on hold', 'held', 'handled contacts with at least one hold'),
  time('SUM_AFTER_CONTACT_WORK_TIME', 'After contact work time', 'acwTime', 'wrap-up of handled contacts'),
  mean(
    'AVG_AFTER_CONTACT_WORK_TIME',
    'Average after contact work time',
    ['acwTime', 'handled'],
    'wrap-up / handled contacts, 0 for those without',
  ),
  mean('AVG_AGENT_PAUSE_TIME', 'Average agent pause time', ['pauseTime', 'pauses'], 'pause / contacts that were paused'),
  mean('AVG_CONTACT_DURATION', 'Average contact duration', ['durationTime', 'durations'], 'disconnect − initiation'),
  mean(
    'AVG_RESOLUTION_TIME',
    'Average resolution time',
    ['resolutionTime', 'durations'],
    'the later of disconnect and end of wrap-up − initiation',
  ),
  count('CONTACTS_RESOLVED_IN_X', 'Contacts resolved in X', 'resolvedWithin', 'resolution time under X seconds (LT), or X included (LTE)'),
  time(
    'SUM_CONTACT_FLOW_TIME',
    'Contact flow time',
    'flowTime',
    'from the connection to the system to the enqueue, the transfer or the end',
  ),
  count('CONTACTS_TRANSFERRED_OUT', 'Contacts transferred out', 'transferredOut', 'contacts with a completed transfer'),
  count(
    'CONTACTS_TRANSFERRED_OUT_BY_AGENT',
    'Contacts transferred out by agent',
    'transferredOutByAgent',
    'contacts with an agent and a completed transfer',
  ),
  count(
    'CONTACTS_TRANSFERRED_OUT_FROM_QUEUE',
    'Contacts transferred out from queue',
    'transferredOutFromQueue',
    'queued contacts with a completed transfer and no agent',
  ),
  count(
    'SUM_RETRY_CALLBACK_ATTEMPTS',
    'Callback attempts',
    'callbackAttempts',
    'callbacks that did not reach an agent and were tried again',
    {
      differs: 'As the text says; the published steps leave callbacks out.',
    },
  ),
  percent(
    'CONTAINED_IN_SELF_SERVICE',
    'Contained in self-service',
    ['contained', 'inbound'],
    '100 × inbound contacts without queue, agent and transfer / inbound contacts',
    {
      differs: 'Our own metric; Amazon has none of that name.',
    },
  ),
]

const byId = new Map(historicalMetrics.map((metric) => [metric.id, metric]))
export function historicalMetricById(id: string): HistoricalMetric | undefined {
  return byId.get(id)
}

export function measuresOf(formula: Formula): MeasureName[] {
  return 'measure' in formula ? [formula.measure] : [...formula.ratio]
}

/** null when it cannot be computed: a ratio over nothing, a maximum of none. */
export function valueOf(formula: Formula, measured: (name: MeasureName) => number | null): number | null {
  if ('measure' in formula) return measured(formula.measure)
  const [part, whole] = formula.ratio.map(measured)
  return part === null || part === undefined || !whole ? null : (part / whole) * (formula.factor ?? 1)
}
