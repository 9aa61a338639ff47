import type { AgentContact } from '#events/domain'
import type { AgentState } from '#contracts/rows'
import type { ContactRun, Point, Timeline } from './points.ts'

const dialling = new Set(['OUTBOUND', 'EXTERNAL_OUTBOUND', 'CALLBACK'])
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
  const runs = Object.values(timeline.contacts).filter((run) => makesState(state, run))
  if (runs.length > 0) return Math.min(...runs.map((run) => (state === 'onContact' ? (run.contact.connectedAt ?? run.start) : run.start)))
  if (state === 'offline' && timeline.signedOutAt !== null) return timeline.signedOutAt
  return Math.max(status.startedAt, timeline.freeSince ?? status.startedAt)
}

function makesState(state: AgentState, { contact }: ContactRun): boolean {
  if (state === 'onContact') return isOnContact(contact)
  if (state === 'afterContactWork') return contact.state === 'ENDED'
  if (state === 'incoming') return ringing.has(contact.state)
  return contact.state === state.toUpperCase()
}

function isOnContact(c: AgentContact): boolean {
  if (c.state === 'CONNECTED' || c.state === 'CONNECTED_ONHOLD' || c.state === 'PAUSED') return true
  return c.state === 'CONNECTING' && dialling.has(c.initiationMethod)
}
