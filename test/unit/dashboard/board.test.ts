import { describe, expect, it } from 'vitest'
import type { PublicQueue } from '#contracts/public'
import { stayingQueues } from '../../../dashboard/src/board/queues.ts'
import { prepareBoard, type Board, type BoardInput } from '../../../dashboard/src/board/model.ts'
import { agent, agentContact, alert, contact, iso, queue, T0, turn } from './samples.ts'

const values = {
  CONTACTS_IN_QUEUE: 7,
  CONTACTS_IN_QUEUE_OVER_X: 0,
  'SERVICE_LEVEL@businessDay': 84.7,
  'SERVICE_LEVEL@PT30M': 71,
  'CONTACTS_ABANDONED@businessDay': 12,
  'ABANDONMENT_RATE@businessDay': 4.24,
  AGENTS_AVAILABLE: 3,
  AGENTS_STAFFED: 48,
  AGENTS_ON_CONTACT: 28,
  AGENTS_AFTER_CONTACT_WORK: 4,
  AGENTS_NON_PRODUCTIVE: 5,
}
const input = (changes: Partial<BoardInput> = {}): BoardInput => ({
  values,
  queues: [queue()],
  agents: [],
  alerts: [],
  contacts: [],
  turns: [],
  ...changes,
})
const tile = (board: Board, id: string) => board.model.tiles.find((t) => t.id === id)
/** The board after these seconds of the same input. */
function after(seconds: number, given: BoardInput): Board {
  let board = prepareBoard(null, given, T0)
  for (let s = 1; s <= seconds; s++) board = prepareBoard(board, given, T0 + s * 1000)
  return board
}
const withWaiting = (waiting: number): BoardInput => input({ values: { ...values, CONTACTS_IN_QUEUE: waiting } })
const waitingSince = (seconds: number, changes: Partial<PublicQueue> = {}): PublicQueue =>
  queue({ waiting: 1, oldestEnqueuedAt: iso(T0 - seconds * 1000), ...changes })

const holding = (seconds: number) =>
  agent({ id: 'hold', state: 'onContact', contacts: [agentContact({ state: 'CONNECTED_ONHOLD', stateSince: iso(T0 - seconds * 1000) })] })

describe('the six tiles', () => {
  it('show dashes, never zeros, before the first answer', () => {
    const { model } = prepareBoard(null, input({ values: null, queues: null }), T0)
    expect(model.tiles.map((t) => t.figure)).toEqual(Array.from({ length: 6 }, () => ({ type: 'text', main: '–', unit: '' })))
    expect(model.tiles.every((t) => t.level === 'none')).toBe(true)
    expect(model.queues).toBeNull()
  })

  it('turn red when more callers are over target than agents are free, for 10 s', () => {
    const given = input({ values: { ...values, CONTACTS_IN_QUEUE_OVER_X: 4 } })
    expect(tile(after(9, given), 'waiting')).toMatchObject({ level: 'amber', word: 'over target' })
    expect(tile(after(10, given), 'waiting')).toMatchObject({ level: 'red', word: 'short of agents' })
  })

  it('count the longest wait from when the contact was queued, against its queue’s target', () => {
    const given = input({ queues: [waitingSince(19), waitingSince(5, { id: 'sales', name: 'Sales' })] })
    const board = prepareBoard(null, given, T0)
    expect(tile(board, 'longest')).toMatchObject({ figure: { type: 'since', at: T0 - 19_000 }, small: 'Billing', level: 'none' })
    expect(tile(prepareBoard(board, given, T0 + 1000), 'longest')).toMatchObject({ level: 'amber', word: 'over 0:20' })
    expect(tile(prepareBoard(board, given, T0 + 41_000), 'longest')).toMatchObject({ level: 'red', word: 'over 1:00' })
  })

  it('grey a rate of too few contacts and give it no level', () => {
    const few = input({ values: { ...values, 'SERVICE_LEVEL@businessDay': 50 }, queues: [queue({ offeredToday: 19 })] })
    expect(tile(after(0, few), 'serviceLevel')).toMatchObject({ muted: true, level: 'none', foot: 'only n = 19' })
    const enough = input({ values: { ...values, 'SERVICE_LEVEL@businessDay': 50 }, queues: [queue({ offeredToday: 20 })] })
    expect(tile(after(0, enough), 'serviceLevel')).toMatchObject({ muted: false, level: 'red', word: 'under 70 %' })
  })

  it('write the service level’s target out and never round up to it', () => {
    const given = input({ values: { ...values, 'SERVICE_LEVEL@businessDay': 79.96 } })
    expect(tile(after(0, given), 'serviceLevel')).toMatchObject({
      figure: { main: '79' },
      level: 'amber',
      word: 'under 80 %',
      small: 'last 30 min 71 % ↓',
    })
    expect(tile(after(0, input()), 'serviceLevel')?.foot).toBe('target 80 % in 20 s')
  })

  it('say nobody is free, red only when somebody has waited through it for 20 s', () => {
    const given = input({ values: { ...values, AGENTS_AVAILABLE: 0 } })
    expect(tile(after(19, given), 'available')?.level).toBe('amber')
    expect(tile(after(20, given), 'available')?.level).toBe('red')
    const idle = input({ values: { ...values, AGENTS_AVAILABLE: 0, CONTACTS_IN_QUEUE: 0 } })
    expect(tile(after(60, idle), 'available')?.level).toBe('amber')
  })

  it('change at most once a second, and say when the held one is due', () => {
    let board = prepareBoard(null, withWaiting(1), T0)
    board = prepareBoard(board, withWaiting(2), T0 + 2000)
    board = prepareBoard(board, withWaiting(3), T0 + 2300)
    expect(tile(board, 'waiting')?.figure).toMatchObject({ main: '2' })
    expect(board.dueAt).toBe(T0 + 3000)
    expect(tile(prepareBoard(board, withWaiting(3), T0 + 3000), 'waiting')?.figure).toMatchObject({ main: '3' })
  })
})

