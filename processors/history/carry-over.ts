import type { AnalyticsStore } from '#storage/port'
import { keptConversations } from '#storage/queries/kept-conversations'
import type { TableBatch } from './records.ts'

/**
 * A record can be sent again for 24 months. By then the contact has left memory, and the row made from the record alone knows nothing
 * of what was said: those columns are taken over from the stored row, so that a late attribute does not erase a score.
 */
export async function carryOverConversations(store: AnalyticsStore, batch: TableBatch): Promise<void> {
  const recordOnly = batch.contacts.filter((row) => row.backfill === 1 && row.turn_count === 0)
  if (recordOnly.length === 0) return
  const contactIds = [...new Set(recordOnly.map((row) => row.contact_id))]
  const kept = new Map((await keptConversations(store, { scope: 'all', contactIds })).map((row) => [row.contact_id, row]))
  for (const row of recordOnly) Object.assign(row, kept.get(row.contact_id))
}
