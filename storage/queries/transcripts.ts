import type { AnalyticsStore, CallOptions } from '../port.ts'
import { contactInScope, type Scope } from './scope.ts'
import { allOf, buildSql, selectList } from './sql.ts'
import { turnColumns, turnPosition, turnsOnce, type StoredTurn } from './turns.ts'

/** All turns of a contact in the order they were said; empty when there are none or the contact is outside `scope`. */
export async function transcriptOf(
  store: AnalyticsStore,
  request: { scope: Scope; contactId: string },
  options?: CallOptions,
): Promise<StoredTurn[]> {
  const built = buildSql((bind) => {
    const id = bind('String', request.contactId)
    const visible = contactInScope(request.scope, 's.contact_id', () => id)
    return `SELECT ${selectList('s', turnColumns)} FROM (${turnsOnce(() => id)(bind)}) AS s
      WHERE ${allOf([visible])(bind)}
      ORDER BY ${turnPosition('s')}, s.turn_id`
  })
  return store.query<StoredTurn>({ name: 'transcriptOf', ...built }, options)
}
