import type { PublicTurn } from '#contracts/public'
import { contactById } from '#storage/queries/contacts'
import { transcriptOf as storedTurnsOf } from '#storage/queries/transcripts'
import type { RouteContext } from './context.ts'
import { toPublicTurn } from './present.ts'
import { toPublicStoredTurn } from './present-stored.ts'
import type { RowsView } from './rows-view.ts'

type Context = Pick<RouteContext, 'rows' | 'store'>

/**
 * What was said in a contact, in order; undefined when there is no such contact. Turns in the log win over their copies in the
 * store, which is asked only when turns have left the log. Throws STORE_UNAVAILABLE rather than answering with a part.
 */
export async function transcriptOf(contactId: string, { rows, store }: Context): Promise<PublicTurn[] | undefined> {
  const live = liveTurns(contactId, rows)
  const row = rows.contacts.get(contactId)
  const finals = live.filter((turn) => !turn.partial).length
  if (row ? finals >= row.turnCount && (live.length > 0 || row.state !== 'ended') : live.length > 0) return live
  const [stored, contact] = await Promise.all([
    storedTurnsOf(store, { scope: 'all', contactId }),
    contactById(store, { scope: 'all', contactId }),
  ])
  if (!row && !contact && stored.length === 0) return undefined
  const known = new Set(live.map((turn) => turn.segmentId))
  // While the store is behind, it may still hold an edition of the conversation that another one has taken the place of.
  const edition = Math.max(0, ...rows.turnsOf(contactId).map((turn) => turn.edition ?? 0))
  const others = stored
    .filter((turn) => turn.edition >= edition && !known.has(turn.turnId))
    .map((turn) => toPublicStoredTurn(turn, contact))
  return [...live, ...others].toSorted(compare)
}

/** Of a raw and a redacted turn the redacted one. */
function liveTurns(contactId: string, rows: RowsView): PublicTurn[] {
  const turns = rows.turnsOf(contactId)
  const redacted = new Set(turns.filter((turn) => turn.outputType === 'redacted').map((turn) => turn.turnId))
  const contact = rows.contacts.get(contactId)
  const audio = { startedAt: contact?.audioStartedAt ?? null, estimated: contact?.audioStartEstimated ?? false }
  return turns
    .filter((turn) => turn.outputType === 'redacted' || !redacted.has(turn.turnId))
    .map((turn) => toPublicTurn(turn, audio))
    .toSorted(compare)
}

const compare = (a: PublicTurn, b: PublicTurn): number => position(a) - position(b) || (a.segmentId < b.segmentId ? -1 : 1)

/** Voice turns have an offset, chat messages a time. */
function position({ offsetMs, time }: PublicTurn): number {
  return offsetMs ?? (time === null ? 0 : Date.parse(time))
}