describe('the first figures', () => {
  it('show at once, however soon they come after the dashes', () => {
    const dashes = prepareBoard(null, input({ values: null, queues: null }), T0)
    const figures = prepareBoard(dashes, input({ queues: null }), T0 + 100)
    expect(tile(figures, 'waiting')?.figure).toMatchObject({ main: '7' })
    expect(tile(figures, 'serviceLevel')).toMatchObject({ muted: false, foot: 'each queue’s own target' })
    expect(tile(prepareBoard(figures, input(), T0 + 200), 'serviceLevel')?.foot).toBe('target 80 % in 20 s')
  })

  it('show at once after nobody had waited', () => {
    const board = prepareBoard(prepareBoard(null, input(), T0), input({ queues: [waitingSince(3)] }), T0 + 100)
    expect(tile(board, 'longest')?.figure).toEqual({ type: 'since', at: T0 - 3000 })
  })
})

describe('the queue table', () => {
  it('keeps red queues and those with callers on every page', () => {
    const queues = [queue({ id: 'quiet' }), waitingSince(1, { id: 'waits' }), queue({ id: 'bad', serviceLevel30: 20 })]
    expect([...stayingQueues(prepareBoard(null, input({ queues }), T0).model.queues ?? [])].toSorted()).toEqual(['bad', 'waits'])
  })

  it('is worst first, keeps quiet queues and leaves hidden ones out', () => {
    const queues = [
      queue({ id: 'quiet', name: 'Quiet' }),
      queue({ id: 'hidden', name: 'Hidden', hidden: true }),
      waitingSince(25, { id: 'amber', name: 'Amber', waitingOverTarget: 1 }),
      waitingSince(70, { id: 'red', name: 'Red', waitingOverTarget: 1 }),
    ]
    const { model } = prepareBoard(null, input({ queues }), T0)
    expect(model.queues?.map((q) => [q.id, q.level])).toEqual([
      ['red', 'red'],
      ['amber', 'amber'],
      ['quiet', 'none'],
    ])
  })

  it('does not let a bad morning outrank what happens now', () => {
    const queues = [queue({ id: 'morning', serviceLevelToday: 10, abandonRateToday: 30 }), waitingSince(25, { id: 'now' })]
    expect(prepareBoard(null, input({ queues }), T0).model.queues?.map((q) => q.id)).toEqual(['now', 'morning'])
  })

  it('keeps the line of a queue that did not change', () => {
    const first = prepareBoard(null, input(), T0)
    const second = prepareBoard(first, input({ queues: [queue()] }), T0 + 1000)
    expect(second.model.queues).toBe(first.model.queues)
  })
})

