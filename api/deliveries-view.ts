import type { DeliveryRow } from '#contracts/deliveries'
import { topics } from '#events/topics'
import type { Component } from '#kernel/lifecycle'
import type { LogRecord } from '#log/port'
import { createTopicFollower, type TopicFollowerDeps } from './topic-follower.ts'

/** Deliveries shown per webhook; older ones are in the store. */
const MAX_PER_WEBHOOK = 500

/** A delivery without its body, which may hold words somebody said. */
export type DeliverySummary = Omit<DeliveryRow, 'body'>

/** The newest deliveries of each webhook, kept current from the log. */
export interface DeliveriesView extends Component {
  ready(): boolean
  /** In no order. */
  of(webhookId: string): Iterable<DeliverySummary>
}

export function createDeliveriesView(deps: TopicFollowerDeps): DeliveriesView {
  const byWebhook = new Map<string, Map<string, DeliverySummary>>()
  const webhookOf = new Map<string, string>()

  const drop = (id: string): void => {
    const webhookId = webhookOf.get(id)
    webhookOf.delete(id)
    if (webhookId !== undefined) byWebhook.get(webhookId)?.delete(id)
  }
  const keep = (row: DeliveryRow): void => {
    const { body: _body, ...summary } = row
    const rows = byWebhook.get(row.webhookId) ?? new Map<string, DeliverySummary>()
    byWebhook.set(row.webhookId, rows.set(row.id, summary))
    webhookOf.set(row.id, row.webhookId)
    if (rows.size > MAX_PER_WEBHOOK) for (const oldest of rows.keys()) return drop(oldest)
  }
  const follower = createTopicFollower({ topic: topics.deliveries }, deps, (records: readonly LogRecord[]) => {
    for (const { key, value } of records) {
      if (value === null) {
        drop(key)
        continue
      }
      try {
        keep(JSON.parse(Buffer.from(value).toString('utf8')) as DeliveryRow)
      } catch {
        deps.telemetry.count('api_rows_unreadable_total')
      }
    }
  })
  return {
    name: 'deliveries view',
    start: () => follower.start(),
    stop: () => follower.stop(),
    ready: () => follower.caughtUp(),
    of: (webhookId) => byWebhook.get(webhookId)?.values() ?? [],
  }
}
