import { describe, expect, it } from 'vitest'
import { array, assert, constantFrom, double, integer, property, record, tuple } from 'fast-check'
import type { JsonObject } from '#kernel/json'
import { createAudio } from '#simulator/desktop/audio'
import { planFaults } from '#simulator/desktop/faults'
import { failureOf, type AudioCall, type AudioFault, type DesktopKind, type FaultPlan, type FaultType } from '#simulator/desktop/model'
import { disconnectDetailsOf, gradeAudio, issueLimits, qualityMetricsOf } from '#simulator/desktop/quality-metrics'
import { softphoneReport } from '#simulator/desktop/softphone-report'
import { createRandom } from '#simulator/random'

const T0 = Date.parse('2025-11-25T09:00:00.123Z')
const kinds: DesktopKind[] = ['local', 'citrix', 'workspaces', 'no-local-browser']

const calls = record({
  kind: constantFrom(...kinds),
  setUpMs: integer({ min: 0, max: 20_000 }),
  talkMs: integer({ min: 0, max: 400_000 }),
}).map(({ kind, setUpMs, talkMs }): AudioCall => {
  const connectedAt = T0 + setUpMs
  return { desktop: { kind }, startAt: T0, connectedAt, endAt: connectedAt + talkMs }
})

const levels: Record<string, number> = { 'packet-loss': 0.3, 'high-round-trip': 1200, jitter: 320 }
const lineFaults = array(
  tuple(
    constantFrom('packet-loss', 'high-round-trip', 'jitter'),
    double({ min: 0, max: 1, noNaN: true }),
    double({ min: 0, max: 1, noNaN: true }),
  ),
  {
    maxLength: 3,
  },
)

/** At most one fault a type, each somewhere in the call. */
function place(call: AudioCall, drawn: [string, number, number][]): AudioFault[] {
  const { connectedAt, endAt } = call
  return [...new Map(drawn.map((fault) => [fault[0], fault])).values()].map(([type, begin, share]) => {
    const from = connectedAt + Math.round((endAt - connectedAt) * begin)
    return { type: type as FaultType, from, until: from + Math.round((endAt - from) * share), level: levels[type]! * (0.3 + 0.7 * share) }
  })
}

const reportsOf = (call: AudioCall, faults: readonly AudioFault[], seed = 1): { at: number; report: JsonObject }[] => [
  ...softphoneReport({ ...call, faults, random: createRandom(seed) }),
]

interface Statistics {
  softphoneStreamType: string
  timestamp: string
  packetsLost: number
  packetsCount: number
  jitterBufferMillis: number
  roundTripTimeMillis: number
}

const statisticsOf = (report: JsonObject): Statistics[] => report['softphoneStreamStatistics'] as unknown as Statistics[]
const isFinal = ({ report }: { report: JsonObject }): boolean => 'callEndTime' in report
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)

