import type { ResultColumns, Sql } from './sql.ts'

export interface StoredTurn {
  contactId: string
  turnId: string
  outputType: string
  participantRole: string
  participantId: string | null
  text: string
  sentiment: string | null
  beginOffsetMs: number | null
  endOffsetMs: number | null
  saidAt: number | null
  edition: number
}

export const turnColumns = {
  contactId: ['contact_id', 'text'],
  turnId: ['turn_id', 'text'],
  outputType: ['output_type', 'text'],
  participantRole: ['participant_role', 'text'],
  participantId: ['participant_id', 'textOrNull'],
  text: ['text', 'text'],
  sentiment: ['sentiment', 'textOrNull'],
  beginOffsetMs: ['begin_offset_ms', 'number'],
  endOffsetMs: ['end_offset_ms', 'number'],
  saidAt: ['said_at', 'time'],
  edition: ['edition', 'bigNumber'],
} as const satisfies Record<keyof StoredTurn, ResultColumns[string]>

/** Where a turn stands in its contact: voice turns have an offset, chat messages a time. */
export const turnPosition = (alias: string): string =>
  `toFloat64(coalesce(${alias}.begin_offset_ms, toUnixTimestamp64Milli(${alias}.said_at), 0))`

/**
 * The newest version of the turns of some contacts, each said thing once: of several editions of a conversation the greatest, of a
 * raw and a redacted copy the redacted one. The choice comes before any condition on the words, so that a search cannot find out
 * what was redacted.
 */
export function turnsOnce(ofContacts: Sql): Sql {
  return (bind) => `SELECT t.*, t.words FROM segments AS t FINAL PREWHERE t.contact_id IN (${ofContacts(bind)})
    WHERE (t.contact_id, t.edition) IN
      (SELECT e.contact_id, max(e.edition) FROM segments AS e FINAL PREWHERE e.contact_id IN (${ofContacts(bind)}) GROUP BY e.contact_id)
    ORDER BY t.contact_id, t.turn_id, t.output_type = 'redacted' DESC LIMIT 1 BY t.contact_id, t.turn_id`
}
