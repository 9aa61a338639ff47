import type { EventKind } from './envelope.ts'

/** Topic names. `connect.*` is written by ingest only; folds write the rest. `callboard.facts` holds what rows are derived from, `callboard.directory` names that ingest was told. */
export const topics = {
  agents: 'connect.agents',
  contacts: 'connect.contacts',
  facts: 'callboard.facts',
  rows: 'callboard.rows',
  timers: 'callboard.timers',
  alerts: 'callboard.alerts',
  deliveries: 'callboard.deliveries',
  settings: 'callboard.settings',
  checkpoints: 'callboard.checkpoints',
  deadLetters: 'callboard.dead-letters',
  redrives: 'callboard.redrives',
  directory: 'callboard.directory',
} as const

export type TopicName = (typeof topics)[keyof typeof topics]

/** Every topic with how its records leave. Deliveries and rows are states: the newest per key counts. */
export const topicSpecs = [
  { name: topics.agents, cleanup: 'delete' },
  { name: topics.contacts, cleanup: 'delete' },
  { name: topics.facts, cleanup: 'compact' },
  { name: topics.rows, cleanup: 'compact' },
  { name: topics.timers, cleanup: 'compact' },
  { name: topics.alerts, cleanup: 'compact' },
  { name: topics.deliveries, cleanup: 'compact' },
  { name: topics.settings, cleanup: 'compact' },
  { name: topics.checkpoints, cleanup: 'compact' },
  { name: topics.deadLetters, cleanup: 'delete' },
  { name: topics.redrives, cleanup: 'compact' },
  { name: topics.directory, cleanup: 'compact' },
] as const satisfies readonly { name: TopicName; cleanup: 'delete' | 'compact' }[]

export function topicOf(kind: EventKind): TopicName {
  return kind === 'agent-event' ? topics.agents : topics.contacts
}
