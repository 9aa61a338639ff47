import type { AnalyticsStore, CallOptions } from '../port.ts'
import type { TableRows } from '../tables.ts'
import { buildSql, isOneOf, selectList, type ResultColumns } from './sql.ts'

/** The columns of a contact that come from what was said, not from its record. */
export type KeptConversation = Pick<
  TableRows['contacts'],
  'contact_id' | 'customer_score' | 'agent_score' | 'turn_count' | 'categories' | 'audio_started_at'
>

const columns = {
  contact_id: ['contact_id', 'text'],
  customer_score: ['customer_score', 'number'],
  agent_score: ['agent_score', 'number'],
  turn_count: ['turn_count', 'number'],
  categories: ['categories', 'list'],
  audio_started_at: ['audio_started_at', 'time'],
} as const satisfies Record<keyof KeptConversation, ResultColumns[string]>

/** What is stored of these contacts' conversations; contacts without one are left out. For the writer of history, which sees all. */
export async function keptConversations(
  store: AnalyticsStore,
  request: { scope: 'all'; contactIds: readonly string[] },
  options?: CallOptions,
): Promise<KeptConversation[]> {
  const built = buildSql(
    (bind) =>
      `SELECT ${selectList('c', columns)} FROM contacts AS c FINAL PREWHERE ${isOneOf('c.contact_id', request.contactIds)!(bind)} WHERE c.turn_count > 0`,
  )
  return store.query<KeptConversation>({ name: 'keptConversations', ...built }, options)
}
