import type { PublicAlert } from '#contracts/public'

export interface AlertLine {
  id: string
  severity: PublicAlert['severity']
  ruleName: string
  queue: string
  agent: string
  state: PublicAlert['state']
  stateWord: string
  sinceAt: number
  endedAt: number | null
  contactId: string
  segmentId: string | null
  offsetMs: number | null
  said: { role: string; before: string; match: string; after: string } | null
}

/** The moment an alert points at. */
export function momentLink(contactId: string, segmentId: string | null, offsetMs: number | null): string {
  const base = `/contacts/${encodeURIComponent(contactId)}`
  if (segmentId !== null) return `${base}?segment=${encodeURIComponent(segmentId)}`
  return offsetMs === null ? base : `${base}#t=${Math.floor(offsetMs)}`
}

const closed = new Set<PublicAlert['state']>(['resolved', 'withdrawn'])
export const isOpen = (alert: PublicAlert): boolean => !closed.has(alert.state)
/** A closed alert stays this long, so that a glance sees it end. */
export const CLOSED_SHOWN_MS = 600_000

export function alertLine(alert: PublicAlert): AlertLine {
  const hit = alert.hits.findLast((h) => h.confirmed) ?? alert.hits.at(-1)
  const last = alert.history.at(-1)
  return {
    id: alert.id,
    severity: alert.severity,
    ruleName: alert.ruleName,
    queue: alert.queue?.name ?? '',
    agent: alert.agent?.name ?? '',
    state: alert.state,
    stateWord: alert.state === 'acknowledged' && last?.by ? `${last.by} has it` : stateWords[alert.state],
    sinceAt: Date.parse(alert.since),
    endedAt: isOpen(alert) ? null : Date.parse(last?.at ?? alert.raisedAt),
    contactId: alert.entity.id,
    segmentId: hit?.segmentId ?? null,
    offsetMs: hit?.offsetMs ?? null,
    said: hit
      ? {
          role: hit.participantRole,
          before: hit.text.slice(0, hit.highlight[0]),
          match: hit.text.slice(...hit.highlight),
          after: hit.text.slice(hit.highlight[1]),
        }
      : null,
  }
}

const stateWords: Readonly<Record<PublicAlert['state'], string>> = {
  raised: 'just heard',
  confirmed: 'nobody has it yet',
  acknowledged: 'taken',
  withdrawn: 'withdrawn: the final words differ',
  resolved: 'resolved',
}

/** Open ones first, newest first; closed ones only for a while. */
export function newestAlerts(alerts: readonly PublicAlert[], now: number, places: number): AlertLine[] {
  return alerts
    .filter((a) => isOpen(a) || now - Date.parse(a.history.at(-1)?.at ?? a.raisedAt) < CLOSED_SHOWN_MS)
    .toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || b.raisedAt.localeCompare(a.raisedAt) || a.id.localeCompare(b.id))
    .slice(0, places)
    .map(alertLine)
}
