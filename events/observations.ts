import type { AgentEvent, Observation } from './domain.ts'
import type { SourceEvent } from './decode.ts'

/** Part of every observation's id: raise it when what is extracted changes, so that a replay writes new ones. */
export const EXTRACTOR_VERSION = 'o1'

export interface ExtractedObservation {
  /** Event id, contact told about, extractor version. */
  id: string
  /** The contact told about. */
  key: string
  observation: Observation
}

/**
 * What one event tells about contacts that are not its key. Depends on that event alone, so a repeat gives the same ids.
 * - agent event: `agent-contact` for each contact of the current snapshot, `gone` for those only in the previous one;
 *   heart beats repeat them, which heals a lost event within 120 s as long as the contact is with the agent; a lost leaving is
 *   healed by the contact's own events or its record, else by age
 * - contact event or record that names a previous contact: `follow-up` under that contact
 */
export function observationsOf(event: SourceEvent, eventId: string): ExtractedObservation[] {
  return observed(event).map((observation) => ({
    id: `${eventId}/${observation.contactId}/${EXTRACTOR_VERSION}`,
    key: observation.contactId,
    observation,
  }))
}

function observed(event: SourceEvent): Observation[] {
  if (event.kind === 'agent-event') return observedAtAgent(event)
  if (event.kind === 'contact-lens') return []
  const previous = event.previousContactId
  if (previous === null || previous === event.contactId) return []
  return [
    {
      kind: 'observation',
      type: 'follow-up',
      contactId: previous,
      instanceId: event.instanceId,
      eventTime: event.eventTime,
      nextContactId: event.contactId,
      initiationMethod: event.initiationMethod,
      startedAt: event.initiatedAt,
    },
  ]
}

function observedAtAgent(event: AgentEvent): Observation[] {
  // Without a current snapshot (LOGIN and LOGOUT lacked it before 2019) nothing says that a contact has left.
  if (event.current === null) return []
  const { eventTime, agentId, agentArn, instanceId } = event
  const about = { kind: 'observation', instanceId, eventTime, agentId, agentArn } as const
  // By contact id: one observation for one contact, or two would share an id.
  const held = new Map(event.current.contacts.map((contact) => [contact.contactId, contact]))
  const left = new Map(
    event.previous?.contacts.filter(({ contactId }) => !held.has(contactId)).map((contact) => [contact.contactId, contact]),
  )
  return [
    ...[...held.values()].map((contact) => ({ ...about, type: 'agent-contact', contactId: contact.contactId, contact }) as const),
    ...[...left.values()].map(({ contactId, state }) => ({ ...about, type: 'gone', contactId, lastState: state }) as const),
  ]
}
