/** What one process does. `callboard up` does all of it; the others share the work over Kafka, as many of each as are needed. */
import { CallboardError } from '#kernel/errors'
import { topics, type TopicName } from '#events/topics'
import type { Config } from './config.ts'

export const roleNames = ['ingest', 'process', 'api'] as const
export type Role = (typeof roleNames)[number]

/** Topics a role keeps up with besides the lanes it joins. */
const followedBy: Record<Role, readonly TopicName[]> = {
  ingest: [topics.checkpoints, topics.directory],
  process: [topics.settings],
  api: [
    topics.rows,
    topics.alerts,
    topics.deliveries,
    topics.settings,
    topics.checkpoints,
    topics.deadLetters,
    topics.redrives,
    topics.directory,
  ],
}

/** Whoever asks the API of Amazon Connect for words sees in the log which contacts go on. */
export function followedTopics(role: Role, config: Pick<Config, 'SOURCES'>): TopicName[] {
  const asks = role === 'ingest' && config.SOURCES.some((source) => source.type === 'contact-lens-api' && source.segments)
  return [...followedBy[role], ...(asks ? [topics.contacts] : [])]
}

/** Refuses what cannot work with the parts in processes of their own, with the name of the setting. */
export function requireShared(config: Config, role: Role): void {
  const problem =
    config.LOG === 'embedded'
      ? `LOG: "callboard ${role}" needs LOG=kafka; with LOG=embedded one process owns the log, so run "callboard up"`
      : role !== 'ingest' && config.STORE === 'embedded'
        ? `STORE: "callboard ${role}" needs STORE=clickhouse; the embedded engine belongs to one process`
        : config.DEMO === 'on'
          ? `DEMO: the demo plays in one process; run "callboard up"`
          : undefined
  if (problem) throw new CallboardError('SETTING_INVALID', problem)
}
