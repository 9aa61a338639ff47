import { describe, expect, it } from 'vitest'
import { checksOf, type Check } from '#api/doctor/checks'
import type { DoctorFacts } from '#api/doctor/facts'

const now = Date.parse('2026-11-25T10:00:00Z')
const well: DoctorFacts = {
  now,
  demo: false,
  parts: [{ name: 'api', ok: true, required: true }],
  stalls: [],
  sources: [{ name: 'connect', type: 'kinesis', ok: true, detail: '4 shards' }],
  newest: new Map([
    ['agent-event', now - 20_000],
    ['contact-event', now - 1_000],
    ['contact-record', now - 600_000],
    ['contact-lens', now - 3_000],
  ]),
  deadLetters: { count: 0, newest: null },
}
const notOk = (facts: Partial<DoctorFacts>): Check[] => checksOf({ ...well, ...facts }).filter(({ status }) => status !== 'ok')

describe('the doctor', () => {
  it('has nothing to say where all is well', () => {
    expect(notOk({})).toEqual([])
    expect(checksOf(well).every(({ advice }) => advice === null)).toBe(true)
  })

  it.each([
    ['access-denied', 'doctor --policy'],
    ['credentials', 'renew the AWS credentials'],
    ['not-found', 'account and Region'],
    ['clock-skew', 'NTP'],
    ['unreachable', 'network'],
    ['throttled', 'nothing is lost'],
  ])('says what helps a source with %s', (fault, advice) => {
    const [check] = notOk({ sources: [{ name: 'connect', type: 'kinesis', ok: false, detail: 'said Amazon', fault }] })
    expect(check).toMatchObject({ area: 'sources', status: 'failed', title: 'connect (kinesis)', detail: 'said Amazon' })
    expect(check!.advice).toContain(advice)
  })

  it('names the stream that never came, what is missing without it, and one that fell silent', () => {
    const newest = new Map(well.newest)
    newest.delete('contact-event')
    newest.set('agent-event', now - 400_000)
    const [agents, events] = notOk({ newest })
    expect(agents).toMatchObject({ title: 'Agent events', status: 'warning', detail: 'newest 7 min old (2026-11-25T09:53:20.000Z)' })
    expect(events).toMatchObject({ title: 'Contact events', status: 'warning' })
    expect(events!.detail).toContain('contacts in queue cannot be counted')
  })

  it('tells a part that must work from one that may be away, and a lane that stands still', () => {
    const checks = notOk({
      parts: [
        { name: 'rows', ok: false, required: true, detail: 'catching up with the log' },
        { name: 'analytics store', ok: false, required: false, detail: 'down' },
      ],
      stalls: [{ lane: 'agents', topic: 'connect.agents', partition: 2, seconds: 61.4 }],
    })
    expect(checks.map(({ title, status }) => [title, status])).toEqual([
      ['rows', 'failed'],
      ['analytics store', 'warning'],
      ['lane agents', 'failed'],
    ])
  })

  it('points at the demo, at no source, and at dead letters', () => {
    expect(notOk({ demo: true, sources: [] })[0]).toMatchObject({ title: 'demo', status: 'warning' })
    expect(notOk({ sources: [] })[0]!.advice).toContain('CALLBOARD_SOURCES')
    const letter = { time: '2026-11-25T09:00:00.000Z', source: 'connect', reason: 'invalid-json', message: 'not JSON' }
    expect(notOk({ deadLetters: { count: 3, newest: letter } })[0]!.detail).toBe(
      '3; the newest from connect at 2026-11-25T09:00:00.000Z: invalid-json, not JSON',
    )
  })
})