describe('the agents', () => {
  it('come in the order of the help they need', () => {
    const agents = [
      agent({ id: 'free' }),
      agent({ id: 'wrap', state: 'afterContactWork', stateSince: iso(T0 - 130_000) }),
      holding(241),
      agent({ id: 'ring', state: 'incoming', stateSince: iso(T0 - 16_000) }),
      agent({ id: 'off', state: 'offline' }),
    ]
    const { model } = prepareBoard(null, input({ agents }), T0)
    expect(model.agents?.map((a) => [a.id, a.level, a.levelWord])).toEqual([
      ['hold', 'red', 'long hold'],
      ['ring', 'amber', 'unanswered'],
      ['wrap', 'amber', 'long wrap-up'],
      ['free', 'none', ''],
    ])
    expect(model.faces).toEqual({ hold: 1, ringing: 1, wrapUp: 1, available: 1 })
  })

  it('measure a conversation against the usual one of its queue', () => {
    const talking = agent({ state: 'onContact', stateSince: iso(T0 - 361_000), contacts: [agentContact()] })
    expect(prepareBoard(null, input({ agents: [talking] }), T0).model.agents?.[0]).toMatchObject({
      level: 'amber',
      levelWord: 'long talk',
    })
    const slow = input({ agents: [talking], queues: [queue({ handleSecondsToday: 400 })] })
    expect(prepareBoard(null, slow, T0).model.agents?.[0]?.level).toBe('none')
  })

  it('fade to stale when nothing was heard for over 300 s', () => {
    const given = input({ agents: [agent({ lastEventAt: iso(T0 - 300_000) })] })
    expect(prepareBoard(null, given, T0).model.agents?.[0]?.face).toBe('available')
    expect(prepareBoard(null, given, T0 + 1).model.agents?.[0]).toMatchObject({ face: 'stale', word: 'Stale' })
  })

  it('say the name of a status that is not ready', () => {
    const lunch = agent({ state: 'nonProductive', status: { name: 'Lunch', type: 'CUSTOM', since: iso(T0 - 9000) } })
    expect(prepareBoard(null, input({ agents: [lunch] }), T0).model.agents?.[0]).toMatchObject({ word: 'Lunch', sinceAt: T0 - 9000 })
  })
})

