/** One webhook message to one endpoint, with its attempts; compacted in `callboard.deliveries`, so it survives any process. */
export interface DeliveryRow {
  kind: 'delivery'
  /** Constant over retries: the `webhook-id` header. */
  id: string
  webhookId: string
  type: string
  /** Body as sent: `{type, timestamp, data}`, fixed when created so that every try signs the same bytes. */
  body: string
  createdAt: number
  state: 'pending' | 'delivered' | 'failed'
  /** Due time of the next try; null when none is left. */
  nextAttemptAt: number | null
  attempts: readonly { at: number; status: number | null; error: string | null; durationMs: number }[]
}

/** Delays before each try, seconds (Standard Webhooks' recommended schedule). */
export const deliverySchedule = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400] as const

export function deliveryId(alertId: string, transition: string, webhookId: string): string {
  return `${alertId}.${transition}.${webhookId}`
}
