import { metricById } from '#contracts/metrics/catalogue'
import type { MetricsFold } from '#contracts/metrics/fold'
import type { PublicQueue } from '#contracts/public'
import { computeSums } from './metrics-sums.ts'
import { iso } from './present.ts'
import type { QueueFacts } from './queue-facts.ts'

const formula = (id: string) => metricById(id)!.compute
const serviceLevel = formula('SERVICE_LEVEL')
const abandonRate = formula('ABANDONMENT_RATE')
const answerTime = formula('AVG_QUEUE_ANSWER_TIME')
const handleTime = formula('AVG_HANDLE_TIME')

/** One line of the queue table, from the same sums and formulas as the metrics of the same names. */
export function toPublicQueue(id: string, now: number, deps: { fold: MetricsFold; facts: QueueFacts }): PublicQueue {
  const { facts } = deps
  const ask = { threshold: undefined, queueIds: [id], channels: 'all', now } as const
  const live = computeSums({ ...ask, kind: 'now', window: 'now' }, deps)
  const half = computeSums({ ...ask, kind: 'window', window: 'PT30M' }, deps)
  const today = computeSums({ ...ask, kind: 'window', window: 'businessDay' }, deps)
  const settings = facts.settings(id)
  return {
    id,
    name: facts.displayName(id),
    target: settings.target,
    hidden: settings.hidden,
    waiting: live.waiting,
    waitingOverTarget: live.waitingOverThreshold,
    oldestEnqueuedAt: live.oldestEnqueuedAt === null ? null : iso(live.oldestEnqueuedAt),
    staffed: live.agentsStaffed,
    available: live.agentsAvailable,
    onContact: live.agentsOnContact,
    offered30: half.queued,
    serviceLevel30: serviceLevel(half, now),
    offeredToday: today.queued,
    serviceLevelToday: serviceLevel(today, now),
    handledToday: today.handled,
    abandonedToday: today.abandoned,
    abandonRateToday: abandonRate(today, now),
    answerSecondsToday: answerTime(today, now),
    handleSecondsToday: handleTime(today, now),
  }
}
