import type { LiveQuery } from '#contracts/live'
import { invalid } from '../http/problems.ts'
import type { ReadSums } from '../metrics-sums.ts'
import type { MetricsQuery } from '../metrics-query.ts'
import { computeGroup, groupsOf, toMetricsQuery } from '../metrics-query.ts'
import { toPublicAgent, toPublicAlert, toPublicContact, toPublicTurn, type Rights } from '../present.ts'
import type { QueueFacts } from '../queue-facts.ts'
import { toPublicQueue } from '../queue-lines.ts'
import { queuesTouched, type Change } from '../row-changes.ts'
import { checkFilters, testAgent, testAlert, testContact, type Filter } from '../row-filters.ts'
import type { RowsView } from '../rows-view.ts'
import { overThresholdAt } from './time-edges.ts'
import type { Computation } from './subscription.ts'

/** Alerts of a board: the newest of those that pass its filters. */
const NEWEST_ALERTS = 200

export interface ComputationDeps {
  rows: RowsView
  facts: QueueFacts
  readSums: ReadSums
}

/** Throws REQUEST_INVALID naming the field when the query makes no sense. */
export function createComputation(query: LiveQuery, rights: Rights, deps: ComputationDeps): Computation {
  if ('metrics' in query) {
    const checked = toMetricsQuery({ filters: query.filters ?? [], groupings: query.groupings ?? [], metrics: query.metrics })
    if ('errors' in checked) throw invalid(...checked.errors)
    return ofMetrics(checked.query, deps)
  }
  const errors = checkFilters(query)
  if (errors.length > 0) throw invalid(...errors)
  const filters = query.filters ?? []
  if (query.rows === 'agents') return ofAgents(filters, deps)
  if (query.rows === 'contacts') return ofContacts(filters, rights, deps)
  if (query.rows === 'queues') return ofQueues(filters, deps)
  if (query.rows === 'alerts') return ofAlerts(filters, rights, deps)
  return ofTurns(filters[0]!.values[0]!, deps)
}

const timeless = { hangsOnTime: false, nextChangeAt: () => undefined } as const

function ofAgents(filters: readonly Filter[], { rows, facts }: ComputationDeps): Computation {
  const passes = testAgent(filters)
  return {
    touched: (changes) => (changes.names ? 'all' : passing(changes.agents, passes)),
    ids: () => idsOf(rows.agents, passes),
    row(id) {
      const agent = rows.agents.get(id)
      return agent && passes(agent) ? toPublicAgent(agent, facts) : undefined
    },
    ...timeless,
  }
}

function ofContacts(filters: readonly Filter[], rights: Rights, { rows, facts }: ComputationDeps): Computation {
  const passes = testContact(filters)
  return {
    touched: (changes) => (changes.names ? 'all' : passing(changes.contacts, passes)),
    ids: () => idsOf(rows.contacts, passes),
    row(id) {
      const contact = rows.contacts.get(id)
      return contact && passes(contact) ? toPublicContact(contact, facts, rights) : undefined
    },
    ...timeless,
  }
}

function ofAlerts(filters: readonly Filter[], rights: Rights, { rows, facts }: ComputationDeps): Computation {
  const passes = testAlert(filters)
  const newest = (): Set<string> =>
    new Set(
      [...rows.alerts.values()]
        .filter(passes)
        .slice(-NEWEST_ALERTS)
        .map((a) => a.id),
    )
  let shown = newest()
  return {
    touched: (changes) => (changes.names || hasAny(passing(changes.alerts, passes)) ? 'all' : []),
    ids: () => (shown = newest()),
    row(id) {
      const alert = rows.alerts.get(id)
      return alert && shown.has(id) && passes(alert) ? toPublicAlert(alert, facts, rights) : undefined
    },
    ...timeless,
  }
}

/** Turns of one contact. The raw twin of a redacted turn is not shown. */
function ofTurns(contactId: string, { rows }: ComputationDeps): Computation {
  return {
    touched(changes) {
      const contact = changes.contacts.get(contactId)
      // All wall times hang on the start of the audio.
      if (contact && contact.before?.audioStartedAt !== contact.after?.audioStartedAt) return 'all'
      return changes.turns.get(contactId) ?? []
    },
    ids: () => new Set(rows.turnsOf(contactId).map((t) => t.turnId)),
    row(id) {
      const turn = rows.turn(contactId, id, 'redacted') ?? rows.turn(contactId, id, 'raw')
      const contact = rows.contacts.get(contactId)
      return turn && toPublicTurn(turn, { startedAt: contact?.audioStartedAt ?? null, estimated: contact?.audioStartEstimated ?? false })
    },
    ...timeless,
  }
}

function ofQueues(filters: readonly Filter[], { rows, facts, readSums }: ComputationDeps): Computation {
  const sets = filters.map(({ key, values }) => ({ key, values: new Set(values) }))
  const passes = (id: string): boolean =>
    facts.has(id) && sets.every(({ key, values }) => values.has(key === 'QUEUE' ? id : (facts.instanceOf(id) ?? '')))
  return {
    touched: (changes) => (changes.names ? 'all' : [...queuesTouched(changes)].filter(passes)),
    ids: () => facts.ids().filter(passes),
    row: (id, now) => (passes(id) ? toPublicQueue(id, now, { facts, readSums }) : undefined),
    hangsOnTime: true,
    nextChangeAt: (now) => overThresholdAt(rows.waiting.values(), now, (queueId) => facts.settings(queueId).target.seconds),
  }
}

function ofMetrics(query: MetricsQuery, { rows, facts, readSums }: ComputationDeps): Computation {
  const groups = () => new Map(groupsOf(query, facts, rows.names.channels).map((g) => [g.id, g]))
  let known = groups()
  const thresholds = query.metrics.filter((m) => m.metric.threshold && m.metric.kind === 'now').map((m) => m.threshold)
  return {
    touched(changes) {
      if (changes.names) return 'all'
      if (changes.agents.size + changes.contacts.size === 0) return []
      if (!query.groupings.includes('QUEUE')) return 'all'
      const queues = queuesTouched(changes)
      return [...known.values()].filter((g) => g.queueIds === 'all' || g.queueIds.some((id) => queues.has(id))).map((g) => g.id)
    },
    ids: () => (known = groups()).keys(),
    row(id, now) {
      const group = known.get(id)
      return group && { dimensions: group.dimensions, values: computeGroup(group, query, now, readSums) }
    },
    hangsOnTime: true,
    nextChangeAt(now) {
      const edges = thresholds.map((t) => overThresholdAt(rows.waiting.values(), now, (id) => t ?? facts.settings(id).target.seconds))
      return edges.reduce((a, b) => (a === undefined || (b !== undefined && b < a) ? b : a), undefined)
    },
  }
}

function* passing<R>(changes: ReadonlyMap<string, Change<R>>, passes: (row: R) => boolean): Generator<string> {
  for (const [id, { before, after }] of changes) if ((before && passes(before)) || (after && passes(after))) yield id
}

function* idsOf<R>(rows: ReadonlyMap<string, R>, passes: (row: R) => boolean): Generator<string> {
  for (const [id, row] of rows) if (passes(row)) yield id
}

function hasAny(ids: Iterable<string>): boolean {
  for (const _ of ids) return true
  return false
}
