import { describe, expect, it } from 'vitest'
import * as f from '../../../dashboard/src/format.ts'
import { codeIn, connectLink } from '../../../dashboard/src/session.ts'

describe('figures', () => {
  it.each([
    [null, '–'],
    [0, '0:00'],
    [-3, '0:00'],
    [94.9, '1:34'],
    [3599, '59:59'],
    [3600, '1 h 00'],
    [28_805, '8 h 00'],
    [86_399, '23 h 59'],
    [90_061, '1 d 1 h'],
  ])('a duration of %s s reads %s', (seconds, text) => {
    expect(f.formatDuration(seconds)).toBe(text)
  })

  it('keep the digits that matter big from ten minutes on', () => {
    expect(f.splitDuration(599)).toEqual({ main: '9:59', minor: '' })
    expect(f.splitDuration(754)).toEqual({ main: '12', minor: ':34' })
    expect(f.splitDuration(3754)).toEqual({ main: '1', minor: 'h 02' })
    expect(f.splitDuration(90_061)).toEqual({ main: '1', minor: 'd 1 h' })
  })

  it('are a dash when null, and never round up to a target', () => {
    expect([f.formatPercent(null), f.formatCount(null), f.formatShare(null), f.formatScore(null), f.formatAge(null)]).toEqual([
      '–',
      '–',
      '–',
      '–',
      '–',
    ])
    expect(f.formatPercent(79.99)).toBe('79')
    expect(f.formatPercent(100)).toBe('100')
    expect(f.formatShare(5.04)).toBe('5.0')
    expect([f.formatScore(-2.55), f.formatScore(0), f.formatScore(-0.01), f.formatScore(3)]).toEqual(['−2.5', '0.0', '0.0', '+3.0'])
  })

  it('show time in the zone of the installation', () => {
    const at = Date.parse('2026-07-01T23:30:05Z')
    expect(f.formatTimeOfDay(at, 'Europe/Lisbon')).toBe('00:30:05')
    expect(f.formatZone(at, 'UTC')).toBe('UTC')
    expect(f.formatOffset(3_723_000)).toBe('1:02:03')
    expect(f.formatOffset(90_061_000)).toBe('25:01:01')
    expect(f.formatOffset(65_000)).toBe('01:05')
  })
})

describe('the session', () => {
  it('finds the code in the address', () => {
    expect(codeIn('#code=abc-1')).toBe('abc-1')
    expect(codeIn('#t=5')).toBeNull()
    expect(codeIn('')).toBeNull()
  })

  it('fills the address of a contact in Amazon Connect, and follows no other kind of address', () => {
    expect(connectLink('https://x.my.connect.aws/details/{contactId}', { contactId: 'a b' })).toBe('https://x.my.connect.aws/details/a%20b')
    expect(connectLink('javascript:alert(1)//{contactId}', { contactId: 'x' })).toBeNull()
    expect(connectLink(null, { contactId: 'x' })).toBeNull()
  })
})
