import type { PublicAlert } from '#contracts/public'
import { isOpen } from '../board/alerts.ts'

export interface SeenAlerts {
  /** null until the first snapshot: what was there before the page opened is not news. */
  seen: ReadonlySet<string> | null
  fresh: readonly PublicAlert[]
}
export const nothingSeen: SeenAlerts = { seen: null, fresh: [] }
const SHOWN = 3

/**
 * What to announce. `rows` are the current alerts, `announced` those pushed one by one; after a reconnection an alert may be in the
 * rows only, so both count. Newest first; a shown alert follows its row (confirmed, taken, withdrawn).
 */
export function followAlerts(state: SeenAlerts, rows: readonly PublicAlert[] | null, announced: readonly PublicAlert[]): SeenAlerts {
  if (rows === null) return state
  const byId = new Map([...announced, ...rows].map((alert) => [alert.id, alert]))
  if (state.seen === null) return { seen: new Set(rows.map((a) => a.id)), fresh: [] }
  const seen = state.seen
  const news = [...byId.values()].filter((a) => !seen.has(a.id) && isOpen(a)).sort((a, b) => b.raisedAt.localeCompare(a.raisedAt))
  const kept = state.fresh.map((a) => byId.get(a.id) ?? a)
  const unchanged = news.length === 0 && kept.every((a, i) => a === state.fresh[i])
  if (unchanged) return state
  return { seen: new Set([...seen, ...news.map((a) => a.id)]), fresh: [...news, ...kept].slice(0, SHOWN) }
}

export function dismissAlert(state: SeenAlerts, id: string): SeenAlerts {
  return { ...state, fresh: state.fresh.filter((a) => a.id !== id) }
}
