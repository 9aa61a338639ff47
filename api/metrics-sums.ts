import type { Metric, MetricSums, MetricWindow } from '#contracts/metrics/catalogue'
import type { MetricsFold } from '#contracts/metrics/fold'
import type { QueueFacts } from './queue-facts.ts'

/** Answers a question with its sums. */
export type ReadSums = (question: SumsQuestion) => MetricSums

export interface SumsQuestion {
  kind: Metric['kind']
  window: MetricWindow
  /** Seconds; undefined: each queue's own target. */
  threshold: number | undefined
  queueIds: readonly string[] | 'all'
  channels: readonly string[] | 'all'
  now: number
}

/** Sums behind every metric that shares kind, window, threshold and selection: one walk over the aggregates serves them all. */
export function computeSums(question: SumsQuestion, deps: { fold: MetricsFold; facts: QueueFacts }): MetricSums {
  if (question.channels === 'all') return sumsOf(question, undefined, deps)
  const perChannel = question.channels.map((channel) => sumsOf(question, channel, deps))
  return perChannel.length === 0 ? sumsOf(question, '', deps) : perChannel.reduce(addChannels)
}

function sumsOf(
  question: SumsQuestion,
  channel: string | undefined,
  { fold, facts }: { fold: MetricsFold; facts: QueueFacts },
): MetricSums {
  return fold.sums({
    kind: question.kind,
    select: { queueIds: question.queueIds, channel },
    now: question.now,
    windowStart: (id) => facts.windowStart(id, question.window, question.now),
    threshold: (id) => question.threshold ?? facts.settings(id).target.seconds,
  })
}

const perAgent = new Set<keyof MetricSums>([
  'agentsOnline',
  'agentsStaffed',
  'agentsAvailable',
  'agentsOnContact',
  'agentsNonProductive',
  'contactsInAcw',
])

/** Contacts have one channel each and add up; agents are counted whatever the channel and must not be counted twice. */
function addChannels(a: MetricSums, b: MetricSums): MetricSums {
  const sum = { ...a }
  for (const key of Object.keys(b) as (keyof MetricSums)[]) {
    if (key === 'oldestEnqueuedAt') {
      sum[key] = a[key] === null ? b[key] : b[key] === null ? a[key] : Math.min(a[key], b[key])
    } else if (!perAgent.has(key)) sum[key] = a[key] + b[key]
  }
  return sum
}
