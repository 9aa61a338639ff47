import { describe, expect, it } from 'vitest'
import { returnDelayMs } from '../../../dashboard/src/live/connection.ts'
import { historyWords, lineByLetter, nextLine } from '../../../dashboard/src/shell/demo-words.ts'

describe('the banner of the demo', () => {
  it.each([
    [null, null],
    [{ history: 'loading', preparing: true }, null],
    [{ history: 'loading' }, /being loaded/],
    [{ history: 'failed' }, /could not be loaded/],
    [{ history: 'done' }, null],
    [{}, null],
  ] as const)('of %j says %s', (status, expected) => {
    const words = historyWords(status)
    if (expected === null) expect(words).toBeNull()
    else expect(words).toMatch(expected)
  })
})

describe('the scenario menu', () => {
  it.each([
    ['ArrowDown', 0, 1],
    ['ArrowDown', 2, 0],
    ['ArrowUp', 0, 2],
    ['Home', 2, 0],
    ['End', 0, 2],
    ['Tab', 1, null],
    ['x', 1, null],
  ] as const)('%s on line %i goes to %s', (key, at, expected) => {
    expect(nextLine(key, at, 3)).toBe(expected)
  })

  it('goes to the next line that begins with a letter, round and round', () => {
    const titles = ['Moving by site', 'Virtual desktops', 'Moving the IVR first']
    expect([lineByLetter('m', 0, titles), lineByLetter('M', 2, titles), lineByLetter('v', 1, titles)]).toEqual([2, 0, 1])
    expect([lineByLetter('q', 0, titles), lineByLetter('Enter', 0, titles), lineByLetter(' ', 0, titles)]).toEqual([null, null, null])
  })
})

describe('a server that begins anew', () => {
  it('is tried again at short intervals for ten seconds, then as one that is away', () => {
    expect([0, 10, 49].map((n) => returnDelayMs(n, 0.5))).toEqual([200, 200, 200])
    expect([50, 51, 60].map((n) => returnDelayMs(n, 0.5))).toEqual([500, 1000, 5000])
  })
})
