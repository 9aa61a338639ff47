import type { AgentContact } from '#events/domain'
import type { AgentState } from '#contracts/rows'
import { isOnContact, type ContactRun, type Point, type Timeline } from './points.ts'

const ringing = new Set(['INCOMING', 'PENDING', 'CONNECTING'])

/** The one state shown for an agent, first match wins (AWS guide, "About agent status": agent activity state). */
export function deriveAgentState(snapshot: NonNullable<Point['snapshot']>, signedOut: boolean): AgentState {
  if (signedOut) return 'offline'
  const has = (test: (c: AgentContact) => boolean): boolean => snapshot.contacts.some(test)
  if (has((c) => c.state === 'ERROR')) return 'error'
  if (has((c) => c.state === 'MISSED')) return 'missed'
  if (has((c) => c.state === 'REJECTED')) return 'rejected'
  if (has(isOnContact)) return 'onContact'
  if (has((c) => c.state === 'ENDED')) return 'afterContactWork'
  if (has((c) => ringing.has(c.state))) return 'incoming'
  if (snapshot.status.type === 'CUSTOM') return 'nonProductive'
  return snapshot.status.type === 'ROUTABLE' ? 'available' : 'offline'
}

/** Since when: the earliest of the contacts that make the state, else the later of the status and the last contact's leaving. */
export function deriveStateSince(state: AgentState, timeline: Timeline, status: { startedAt: number }): number {
  if (state === 'onContact' && timeline.busySince !== null) return timeline.busySince
  const runs = Object.values(timeline.contacts).filter((run) => makesState(state, run))
  if (runs.length > 0) return Math.min(...runs.map((run) => run.start))
  if (state === 'offline' && timeline.signedOutAt !== null) return timeline.signedOutAt
  return Math.max(status.startedAt, timeline.freeSince ?? status.startedAt)
}

function makesState(state: AgentState, { contact }: ContactRun): boolean {
  if (state === 'afterContactWork') return contact.state === 'ENDED'
  if (state === 'incoming') return ringing.has(contact.state)
  return contact.state === state.toUpperCase()
}
