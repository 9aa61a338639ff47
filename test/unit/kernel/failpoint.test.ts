import { afterEach, expect, it } from 'vitest'
import { armFailpoints, failpoint } from '#kernel/node/failpoint'

const allowed = { CALLBOARD_ALLOW_FAILPOINTS: 'yes' }
afterEach(() => void armFailpoints({}))

it('fails at the hit that was asked for, and at no other', () => {
  expect(armFailpoints({ ...allowed, FAILPOINT: 'CP07:2:error, CP03:r5:error' })).toEqual([
    'CP07 on hit 2',
    expect.stringMatching(/^CP03 on hit [2-9]$/),
  ])
  failpoint('CP07')
  failpoint('CP08')
  expect(() => failpoint('CP07')).toThrow('failpoint CP07')
  failpoint('CP07')
})

it('counts only hits with the detail it waits for', () => {
  armFailpoints({ ...allowed, FAILPOINT: 'fold=bad:1:error' })
  failpoint('fold', 'good')
  expect(() => failpoint('fold', 'bad')).toThrow('failpoint fold')
})

it('does nothing when nothing is armed', () => {
  expect(armFailpoints({})).toEqual([])
  failpoint('CP07')
})

it.each([
  ['CP07:1:kill', {}, 'for tests alone'],
  ['CP99:1:kill', allowed, 'with a place of CP01'],
  ['CP07:kill', allowed, 'place:nth:action'],
  ['CP07:1:explode', allowed, 'no action "explode"'],
])('refuses %s', (FAILPOINT, environment, message) => {
  expect(() => armFailpoints({ ...environment, FAILPOINT })).toThrow(message)
})
