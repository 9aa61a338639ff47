import { describe, expect, it } from 'vitest'
import { optionalTimestampFault, timestampFault, toOptionalEpochMs } from '#events/timestamp'

describe('timestamps', () => {
  it.each([
    '2025-03-03T08:00:00Z',
    '2025-03-03T08:00:00.5Z',
    '2025-03-03T08:00:00.123456789Z',
    '2024-02-29T00:00:00+01:00',
    '2100-12-31T23:59:59Z',
  ])('takes %s', (text) => {
    expect(timestampFault(text)).toBeNull()
    expect(toOptionalEpochMs(text)).toBe(Date.parse(text))
  })

  it.each(['', '2025', '2025-03-03', '2025-03-03 08:00:00Z', '2025-03-03T08:00:00', '1741000000', 'Mon, 03 Mar 2025 08:00:00 GMT'])(
    'refuses the text %j',
    (text) => {
      expect(timestampFault(text)).toBe('is not an ISO 8601 timestamp')
    },
  )

  it.each(['2025-02-29T00:00:00Z', '2025-13-01T00:00:00Z', '2025-00-10T00:00:00Z', '2025-01-01T25:00:00Z', '2025-01-01T00:00:00+99:00'])(
    'refuses the impossible %s',
    (text) => {
      expect(timestampFault(text)).toBe('is not a real date and time')
    },
  )

  it.each(['2009-12-31T23:59:59Z', '2101-01-01T00:00:00Z', '1970-01-01T00:00:00.001Z'])('refuses %s as out of range', (text) => {
    expect(timestampFault(text)).toBe('lies outside the years 2010 to 2100')
  })

  it('takes empty text and the moments near the epoch as not set where a time is optional', () => {
    for (const text of ['', '1970-01-01T00:00:00.001Z', '1970-01-01T00:00:00Z']) {
      expect([optionalTimestampFault(text), toOptionalEpochMs(text)]).toEqual([null, null])
    }
    expect(optionalTimestampFault('1999-01-01T00:00:00Z')).not.toBeNull()
    expect(toOptionalEpochMs(undefined)).toBeNull()
  })
})
