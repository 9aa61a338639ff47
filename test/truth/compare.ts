import type { ContactTruth } from '#simulator/truth/facts'
import { figuresAt, figuresBetween, type Truth } from '#simulator/truth/figures'
import { THRESHOLD, windows, type Answers } from './centre.ts'

const MINUTE_MS = 60_000
/** Windows begin on whole minutes, the one still filling included. */
const starts: Record<(typeof windows)[number], (now: number) => number> = {
  PT15M: (now) => (Math.floor(now / MINUTE_MS) - 14) * MINUTE_MS,
  PT1H: (now) => (Math.floor(now / MINUTE_MS) - 59) * MINUTE_MS,
  businessDay: (now) => now - (now % 86_400_000),
}

/** What `ask` must answer for one group at the moment `at`. `asOf`: the clock when asked. */
export function expected(truth: Truth, group: string, at: number, recorded: ReadonlySet<string>, channels: readonly string[]): Answers {
  const select = group === 'all' ? {} : channels.includes(group) ? { channel: group } : { queueId: group }
  const question = { ...select, at, threshold: THRESHOLD, isFinal: (id: string) => recorded.has(id) }
  const answers: Answers = { ...figuresAt(truth, question) }
  for (const window of windows) {
    const figures = figuresBetween(truth, { ...question, from: starts[window](at) })
    for (const [metric, value] of Object.entries(figures)) answers[`${metric}@${window}`] = value
  }
  return answers
}

export interface Difference {
  group: string
  metric: string
  truth: number | null | undefined
  callboard: number | null | undefined
}

export function differences(truth: Truth, asked: ReadonlyMap<string, Answers>, at: number, recorded: ReadonlySet<string>): Difference[] {
  const channels = [...new Set(truth.contacts.map((c: ContactTruth) => c.channel))]
  const found: Difference[] = []
  for (const [group, answers] of asked) {
    const wanted = expected(truth, group, at, recorded, channels)
    for (const metric of new Set([...Object.keys(wanted), ...Object.keys(answers)])) {
      const [is, says] = [wanted[metric], answers[metric]]
      const same =
        is === says || (typeof is === 'number' && typeof says === 'number' && Math.abs(is - says) < 1e-6 * Math.max(1, Math.abs(is)))
      if (!same) found.push({ group, metric, truth: is, callboard: says })
    }
  }
  return found
}

export const tell = (list: readonly Difference[]): string =>
  list
    .slice(0, 12)
    .map((d) => `${d.group.slice(-12)} ${d.metric}: truth ${d.truth}, Callboard ${d.callboard}`)
    .join('\n')