describe('alerts and conversations', () => {
  it('put a conversation with a new alert before a merely unhappy one, for two minutes', () => {
    const sad = contact({ id: 'sad', sentiment: { customer: { score: -4, turns: 9, negativeTurns: 8 }, agent: null } })
    const given = input({ contacts: [sad, contact({ id: 'cancels' })], alerts: [alert({ entity: { type: 'contact', id: 'cancels' } })] })
    expect(after(0, given).model.conversations?.map((c) => c.id)).toEqual(['cancels', 'sad'])
    expect(after(126, given).model.conversations?.map((c) => c.id)).toEqual(['sad', 'cancels'])
  })

  it('say the word of what makes the level', () => {
    const mild = alert({ id: 'mild', ruleName: 'Asks for a manager', severity: 'warning', raisedAt: iso(T0 + 5) })
    const said = (alerts: BoardInput['alerts']) => after(0, input({ contacts: [contact()], alerts })).model.conversations?.[0]
    expect(said([mild])).toMatchObject({ level: 'amber', word: 'Asks for a manager' })
    expect(said([alert(), mild])).toMatchObject({ level: 'red', word: 'Wants to cancel' })
  })

  it('do not judge a conversation by its first words', () => {
    const begun = contact({ id: 'begun', sentiment: { customer: { score: -5, turns: 2, negativeTurns: 2 }, agent: null } })
    const gone = contact({ id: 'gone', sentiment: { customer: { score: -1.5, turns: 9, negativeTurns: 5 }, agent: null } })
    const { model } = after(60, input({ contacts: [begun, gone] }))
    expect(model.conversations?.map((c) => [c.id, c.level, c.muted])).toEqual([
      ['gone', 'amber', false],
      ['begun', 'none', true],
    ])
    expect(model.negativeCount).toBe(1)
  })

  it('are ordered by the time they show, in words that promise nothing', () => {
    const early = alert({ id: 'early', since: iso(T0 - 60_000), raisedAt: iso(T0 + 9000), state: 'confirmed' })
    const late = alert({ id: 'late', since: iso(T0 - 5000), raisedAt: iso(T0 + 1000) })
    const lines = prepareBoard(null, input({ alerts: [early, late], contacts: [contact()] }), T0 + 10_000).model.alerts
    expect(lines?.map((l) => [l.id, l.sinceAt, l.stateWord])).toEqual([
      ['late', T0 - 5000, 'heard'],
      ['early', T0 - 60_000, 'confirmed'],
    ])
  })

  it('say that the contact of an alert has ended, and put it last', () => {
    const alerts = [alert({ id: 'gone', since: iso(T0 + 1), entity: { type: 'contact', id: 'gone' } }), alert({ id: 'live' })]
    const at = (ms: number, contacts: BoardInput['contacts']) =>
      prepareBoard(null, input({ alerts, contacts }), T0 + ms).model.alerts?.map((l) => [l.id, l.contactOver, l.stateWord])
    expect(at(6000, [contact()])).toEqual([
      ['live', false, 'heard'],
      ['gone', true, 'ended'],
    ])
    expect(at(6000, [contact(), contact({ id: 'gone', state: 'wrapUp' })])?.[1]).toEqual(['gone', true, 'ended'])
    // Not known, or not yet known: no word.
    expect(at(6000, null)?.map(([, isOver]) => isOver)).toEqual([false, false])
    expect(at(1000, [contact()])?.map(([, isOver]) => isOver)).toEqual([false, false])
  })

  it('show the newest three, open ones first, closed ones with their end', () => {
    const closed = alert({
      id: 'closed',
      state: 'resolved',
      raisedAt: iso(T0 + 9000),
      history: [{ state: 'resolved', at: iso(T0 + 9500), by: null }],
    })
    const alerts = [closed, ...[1, 2].map((n) => alert({ id: `open${n}`, since: iso(T0 + n) }))]
    const lines = prepareBoard(null, input({ alerts, contacts: null }), T0 + 10_000).model.alerts
    expect(lines?.map((l) => [l.id, l.endedAt])).toEqual([
      ['open2', null],
      ['open1', null],
      ['closed', T0 + 9500],
    ])
    expect(lines?.[0]?.said).toEqual({ role: 'CUSTOMER', before: 'want to ', match: 'cancel everything', after: '' })
  })

  it('put the most negative conversation first, with its newest words, red after 30 s', () => {
    const unhappy = contact({ id: 'bad', sentiment: { customer: { score: -3, turns: 4, negativeTurns: 3 }, agent: null } })
    const given = input({
      contacts: [contact({ id: 'fine' }), unhappy, contact({ id: 'waits', state: 'queued', connectedAt: null })],
      turns: [
        turn({ contactId: 'bad', segmentId: 'x', offsetMs: 10 }),
        turn({ contactId: 'bad', segmentId: 'y', offsetMs: 20, text: 'no', partial: true }),
      ],
      alerts: [alert({ entity: { type: 'contact', id: 'bad' } })],
    })
    const { model } = after(14, given)
    expect(model).toMatchObject({ conversationCount: 2, negativeCount: 1 })
    expect(model.conversations?.map((c) => c.id)).toEqual(['bad', 'fine'])
    expect(model.conversations?.[0]).toMatchObject({
      level: 'red',
      scoreLevel: 'amber',
      word: 'Wants to cancel',
      said: { text: 'want to cancel everything', marks: [[8, 25]] },
    })
    expect(after(29, { ...given, alerts: [] }).model.conversations?.[0]?.said).toMatchObject({ text: 'no', partial: true })
    expect(after(29, given).model.conversations?.[0]).toMatchObject({ scoreLevel: 'amber', said: { text: 'no' } })
    expect(after(30, given).model.conversations?.[0]?.scoreLevel).toBe('red')
  })
})