describe('the reports of one call', () => {
  const forAll = (check: (call: AudioCall, faults: AudioFault[], seed: number) => void): void =>
    assert(
      property(calls, lineFaults, integer(), (call, drawn, seed) => check(call, place(call, drawn), seed)),
      { numRuns: 60 },
    )

  it('hold one measurement a second and direction, whose counts add up to the totals', () => {
    forAll((call, faults, seed) => {
      const reports = reportsOf(call, faults, seed)
      const series = reports.filter((one) => !isFinal(one)).flatMap(({ report }) => statisticsOf(report))
      const totals = statisticsOf(reports.find(isFinal)!.report)
      const seconds = Math.floor((call.endAt - call.connectedAt) / 1000)
      expect(totals.map(({ softphoneStreamType }) => softphoneStreamType)).toEqual(['audio_input', 'audio_output'])
      for (const total of totals) {
        const own = series.filter(({ softphoneStreamType }) => softphoneStreamType === total.softphoneStreamType)
        expect(own).toHaveLength(seconds)
        if (seconds === 0) continue
        expect(sum(own.map(({ packetsCount }) => packetsCount))).toBe(total.packetsCount)
        expect(sum(own.map(({ packetsLost }) => packetsLost))).toBe(total.packetsLost)
        expect(own.at(-1)!.timestamp).toBe(total.timestamp)
        for (const { packetsLost, packetsCount } of own) {
          expect(packetsLost).toBeGreaterThanOrEqual(0)
          expect(packetsLost).toBeLessThanOrEqual(packetsCount)
        }
      }
    })
  })

  it('are sent every 30 s while people talk, then once with everything, then what is left', () => {
    forAll((call, faults, seed) => {
      const reports = reportsOf(call, faults, seed)
      expect(reports.filter(isFinal)).toHaveLength(1)
      const during = reports.slice(0, reports.findIndex(isFinal))
      expect(during.every(({ report, at }) => statisticsOf(report).length === 60 && at <= call.endAt)).toBe(true)
      expect(reports.length - during.length).toBeLessThanOrEqual(2)
      const times = reports.map(({ at }) => at)
      expect(times).toEqual(times.toSorted((a, b) => a - b))
    })
  })

  it('fit their set-up steps into the time before the talk', () => {
    forAll((call, faults, seed) => {
      const report = reportsOf(call, faults, seed).find(isFinal)!.report as Record<string, number>
      expect(report['preTalkingTimeMillis']).toBe(call.connectedAt - call.startAt)
      expect(report['talkingTimeMillis']).toBe(call.endAt - call.connectedAt)
      const steps = ['initializationTimeMillis', 'iceCollectionTimeMillis', 'signallingConnectTimeMillis', 'handshakingTimeMillis']
      expect(sum(steps.map((name) => report[name]!))).toBeLessThanOrEqual(report['preTalkingTimeMillis']!)
      expect(report['gumTimeMillis']).toBeLessThanOrEqual(report['initializationTimeMillis']!)
    })
  })

  it('agree with the contact record about what was wrong', () => {
    forAll((call, faults, seed) => {
      const seconds = Math.floor((call.endAt - call.connectedAt) / 1000)
      if (seconds < 20) return
      const { score, issues } = gradeAudio(call, faults)!
      const reports = reportsOf(call, faults, seed)
      const [total] = statisticsOf(reports.find(isFinal)!.report)
      const own = reports.filter((one) => !isFinal(one)).flatMap(({ report }) => statisticsOf(report))
      const mean = (name: 'jitterBufferMillis' | 'roundTripTimeMillis'): number => sum(own.map((one) => one[name])) / own.length
      const measured = {
        HighPacketLoss: total!.packetsLost / total!.packetsCount / issueLimits.lossShare,
        HighRoundTripTime: mean('roundTripTimeMillis') / issueLimits.roundTripMs,
        HighJitterBuffer: mean('jitterBufferMillis') / issueLimits.jitterMs,
      }
      // Measurements scatter, and a second that a fault covers in part weighs differently: near the limit both are right.
      for (const [issue, ratio] of Object.entries(measured)) {
        if (ratio > 1.2) expect(issues).toContain(issue)
        if (ratio < 0.8) expect(issues).not.toContain(issue)
      }
      expect(score).toBeGreaterThanOrEqual(1)
      expect(score).toBeLessThanOrEqual(5)
      if (issues.length > 0) expect(score).toBeLessThan(4)
      if (faults.length === 0) expect(score).toBeGreaterThan(4)
    })
  })

  it('are the same for the same seed', () => {
    forAll((call, faults, seed) => {
      expect(reportsOf(call, faults, seed)).toEqual(reportsOf(call, faults, seed))
    })
  })
})

