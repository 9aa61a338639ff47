import { expect, it } from 'vitest'
import { rebase } from '#cli/rebase'

it('moves every time in its own precision, keeps "not set" and gives the event an id of its own', () => {
  const moved = rebase(
    {
      EventId: 'e1',
      a: '2025-03-03T08:00:00.250Z',
      b: { c: ['2025-03-03T08:00:00Z', '1970-01-01T00:00:00.001Z', 'not a time'] },
      n: 5,
      z: null,
    },
    3_600_000,
  )
  expect(moved).toEqual({
    EventId: 'e1+3600000',
    a: '2025-03-03T09:00:00.250Z',
    b: { c: ['2025-03-03T09:00:00Z', '1970-01-01T00:00:00.001Z', 'not a time'] },
    n: 5,
    z: null,
  })
})
