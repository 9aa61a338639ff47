import { describe, expect, it } from 'vitest'
import { queueTitle } from '../../../dashboard/src/pages/contact/queue-title.ts'
import { momentLink } from '../../../dashboard/src/board/alerts.ts'
import { cut, marksOf } from '../../../dashboard/src/board/marks.ts'
import { directionOf, orderTurns, runningScore } from '../../../dashboard/src/board/sentiment.ts'
import { momentOf } from '../../../dashboard/src/pages/contact/moment.ts'
import { prepareScoreChart } from '../../../dashboard/src/pages/contact/score-chart-model.ts'
import { queryProblem } from '../../../dashboard/src/pages/search/query-problem.ts'
import { dismissAlert, followAlerts, nothingSeen } from '../../../dashboard/src/shell/new-alerts.ts'
import { alert, iso, T0, turn, turnsWith } from './samples.ts'

const N = 'NEGATIVE'
const O = 'NEUTRAL'
const P = 'POSITIVE'

describe('the running score', () => {
  it('agrees with the published example: neutral, negative, three positives give 25/8', () => {
    const points = runningScore(turnsWith([O, N, P, P, P]), 'CUSTOMER')
    expect(points.map((p) => Number(p.score.toFixed(3)))).toEqual([0, -2.5, 0, 2, 3.125])
  })

  it('is not touched by what the other side says, by unfinished turns or by turns without a tone', () => {
    const turns = [...turnsWith([N, N]), ...turnsWith([P, P], { participantRole: 'AGENT' })]
    const noise = [
      turn({ segmentId: 'p', offsetMs: 500, partial: true, sentiment: P }),
      turn({ segmentId: 'n', offsetMs: 600, sentiment: null }),
    ]
    expect(runningScore([...turns, ...noise], 'CUSTOMER')).toEqual(runningScore(turns, 'CUSTOMER'))
  })

  it('counts a mixed turn as nothing, and one that breaks the run', () => {
    expect(runningScore(turnsWith([N, 'MIXED', N]), 'CUSTOMER').at(-1)?.score).toBeCloseTo(-10 / 3)
  })

  it('follows the order of what was said, however the turns arrive', () => {
    const turns = turnsWith([O, N, P, P, P])
    expect(runningScore(turns.toReversed(), 'CUSTOMER')).toEqual(runningScore(turns, 'CUSTOMER'))
  })

  it('knows where a conversation is going', () => {
    expect(directionOf(runningScore(turnsWith([P, P, N, N, N]), 'CUSTOMER'))).toBe('falling')
    expect(directionOf(runningScore(turnsWith([N, P, P, P]), 'CUSTOMER'))).toBe('rising')
    expect(directionOf(runningScore(turnsWith([O]), 'CUSTOMER'))).toBe('steady')
    expect(directionOf([])).toBe('steady')
  })
})

describe('turns', () => {
  it('show the redacted output where both came', () => {
    const both = [turn({ outputType: 'redacted', text: '[PII]' }), turn({ outputType: 'raw', text: '4111' })]
    expect(orderTurns(both).map((t) => t.text)).toEqual(['[PII]'])
    expect(orderTurns(both.toReversed()).map((t) => t.text)).toEqual(['[PII]'])
  })

  it('of a chat are counted from the first message', () => {
    const chat = [8000, 3000].map((ms) => turn({ segmentId: `m${ms}`, offsetMs: null, endOffsetMs: null, time: iso(T0 + ms) }))
    expect(orderTurns(chat).map((t) => [t.segmentId, t.offsetMs])).toEqual([
      ['m3000', 0],
      ['m8000', 5000],
    ])
  })

  it('have the words of an alert marked where they were said', () => {
    const said = turn({ text: 'Listen, I want to cancel everything today' })
    expect(marksOf(said, [alert()]).map(([a, b]) => said.text.slice(a, b))).toEqual(['cancel everything'])
    expect(marksOf(said, [alert({ state: 'withdrawn' })])).toEqual([])
    expect(marksOf(turn({ segmentId: 'other' }), [alert()])).toEqual([])
    const final = turn({ text: 'We Cancel Everything.' })
    expect(marksOf(final, [alert()]).map(([a, b]) => final.text.slice(a, b))).toEqual(['Cancel Everything'])
  })

  it('are cut so that the pieces are the text', () => {
    const pieces = cut('abcdefgh', [
      [4, 6],
      [1, 3],
      [2, 5],
      [7, 99],
    ])
    expect(pieces.map((p) => (p.marked ? `[${p.text}]` : p.text)).join('')).toBe('a[bcdef]g[h]')
    expect(cut('abc', [])).toEqual([{ at: 0, text: 'abc', marked: false }])
    expect(cut('', [[0, 1]])).toEqual([])
  })
})

