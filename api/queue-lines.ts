import { metricById, type MetricSums } from '#contracts/metrics/catalogue'
import type { PublicQueue } from '#contracts/public'
import type { ReadSums } from './metrics-sums.ts'
import { iso } from './present.ts'
import type { QueueFacts } from './queue-facts.ts'

type Formula = (sums: MetricSums, now: number) => number | null
const formula = (id: string): Formula => {
  const metric = metricById(id)!
  return (sums, now) => metric.compute(sums, now)
}
const serviceLevel = formula('SERVICE_LEVEL')
const abandonRate = formula('ABANDONMENT_RATE')
const answerTime = formula('AVG_QUEUE_ANSWER_TIME')
const handleTime = formula('AVG_HANDLE_TIME')

/** One line of the queue table, from the same sums and formulas as the metrics of the same names. */
export function toPublicQueue(id: string, now: number, { facts, readSums }: { facts: QueueFacts; readSums: ReadSums }): PublicQueue {
  const ask = { threshold: undefined, queueIds: [id], channels: 'all', now } as const
  const live = readSums({ ...ask, kind: 'now', window: 'now' })
  const half = readSums({ ...ask, kind: 'window', window: 'PT30M' })
  const today = readSums({ ...ask, kind: 'window', window: 'businessDay' })
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
