import type { AgentRow, AlertRow, ContactRow } from '#contracts/rows'

export interface Change<R> {
  before: R | undefined
  after: R | undefined
}

/** What one batch changed: by id, the row as it was before the batch and as it is after it. */
export interface ChangeSet {
  agents: Map<string, Change<AgentRow>>
  contacts: Map<string, Change<ContactRow>>
  alerts: Map<string, Change<AlertRow>>
  /** Contact id → ids of the turns that changed. */
  turns: Map<string, Set<string>>
  /** A name of a queue or an agent is new or other than before: rows that refer to it read differently. */
  names: boolean
  /** Time of the oldest event that changed one of these rows as the newest of its row; Infinity: none did. */
  eventAt: number
}

export function createChangeSet(): ChangeSet {
  return { agents: new Map(), contacts: new Map(), alerts: new Map(), turns: new Map(), names: false, eventAt: Number.POSITIVE_INFINITY }
}

export function isEmpty(changes: ChangeSet): boolean {
  return changes.agents.size + changes.contacts.size + changes.alerts.size + changes.turns.size === 0
}

/** Ids of the queues whose figures these changes may have moved. */
export function queuesTouched(changes: ChangeSet): Set<string> {
  const ids = new Set<string>()
  for (const { before, after } of changes.contacts.values()) {
    if (before?.queue) ids.add(before.queue.id)
    if (after?.queue) ids.add(after.queue.id)
  }
  for (const { before, after } of changes.agents.values()) {
    for (const queue of before?.queues ?? []) ids.add(queue.id)
    for (const queue of after?.queues ?? []) ids.add(queue.id)
  }
  return ids
}
