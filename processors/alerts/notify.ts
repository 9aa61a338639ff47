import { topics } from '#events/topics'
import { deliveryId, type DeliveryRow } from '#contracts/deliveries'
import type { AlertRow } from '#contracts/rows'
import { webhookEventTypes, type Webhook } from '#contracts/settings'
import type { FoldContext, Output, OutputChange } from '../runner/fold.ts'

type WebhookEvent = Webhook['events'][number]

/**
 * Webhook messages caused by alerts, written in the commit that changes the alerts. Ids follow from alert, step and endpoint, so a
 * fold that runs again makes the same ids and nobody is told twice under two ids. Endpoints are read as they are now.
 */
export function deliveriesFor(changes: readonly OutputChange[], context: FoldContext): Output[] {
  const endpoints = context.settings.listAt('webhook', Number.MAX_SAFE_INTEGER).filter((w) => w.value.enabled)
  if (endpoints.length === 0) return []
  const outputs: Output[] = []
  for (const { after, before } of changes) {
    if (after === undefined) continue
    const alert = after as AlertRow
    const toldBefore = (before as AlertRow | undefined)?.history.length ?? 0
    alert.history.slice(toldBefore).forEach((step, i) => {
      const type = `alert.${step.state}`
      if (!isWebhookEvent(type)) return
      const body = JSON.stringify({ type, timestamp: new Date(step.at).toISOString(), data: evidence(alert, step.at) })
      for (const { id } of endpoints.filter((w) => w.value.events.includes(type))) {
        const key = deliveryId(alert.id, `${toldBefore + i + 1}-${step.state}`, id)
        const delivery: DeliveryRow = {
          kind: 'delivery',
          id: key,
          webhookId: id,
          type,
          body,
          createdAt: context.at,
          state: 'pending',
          nextAttemptAt: context.at,
          attempts: [],
        }
        outputs.push({ topic: topics.deliveries, key, value: delivery })
      }
    })
  }
  return outputs
}

function isWebhookEvent(type: string): type is WebhookEvent {
  return (webhookEventTypes as readonly string[]).includes(type)
}

/** What the receiver needs to act without asking back. */
function evidence(alert: AlertRow, at: number): object {
  const first = alert.hits[0]
  return {
    alertId: alert.id,
    rule: { id: alert.ruleId, name: alert.ruleName, version: alert.ruleVersion },
    severity: alert.severity,
    entity: alert.entity,
    queue: alert.queue && { id: alert.queue.id, name: alert.queue.name },
    agentId: alert.agentId,
    since: new Date(alert.since).toISOString(),
    delayMs: Math.max(0, at - alert.since),
    words: alert.hits.map((h) => ({
      segmentId: h.turnId,
      speaker: h.participantRole,
      text: h.text,
      highlight: [h.begin, h.end],
      offsetMs: h.beginOffsetMs,
      confirmed: h.confirmed,
    })),
    link: `/contacts/${encodeURIComponent(alert.entity.id)}${first ? `?segment=${encodeURIComponent(first.turnId)}` : ''}`,
  }
}
