import { describe, expect, it } from 'vitest'
import { decodePayload, type SourceEvent } from '#events/decode'
import { EXTRACTOR_VERSION, observationsOf } from '#events/observations'
import type { JsonObject } from '#kernel/json'
import { composedSample } from '../../helpers/samples.ts'
import { without, withValue } from './change.ts'

function read(payload: JsonObject): SourceEvent {
  const decoded = decodePayload(payload, 'any')
  if (!decoded.ok) throw new Error(`${decoded.reason}: ${decoded.message}`)
  return decoded.event
}

const ringing = composedSample('agent-events/composed-08-three-chats-connected-acw-ringing')
const chat = (n: number) => `70000000-0000-4000-8000-00000000000${n}`
const agentId = '20000000-0000-4000-8000-000000000003'

describe('observations of an agent event', () => {
  it('are one for each contact of the current snapshot, under that contact', () => {
    const observations = observationsOf(read(ringing), 'e1')
    expect(observations.map(({ id, key }) => [id, key])).toEqual([3, 4, 5].map((n) => [`e1/${chat(n)}/${EXTRACTOR_VERSION}`, chat(n)]))
    expect(observations[1]?.observation).toMatchObject({
      kind: 'observation',
      type: 'agent-contact',
      contactId: chat(4),
      agentId,
      eventTime: Date.parse('2025-03-03T10:04:40.110Z'),
      contact: { contactId: chat(4), state: 'ENDED', channel: 'CHAT' },
    })
  })

  it('say gone, with the last state, for a contact only the previous snapshot holds', () => {
    const payload = withValue(ringing, ['CurrentAgentSnapshot', 'Contacts'], [])
    expect(observationsOf(read(payload), 'e1').map(({ key, observation }) => [key, observation])).toEqual([
      [chat(3), expect.objectContaining({ type: 'gone', lastState: 'CONNECTED', agentId })],
      [chat(4), expect.objectContaining({ type: 'gone', lastState: 'ENDED', agentId })],
    ])
  })

  it('are repeated by a heart beat under ids of its own', () => {
    const beat = withValue(
      withValue(ringing, ['EventType'], 'HEART_BEAT'),
      ['PreviousAgentSnapshot'],
      ringing['CurrentAgentSnapshot'] ?? null,
    )
    const repeated = observationsOf(read(beat), 'e2')
    expect(repeated.map(({ observation }) => observation)).toEqual(
      observationsOf(read(ringing), 'e1').map(({ observation }) => observation),
    )
    expect(repeated.map(({ id }) => id)).toEqual([3, 4, 5].map((n) => `e2/${chat(n)}/${EXTRACTOR_VERSION}`))
  })

  it('are none when there is no current snapshot: nothing says that the contacts are gone', () => {
    expect(observationsOf(read(without(ringing, ['CurrentAgentSnapshot'])), 'e1')).toEqual([])
  })

  it('are one for a contact listed twice', () => {
    const held = { ...(read(ringing) as Extract<SourceEvent, { kind: 'agent-event' }>) }
    const contacts = held.current?.contacts ?? []
    const doubled = held.current === null ? held : { ...held, current: { ...held.current, contacts: [...contacts, ...contacts] } }
    expect(observationsOf(doubled, 'e1')).toHaveLength(3)
  })
})

describe('observations of contacts', () => {
  const target = composedSample('contact-records/composed-transfer-chain-2-target')
  const source = '90000000-0000-4000-8000-000000000004'

  it('tell the previous contact who follows, for a record and for a contact event', () => {
    expect(observationsOf(read(target), 'r1')).toEqual([
      {
        id: `r1/${source}/${EXTRACTOR_VERSION}`,
        key: source,
        observation: {
          kind: 'observation',
          type: 'follow-up',
          contactId: source,
          instanceId: '10000000-0000-4000-8000-000000000001',
          eventTime: Date.parse('2025-03-03T10:07:10Z'),
          nextContactId: '90000000-0000-4000-8000-000000000005',
          initiationMethod: 'TRANSFER',
          startedAt: Date.parse('2025-03-03T10:03:40Z'),
        },
      },
    ])
    const queued = withValue(composedSample('contact-events/composed-02-queued'), ['detail', 'previousContactId'], source)
    expect(observationsOf(read(queued), 'c1')).toMatchObject([{ key: source, observation: { type: 'follow-up' } }])
  })

  it('are none without a previous contact, or when a contact names itself', () => {
    expect(observationsOf(read(withValue(target, ['PreviousContactId'], null)), 'r1')).toEqual([])
    expect(observationsOf(read(withValue(target, ['PreviousContactId'], target['ContactId'] ?? null)), 'r1')).toEqual([])
    expect(observationsOf(read(composedSample('contact-lens/composed-voice-segments-utterances-only')), 'l1')).toEqual([])
  })
})
