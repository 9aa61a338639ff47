import { describe, expect, it } from 'vitest'
import { agentName, iso, toPublicAgent, toPublicAlert, toPublicContact, toPublicTurn, type NameSource } from '#api/present'
import { toPublicStoredContact, toPublicStoredTurn } from '#api/present-stored'
import { publicAgentSchema, publicAlertSchema, publicContactSchema, publicTurnSchema } from '#contracts/public'
import type { StoredContact } from '#storage/queries/contacts'
import { agent, alert, contact, queue, T0, turn } from '../../integration/api/rows.ts'

const names: NameSource = { queueName: (id) => (id === 'billing' ? 'Billing' : null), agentName: (id) => (id === 'a1' ? 'Ana' : null) }
const at = (ms: number): string => new Date(ms).toISOString()

describe('public shapes', () => {
  it('hold what their schemas say, for whatever a source sent', () => {
    const odd = { stateSince: Number.MAX_SAFE_INTEGER, lastEventAt: Number.NaN }
    expect(publicAgentSchema.safeParse(toPublicAgent(agent('a1', odd), names)).success).toBe(true)
    const sums = { weightedSum: 99, weightSum: 1, score: 99, turns: 1, negativeTurns: 0 }
    const row = contact('c1', { stateSince: -1e20, sentiment: { customer: sums, agent: null } })
    expect(publicContactSchema.parse(toPublicContact(row, names, { words: true })).sentiment.customer?.score).toBe(5)
    expect(publicAlertSchema.safeParse(toPublicAlert(alert('al'), names, { words: true })).success).toBe(true)
    expect(publicTurnSchema.safeParse(toPublicTurn(turn('c', 't'), { startedAt: null, estimated: false })).success).toBe(true)
  })

  it('name queues and agents: settings first, then what rows say, then nothing', () => {
    const row = contact('c1', { agentId: 'a1', offeredTo: 'a2', queue: queue('sales', 'Sales (old)') })
    expect(toPublicContact(row, names, { words: false })).toMatchObject({
      agent: { id: 'a1', name: 'Ana' },
      offeredTo: { id: 'a2', name: null },
      queue: { id: 'sales', name: 'Sales (old)' },
    })
    expect(toPublicContact(contact('c1'), names, { words: false }).queue).toEqual({ id: 'billing', name: 'Billing' })
  })

  it.each([
    [{ firstName: 'Ana', lastName: 'Lima', username: 'al' }, 'Ana Lima'],
    [{ firstName: 'Ana', lastName: null, username: 'al' }, 'Ana'],
    [{ firstName: '', lastName: '', username: 'al' }, 'al'],
    [{ firstName: null, lastName: null, username: null }, 'u1'],
  ])('call an agent %j %s', (given, expected) => {
    expect(agentName({ id: 'u1', ...given })).toBe(expected)
  })

  it('keep words from those who may not read transcripts', () => {
    const row = contact('c1', { summary: 'she said' })
    expect(toPublicContact(row, names, { words: false }).summary).toBeNull()
    expect(JSON.stringify(toPublicAlert(alert('al'), names, { words: false }))).not.toContain('cancel')
  })

  it('derive the wall time of a turn from the start of the audio', () => {
    expect(toPublicTurn(turn('c', 't'), { startedAt: T0, estimated: true })).toMatchObject({ time: at(T0 + 1000), timeEstimated: true })
    expect(toPublicTurn(turn('c', 't'), { startedAt: null, estimated: true })).toMatchObject({ time: null, timeEstimated: false })
    const chat = turn('c', 't', { beginOffsetMs: null, saidAt: T0 })
    expect(toPublicTurn(chat, { startedAt: T0 - 1, estimated: true })).toMatchObject({ time: at(T0), timeEstimated: false })
  })

  it('write times in UTC, also those that no calendar has', () => {
    expect([iso(0), iso(1e15), iso(Number.NaN), iso(253_402_300_799_999)]).toEqual([
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.000Z',
      '1970-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
    ])
  })
})

describe('contacts of the history', () => {
  const stored: StoredContact = {
    contactId: 'c9',
    instanceId: 'i1',
    channel: 'VOICE',
    initiationMethod: 'INBOUND',
    initialContactId: null,
    previousContactId: null,
    queueId: 'old',
    queueName: 'Old queue',
    agentId: 'a1',
    state: 'ended',
    outcome: 'answered',
    basis: 'final',
    initiatedAt: T0,
    enqueuedAt: T0,
    connectedAt: null,
    leftQueueAt: null,
    disconnectedAt: null,
    endedAt: T0 + 9,
    disconnectReason: null,
    queueSeconds: 1,
    interactionSeconds: 2,
    holdSeconds: null,
    acwSeconds: null,
    handleSeconds: null,
    audioStartedAt: T0,
    customerScore: -2,
    agentScore: null,
    turnCount: 3,
    categories: ['x'],
    firstEventAt: T0,
    lastEventAt: T0 + 9,
    recordUpdatedAt: null,
    backfill: false,
  }
  it('have the same shape, with null for what is not kept', () => {
    const shown = publicContactSchema.parse(toPublicStoredContact(stored, names))
    expect(shown).toMatchObject({
      queue: { id: 'old', name: 'Old queue' },
      agent: { id: 'a1', name: 'Ana' },
      stateSince: at(T0 + 9),
      outcome: 'answered',
      sentiment: { customer: { score: -2, turns: null }, agent: null },
      audioStartEstimated: true,
    })
    expect(toPublicStoredContact({ ...stored, state: 'new-state', outcome: 'new' }, names)).toMatchObject({ state: 'ended', outcome: null })
  })

  it('give their turns a wall time', () => {
    const said = {
      contactId: 'c9',
      turnId: 't',
      outputType: 'raw',
      participantRole: 'AGENT',
      participantId: null,
      text: 'hi',
      sentiment: 'POSITIVE',
      beginOffsetMs: 5,
      endOffsetMs: 6,
      saidAt: null,
      edition: 0,
    }
    expect(publicTurnSchema.parse(toPublicStoredTurn(said, stored))).toMatchObject({
      time: at(T0 + 5),
      timeEstimated: true,
      partial: false,
    })
    expect(toPublicStoredTurn(said, undefined).time).toBeNull()
  })
})
