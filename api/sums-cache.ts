import type { MetricSums } from '#contracts/metrics/catalogue'
import { computeSums, type ReadSums, type SumsQuestion } from './metrics-sums.ts'
import type { QueueFacts } from './queue-facts.ts'
import type { ChangeSet } from './row-changes.ts'
import type { RowsView } from './rows-view.ts'
import type { SettingsStore } from './settings-store.ts'

const MINUTE_MS = 60_000

/**
 * Sums by question, remembered for windows. A window's sums change when a contact of its queues changes, when the minute does, or
 * with settings, and walking a day of minutes costs a millisecond a queue; agents change ten times as often and touch none of them.
 * Figures of now are computed each time.
 */
export function createSumsCache(deps: { rows: RowsView; facts: QueueFacts; settings: SettingsStore }): ReadSums {
  const kept = new Map<string, { version: number; sums: MetricSums }>()
  /** Counts changes of contacts, per queue and of all. */
  const versions = new Map<string, number>()
  let version = 0
  let minute = 0

  deps.rows.onChange((changes) => {
    for (const queueId of queuesOfContacts(changes)) versions.set(queueId, (versions.get(queueId) ?? 0) + 1)
    if (changes.contacts.size > 0) version++
  })
  deps.settings.onChange(({ type }) => {
    if (type === 'queue') kept.clear()
  })
  /** Grows whenever one of the queues' versions does. */
  const versionOf = ({ queueIds }: SumsQuestion): number =>
    queueIds === 'all' ? version : queueIds.reduce((sum, id) => sum + (versions.get(id) ?? 0), 0)

  return (question) => {
    const ask = (): MetricSums => computeSums(question, { fold: deps.rows.metrics, facts: deps.facts })
    if (question.kind === 'now') return ask()
    const thisMinute = Math.floor(question.now / MINUTE_MS)
    // Everything kept is of one minute, which also bounds how much is.
    if (thisMinute !== minute) kept.clear()
    minute = thisMinute
    const { queueIds, channels, window, threshold } = question
    const key = JSON.stringify([queueIds, channels, window, threshold ?? null])
    const known = kept.get(key)
    const current = versionOf(question)
    if (known?.version === current) return known.sums
    const sums = ask()
    kept.set(key, { version: current, sums })
    return sums
  }
}

function queuesOfContacts(changes: ChangeSet): Set<string> {
  const ids = new Set<string>()
  for (const { before, after } of changes.contacts.values()) {
    if (before) ids.add(before.queue?.id ?? '')
    if (after) ids.add(after.queue?.id ?? '')
  }
  return ids
}