describe('a moment in the address', () => {
  const turns = turnsWith([O, O, O])
  it.each([
    ['', '', null],
    ['?segment=CUSTOMER-1', '', 'CUSTOMER-1'],
    ['?segment=gone', '', null],
    ['', '#t=0', 'CUSTOMER-0'],
    ['', '#t=1999', 'CUSTOMER-1'],
    ['?segment=CUSTOMER-1', '#t=2000', 'CUSTOMER-2'],
    ['', '#t=', null],
    ['', '#t=nonsense', null],
  ])('%s%s is %s', (search, hash, expected) => {
    expect(momentOf(search, hash, turns)).toBe(expected)
  })

  it('is written so that it can be read again', () => {
    expect(momentLink('c/1', 'a b', 5)).toBe('/contacts/c%2F1?segment=a%20b')
    expect(momentLink('c1', null, 1234.9)).toBe('/contacts/c1#t=1234')
    expect(momentLink('c1', null, null)).toBe('/contacts/c1')
  })
})

describe('the sentiment line', () => {
  it('has no line for a side that has not spoken, rather than one at zero', () => {
    const chart = prepareScoreChart(turnsWith([N]))
    expect(chart.lines.map((l) => [l.role, l.last, l.path === ''])).toEqual([
      ['CUSTOMER', -5, false],
      ['AGENT', null, true],
    ])
  })

  it('has a handful of ticks however long the conversation was', () => {
    const lengths = [10_000, 200_000, 3_600_000, 30_000_000].map((endOffsetMs) => prepareScoreChart([turn({ endOffsetMs })]).ticks.length)
    expect(lengths.every((n) => n >= 2 && n <= 10)).toBe(true)
  })
})

describe('a refused query', () => {
  it('shows where it went wrong', () => {
    const problem = {
      type: '',
      title: '',
      status: 400,
      code: 'QUERY_INVALID',
      detail: 'The search has an open quotation mark (at character 8).',
    }
    expect(queryProblem(problem, 'refund "money')).toMatchObject({ title: 'This search cannot be understood', position: 7 })
    expect(queryProblem({ ...problem, detail: 'No.' }, 'x').position).toBeNull()
  })
})

describe('new alerts', () => {
  const old = alert({ id: 'old' })
  const fresh = alert({ id: 'fresh', raisedAt: iso(T0 + 1) })

  it('are those that come after the page was opened, by push or by snapshot, once', () => {
    let state = followAlerts(nothingSeen, null, [])
    state = followAlerts(state, [old], [])
    expect(state.fresh).toEqual([])
    state = followAlerts(state, [old], [fresh])
    expect(state.fresh.map((a) => a.id)).toEqual(['fresh'])
    const missed = alert({ id: 'missed', raisedAt: iso(T0 + 2) })
    state = followAlerts(state, [old, fresh, missed], [fresh])
    expect(state.fresh.map((a) => a.id)).toEqual(['missed', 'fresh'])
    expect(followAlerts(state, [old, fresh, missed], [fresh])).toBe(state)
  })

  it('follow their row, and stay away once closed', () => {
    let state = followAlerts(followAlerts(nothingSeen, [], []), [fresh], [])
    state = followAlerts(state, [{ ...fresh, state: 'confirmed' }], [fresh])
    expect(state.fresh[0]?.state).toBe('confirmed')
    state = followAlerts(dismissAlert(state, 'fresh'), [{ ...fresh, state: 'confirmed' }], [])
    expect(state.fresh).toEqual([])
  })
})

describe('the title of a contact', () => {
  it('is its queue: by name, by id when the name is not known, and none only when there is none', () => {
    expect(queueTitle({ queue: { id: 'q1', name: 'Billing' } })).toBe('Billing')
    expect(queueTitle({ queue: { id: 'q1', name: null } })).toBe('q1')
    expect(queueTitle({ queue: null })).toBe('No queue')
  })
})