describe('a score', () => {
  it('falls with every fault that is added', () => {
    assert(
      property(calls, lineFaults, (call, drawn) => {
        const faults = place(call, drawn)
        const scores = faults.map((_, i) => gradeAudio(call, faults.slice(0, i + 1))!.score)
        const from = gradeAudio(call, [])!.score
        for (const [i, score] of scores.entries()) expect(score).toBeLessThanOrEqual((scores[i - 1] ?? from) + 0.001)
      }),
    )
  })

  it('has two digits and names its issues as Amazon does', () => {
    const call: AudioCall = { desktop: { kind: 'citrix' }, startAt: T0, connectedAt: T0 + 4000, endAt: T0 + 304_000 }
    const faults: AudioFault[] = [{ type: 'packet-loss', from: T0 + 4000, until: T0 + 304_000, level: 0.12 }]
    expect(qualityMetricsOf(call, faults)).toMatchInlineSnapshot(`
      {
        "Agent": {
          "Audio": {
            "PotentialQualityIssues": [
              "HighPacketLoss",
            ],
            "QualityScore": 2.05,
          },
        },
        "Customer": null,
      }
    `)
    expect(disconnectDetailsOf(call, faults)).toBeNull()
    expect(disconnectDetailsOf(call, [{ ...faults[0]!, level: 0.2 }])).toEqual({ PotentialDisconnectIssue: 'AGENT_CONNECTIVITY_ISSUE' })
  })
})

describe('a call that gets no audio', () => {
  const call: AudioCall = { desktop: { kind: 'local' }, startAt: T0, connectedAt: T0 + 4000, endAt: T0 + 9000 }
  const failing = (type: FaultType): AudioFault[] => [{ type, from: T0, until: T0 + 4000, level: 0 }]

  it('for want of a microphone says so once, with null for all it never came to', () => {
    const [one, ...more] = reportsOf(call, failing('gum-failure'))
    expect(more).toEqual([])
    expect(one!.report['gumOtherFailure'] !== one!.report['gumTimeoutFailure']).toBe(true)
    expect(one!.report).toMatchObject({ iceCollectionFailure: null, talkingTimeMillis: null })
    expect(statisticsOf(one!.report)).toEqual([{ softphoneStreamType: 'audio_input' }, { softphoneStreamType: 'audio_output' }])
    expect(disconnectDetailsOf(call, failing('gum-failure'))).toEqual({ PotentialDisconnectIssue: 'AGENT_DEVICE_ISSUE' })
    expect(qualityMetricsOf(call, failing('gum-failure'))).toBeNull()
  })

  it('for want of a way through the network had its microphone', () => {
    const { report } = reportsOf(call, failing('ice-failure'))[0]!
    expect(report).toMatchObject({ gumOtherFailure: false, gumTimeoutFailure: false, iceCollectionFailure: true, handshakingFailure: null })
    expect(disconnectDetailsOf(call, failing('ice-failure'))).toEqual({ PotentialDisconnectIssue: 'AGENT_CONNECTIVITY_ISSUE' })
  })
})

