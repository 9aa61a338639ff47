import type { PublicAlert, PublicContact } from '#contracts/public'

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
  /** Its contact is over, as far as is known: nothing to step into any more. */
  contactOver: boolean
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

export function alertLine(alert: PublicAlert, contactOver = false): AlertLine {
  const hit = alert.hits.findLast((h) => h.confirmed) ?? alert.hits.at(-1)
  const last = alert.history.at(-1)
  return {
    id: alert.id,
    severity: alert.severity,
    ruleName: alert.ruleName,
    queue: alert.queue?.name ?? '',
    agent: alert.agent?.name ?? '',
    state: alert.state,
    stateWord: contactOver && isOpen(alert) ? 'ended' : stateWords[alert.state],
    sinceAt: Date.parse(alert.since),
    endedAt: isOpen(alert) ? null : Date.parse(last?.at ?? alert.raisedAt),
    contactOver,
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
  raised: 'heard',
  confirmed: 'confirmed',
  acknowledged: 'acknowledged',
  withdrawn: 'withdrawn',
  resolved: 'resolved',
}

/** Alerts and contacts come by different subscriptions: a contact of a new alert may be a moment late. */
const CONTACT_LATE_MS = 5_000
const over = new Set<PublicContact['state']>(['wrapUp', 'ended'])

/**
 * Whether the conversation of an alert is over. `active` holds all contacts that have not ended; null when they are not known. A contact
 * that is missing there has ended only if it was known when the alert was raised: the words of a contact can come before its events.
 */
export function contactIsOver(alert: PublicAlert, active: ReadonlyMap<string, PublicContact> | null, now: number): boolean {
  if (active === null) return false
  const contact = active.get(alert.entity.id)
  if (contact) return over.has(contact.state)
  return (alert.queue !== null || alert.agent !== null) && now - Date.parse(alert.raisedAt) > CONTACT_LATE_MS
}

/** Newest first, those that are over last; closed ones only for a while. The age shown is the one they are ordered by. */
export function newestAlerts(
  alerts: readonly PublicAlert[],
  contacts: readonly PublicContact[] | null,
  now: number,
  places: number,
): AlertLine[] {
  const active = contacts && new Map(contacts.map((c) => [c.id, c]))
  const isPast = (line: AlertLine): boolean => line.endedAt !== null || line.contactOver
  return alerts
    .map((alert) => alertLine(alert, contactIsOver(alert, active, now)))
    .filter((line) => line.endedAt === null || now - line.endedAt < CLOSED_SHOWN_MS)
    .toSorted((a, b) => Number(isPast(a)) - Number(isPast(b)) || b.sinceAt - a.sinceAt || a.id.localeCompare(b.id))
    .slice(0, places)
}
