import type { AgentContact, AgentEvent, AgentSnapshot } from '#events/domain'
import type { Version } from '../runner/fold.ts'

/** One agent event, reduced to what changes with time. The configuration is a fact of its own. */
export interface Point {
  /** Event time, arrival time, event id. */
  v: Version
  type: string
  /** Which configuration fact it came with; null without a snapshot. */
  config: string | null
  /** null: the event carried no snapshot (sign-in and sign-out before 2019). */
  snapshot: Pick<AgentSnapshot, 'status' | 'nextStatus' | 'contacts'> | null
}

/** What the pruned past leaves behind: the last point before the kept ones, with since when its states hold. */
export interface Anchor {
  point: Point
  /** The newest of them that has a snapshot. */
  last: Point | null
  timeline: Timeline
}

export interface ContactRun {
  contact: AgentContact
  state: string
  start: number
  /** The state was already there when we first saw the contact. */
  isFirst: boolean
}

/** Where the walk over an agent's points stands. */
export interface Timeline {
  status: { name: string; type: AgentSnapshot['status']['type']; start: number } | null
  contacts: Record<string, ContactRun>
  signedOutAt: number | null
  /** Last moment a contact left the agent, or null. */
  freeSince: number | null
  /** Since when there has been, without a break, a contact that keeps the agent on contact; null when there is none. */
  busySince: number | null
}

export interface Span {
  of: 'status' | 'contact'
  contact: AgentContact | null
  name: string
  statusType: AgentSnapshot['status']['type'] | null
  start: number
  end: number | null
  estimated: boolean
}

export function toPoint(event: AgentEvent, v: Version, config: string | null): Point {
  const current = event.current
  return {
    v,
    type: event.type,
    config,
    snapshot: current && { status: current.status, nextStatus: current.nextStatus, contacts: current.contacts },
  }
}

export const emptyTimeline: Timeline = { status: null, contacts: {}, signedOutAt: null, freeSince: null, busySince: null }

/** Moves the timeline over one point and hands every span that ends there to `close`. Pure. */
export function step(timeline: Timeline, point: Point, close: (span: Span) => void): Timeline {
  // Heart beats go on for an hour after log-off, and a type nobody knows yet is no sign of presence either.
  const isBack = point.type === 'LOGIN' || point.type === 'STATE_CHANGE'
  const signedOutAt = point.type === 'LOGOUT' ? point.v[0] : isBack ? null : timeline.signedOutAt
  if (!point.snapshot) return { ...timeline, signedOutAt }
  const { status, contacts } = point.snapshot
  const stepped = stepContacts(timeline, point, contacts, close)
  const busy = Object.values(stepped.runs).filter((run) => isOnContact(run.contact))
  const busySince = busy.length === 0 ? null : (timeline.busySince ?? Math.min(...busy.map((run) => run.contact.connectedAt ?? run.start)))
  return { status: stepStatus(timeline, status, close), contacts: stepped.runs, signedOutAt, freeSince: stepped.freeSince, busySince }
}

const dialling = new Set(['OUTBOUND', 'EXTERNAL_OUTBOUND', 'CALLBACK'])

/** Connected, on hold, paused, or dialling out: what makes an agent "on contact". */
export function isOnContact(c: AgentContact): boolean {
  if (c.state === 'CONNECTED' || c.state === 'CONNECTED_ONHOLD' || c.state === 'PAUSED') return true
  return c.state === 'CONNECTING' && dialling.has(c.initiationMethod)
}

/** Spans still open where the timeline stands. */
export function openSpans(timeline: Timeline): Span[] {
  const spans: Span[] = []
  if (timeline.status) spans.push(statusSpan(timeline.status, timeline.signedOutAt, timeline.signedOutAt !== null))
  for (const run of Object.values(timeline.contacts)) spans.push(contactSpan(run, null, false))
  return spans
}

function stepStatus(timeline: Timeline, status: AgentSnapshot['status'], close: (span: Span) => void): Timeline['status'] {
  const open = timeline.status
  if (open && open.name === status.name && open.start === status.startedAt) return open
  // The new status says itself when it began, but an agent who signed out before that had none in between.
  const end = Math.min(status.startedAt, timeline.signedOutAt ?? status.startedAt)
  if (open) close(statusSpan(open, Math.max(open.start, end), false))
  return { name: status.name, type: status.type, start: status.startedAt }
}

function stepContacts(
  timeline: Timeline,
  point: Point,
  contacts: readonly AgentContact[],
  close: (span: Span) => void,
): { runs: Record<string, ContactRun>; freeSince: number | null } {
  const time = point.v[0]
  const runs: Record<string, ContactRun> = {}
  let { freeSince } = timeline
  for (const contact of contacts) {
    const open = timeline.contacts[contact.contactId]
    if (!open) {
      runs[contact.contactId] = { contact, state: contact.state, start: firstStart(contact, time), isFirst: true }
    } else if (
      open.state === contact.state &&
      !(contact.stateStartedAt > open.start && contact.stateStartedAt > open.contact.stateStartedAt)
    ) {
      runs[contact.contactId] = { ...open, contact }
    } else {
      const start = nextStart(open, contact, time)
      close(contactSpan(open, start, false))
      runs[contact.contactId] = { contact, state: contact.state, start, isFirst: false }
    }
  }
  for (const [id, run] of Object.entries(timeline.contacts)) {
    if (runs[id]) continue
    // A contact leaves with a state change; a heart beat or sign-out that shows it gone means that event was lost.
    close(contactSpan(run, time, point.type === 'HEART_BEAT' || point.type === 'LOGOUT'))
    freeSince = time
  }
  return { runs, freeSince }
}

/** A hold may keep the connected time as its state start, so the first sight of a held contact dates from the event. */
function firstStart(contact: AgentContact, time: number): number {
  if (contact.state === 'CONNECTED_ONHOLD' && contact.stateStartedAt === contact.connectedAt) return time
  return Math.min(contact.stateStartedAt, time)
}

/** The state's own start where it was moved with the change, else the time of the event that showed the change. */
function nextStart(open: ContactRun, contact: AgentContact, time: number): number {
  return contact.stateStartedAt > open.start && contact.stateStartedAt <= time ? contact.stateStartedAt : time
}

function statusSpan(status: NonNullable<Timeline['status']>, end: number | null, estimated: boolean): Span {
  return { of: 'status', contact: null, name: status.name, statusType: status.type, start: status.start, end, estimated }
}

function contactSpan(run: ContactRun, end: number | null, estimated: boolean): Span {
  return { of: 'contact', contact: run.contact, name: run.state, statusType: null, start: run.start, end, estimated }
}