describe('audio of a day', () => {
  const HOUR = 3_600_000
  const outage = {
    kind: 'citrix',
    site: 'Leeds',
    from: T0 + 2 * HOUR,
    until: T0 + 3 * HOUR,
    shares: { 'packet-loss': 0.8, 'gum-failure': 0.1 },
  } as const
  const create = (plan: FaultPlan = { outages: [outage] }) => {
    const facts: Record<string, unknown>[] = []
    const audioOf = createAudio({ random: createRandom(11), instanceArn: 'arn:instance', plan, note: (fact) => facts.push(fact) })
    return { facts, audioOf }
  }
  const contact = (i: number, desktop: AudioCall['desktop']) => {
    const startAt = T0 + i * 20_000
    return {
      contactId: `contact-${i}`,
      agentId: `agent-${i % 40}`,
      agentArn: `arn:agent-${i % 40}`,
      desktop,
      startAt,
      connectedAt: startAt + 3000,
      endAt: startAt + 90_000,
    }
  }

  it('is bad where and while the site has its outage', () => {
    const { facts, audioOf } = create()
    const sites = ['Leeds', 'Porto']
    for (let i = 0; i < 900; i++) audioOf(contact(i, { kind: 'citrix', site: sites[i % 2]! })).tell()
    const lossy = facts.map(({ faults }) => (faults as AudioFault[]).some(({ type }) => type === 'packet-loss'))
    const shareOf = (isIn: (i: number) => boolean): number => {
      const own = lossy.filter((_, i) => isIn(i))
      return own.filter(Boolean).length / own.length
    }
    const isDuring = (i: number): boolean => i * 20_000 >= 2 * HOUR && i * 20_000 < 3 * HOUR - 90_000
    expect(shareOf((i) => i % 2 === 0 && isDuring(i))).toBeGreaterThan(0.6)
    expect(shareOf((i) => i % 2 === 1 && isDuring(i))).toBeLessThan(0.15)
    expect(shareOf((i) => i % 2 === 0 && i * 20_000 > 3 * HOUR)).toBeLessThan(0.15)
  })

  it('tells nothing of a desk phone', () => {
    const { facts, audioOf } = create()
    for (let i = 0; i < 50; i++) {
      const audio = audioOf(contact(i, { kind: 'desk-phone' }))
      audio.tell()
      expect([...audio.reports()]).toEqual([])
      expect([audio.qualityMetrics, audio.disconnectDetails, audio.score]).toEqual([null, null, undefined])
    }
    expect(facts).toHaveLength(50)
    expect(facts.every(({ score }) => score === null)).toBe(true)
  })

  it('reports nothing from a page whose media run elsewhere, though the call is graded', () => {
    const { audioOf } = create({})
    for (let i = 0; i < 50; i++) {
      const audio = audioOf(contact(i, { kind: 'citrix', isSplit: true }))
      expect([...audio.reports()]).toEqual([])
      if (!failureOf(audio.faults)) expect(audio.qualityMetrics).not.toBeNull()
    }
  })

  it('names contact and agent around the report, and the desktop only for some agents, and always the same ones', () => {
    const { audioOf } = create()
    const named = new Map<unknown, Set<boolean>>()
    for (let i = 0; i < 200; i++) {
      const given = contact(i, { kind: 'workspaces' })
      const payloads = [...audioOf(given).reports()].map(({ payload }) => payload)
      for (const payload of payloads) {
        expect(payload).toMatchObject({ contactId: given.contactId, agentArn: given.agentArn, instanceArn: 'arn:instance' })
        expect(JSON.stringify(payload['report'])).not.toMatch(/contact|agent|workspaces/)
        named.set(given.agentId, (named.get(given.agentId) ?? new Set()).add('desktop' in payload))
      }
    }
    expect([...named.values()].every((own) => own.size === 1)).toBe(true)
    expect(new Set([...named.values()].flatMap((own) => [...own]))).toEqual(new Set([true, false]))
  })

  it('sounds the same whichever contacts came before', () => {
    const [all, one] = [create(), create()]
    for (let i = 0; i < 20; i++) all.audioOf(contact(i, { kind: 'citrix' }))
    const given = contact(21, { kind: 'citrix' })
    expect([...all.audioOf(given).reports()]).toEqual([...one.audioOf(given).reports()])
  })

  it('goes wrong in other ways on every kind of desktop', () => {
    const share = (kind: DesktopKind, type: FaultType): number => {
      const random = createRandom(kind)
      const call = contact(0, { kind })
      const found = Array.from({ length: 4000 }, () => planFaults(random, {}, call)).flat()
      return found.filter((fault) => fault.type === type).length / 4000
    }
    expect(share('citrix', 'high-round-trip')).toBeGreaterThan(2 * share('local', 'high-round-trip'))
    expect(share('no-local-browser', 'jitter')).toBeGreaterThan(2 * share('local', 'jitter'))
  })
})
