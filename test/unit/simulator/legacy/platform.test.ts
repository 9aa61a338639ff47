import { describe, expect, it } from 'vitest'
import { array, assert, boolean, constantFrom, integer, option, property, record } from 'fast-check'
import type { Outcome, TransferOut } from '#simulator/legacy/model'
import { groupBy, isCall, knownEvents, readLine, readVisits, unanswered, type Line, type Visit } from './reading.ts'
import { MINUTE, runPlatform, T0, type Given, type Run } from './run.ts'

const queuePlan = record({
  patienceMs: integer({ min: 8000, max: 150_000 }),
  talkMs: integer({ min: 15_000, max: 300_000 }),
  agents: integer({ min: 0, max: 7 }),
})

const given = record({
  seed: integer(),
  queues: array(queuePlan, { minLength: 1, maxLength: 3 }),
  openMs: integer({ min: 5 * MINUTE, max: 120 * MINUTE }),
  callEveryMs: integer({ min: 4000, max: 60_000 }),
  clockOffsetMs: constantFrom(0, 412, -90_250, 3_600_000),
  aliases: boolean(),
  shiftMs: constantFrom(20 * MINUTE, 8 * 60 * MINUTE),
  numbersOut: integer({ min: 0, max: 3 }),
  restartAfterMs: option(integer({ min: 60_000, max: 60 * MINUTE }), { nil: undefined }),
}).map(({ queues, clockOffsetMs, aliases, shiftMs, numbersOut, restartAfterMs, ...rest }): Given => {
  const out = Array.from({ length: numbersOut }, (_, i) => `+44800000${i}00`)
  const plan = {
    queues: queues.map((queue, i) => ({ ...queue, name: `queue-${i}`, did: [`+4420000000${i}`, `+4420000001${i}`] })),
    clockOffsetMs,
    aliases,
    shiftMs,
    transfers: { toQueue: 0.1, toExtension: 0.1 },
    transferOut: { share: 0.1, numbers: out },
  }
  return { ...rest, plan, ...(restartAfterMs !== undefined && { restartAfterMs }) }
})

const forAll = (check: (run: Run, lines: Line[], given: Given) => void, numRuns = 25): void =>
  assert(
    property(given, (given) => {
      const run = runPlatform(given)
      check(
        run,
        run.written.map(({ line }) => readLine(line)),
        given,
      )
    }),
    { numRuns },
  )

const seconds = (text: string | undefined): number => Number(text)
const extensionOf = (agent: string): string => agent.replace(/^\w+\//, '')
const isKept = (visit: Visit): visit is Visit & { ended: Line } => visit.ended !== undefined

const eventOf: Record<Outcome, string | undefined> = {
  'completed-agent': 'COMPLETEAGENT',
  'completed-caller': 'COMPLETECALLER',
  'blind-transfer': 'BLINDTRANSFER',
  'attended-transfer': 'ATTENDEDTRANSFER',
  abandoned: 'ABANDON',
  'exit-timeout': 'EXITWITHTIMEOUT',
  'exit-key': 'EXITWITHKEY',
  'exit-empty': 'EXITEMPTY',
  lost: undefined,
}

function countBy<T>(list: readonly T[], keyOf: (item: T) => string | undefined): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of list) {
    const key = keyOf(item)
    if (key !== undefined) counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

describe('a legacy platform, whatever the plan', () => {
  it('writes lines in order of time, in whole seconds of its own clock', () => {
    forAll(({ written }, lines, { plan }) => {
      for (const [i, { at }] of written.entries()) {
        expect(lines[i]!.second).toBe(Math.floor((at + (plan.clockOffsetMs ?? 0)) / 1000))
        if (i > 0) expect(lines[i]!.second).toBeGreaterThanOrEqual(lines[i - 1]!.second)
      }
      expect(lines[0]!.event).toBe('QUEUESTART')
    })
  })

  it('tells every call in a legal order and to its end', () => {
    forAll(({ taken, ends }, lines, { restartAfterMs }) => {
      const visits = readVisits(lines)
      expect(new Set(visits.map(({ callId }) => callId))).toEqual(new Set(taken.map(({ id }) => id)))
      if (restartAfterMs === undefined) expect(visits.filter((visit) => !isKept(visit))).toEqual([])
      for (const { id } of taken) expect(ends.get(id)).toHaveLength(1)
    })
  })

  it('gives hold, talk and wait as the difference of the seconds it wrote', () => {
    forAll((_, lines) => {
      for (const { entered, connected, ended } of readVisits(lines)) {
        if (connected) expect(seconds(connected.parameters[0])).toBe(connected.second - entered.second)
        if (!ended) continue
        if (!connected) expect(seconds(ended.parameters.at(-1))).toBe(ended.second - entered.second)
        else {
          expect(seconds(ended.parameters.at(-3))).toBe(connected.second - entered.second)
          expect(seconds(ended.parameters.at(-2))).toBe(ended.second - connected.second)
        }
        const position = connected ? ended.parameters.at(-1) : ended.parameters.at(-2)
        expect(position).toBe(entered.parameters[2])
      }
    })
  })

  it('counts positions as the lines do', () => {
    forAll((_, lines) => {
      const waiting = new Map<string, string[]>()
      for (const { event, queue, callId, parameters } of lines) {
        if (event === 'QUEUESTART') waiting.clear()
        if (!waiting.has(queue)) waiting.set(queue, [])
        const line = waiting.get(queue)!
        if (event === 'ENTERQUEUE') expect(parameters[2]).toBe(String(line.push(callId)))
        const at = line.indexOf(callId)
        if (event === 'CONNECT') line.splice(at, 1)
        if (!unanswered.has(event)) continue
        expect(parameters.at(-3)).toBe(String(at + 1))
        line.splice(at, 1)
      }
    })
  })

  it('gives an agent one call at a time, of a queue the agent is a member of', () => {
    forAll((_, lines) => {
      const busy = new Map<string, string>()
      const members = new Set<string>()
      for (const line of lines) {
        const { event, callId, queue } = line
        const extension = extensionOf(line.agent)
        if (event === 'QUEUESTART') {
          busy.clear()
          members.clear()
        }
        if (event === 'ADDMEMBER') members.add(`${queue} ${extension}`)
        if (event === 'REMOVEMEMBER') expect(members.delete(`${queue} ${extension}`) && !busy.has(extension)).toBe(true)
        if (!isCall(line) || extension === 'NONE') continue
        expect(members.has(`${queue} ${extension}`)).toBe(true)
        if (event === 'CONNECT') {
          expect(busy.has(extension)).toBe(false)
          busy.set(extension, callId)
        } else if (!event.startsWith('RING')) {
          expect(busy.get(extension)).toBe(callId)
          busy.delete(extension)
        } else expect(busy.has(extension)).toBe(false)
      }
    })
  })

  it('pauses and unpauses in turn, and connects nobody to a paused agent who had not been rung before', () => {
    forAll((_, lines) => {
      const paused = new Map<string, number>()
      for (const { event, queue, agent, second, parameters } of lines) {
        const key = `${queue} ${extensionOf(agent)}`
        if (event === 'QUEUESTART') paused.clear()
        if (event === 'REMOVEMEMBER') paused.delete(key)
        if (event === 'PAUSE') {
          expect(paused.has(key)).toBe(false)
          paused.set(key, second)
        }
        if (event === 'UNPAUSE') expect(paused.delete(key)).toBe(true)
        if (event === 'CONNECT' && paused.has(key)) expect(second - seconds(parameters[2])).toBeLessThanOrEqual(paused.get(key)! + 1)
      }
    })
  })

  it('tells in its lines what the notes tell', () => {
    forAll(({ facts, ends, out }, lines, { plan }) => {
      const calls = facts.filter(({ type }) => type === 'legacy-call')
      const visits = readVisits(lines)
      expect(visits).toHaveLength(calls.length)
      expect(countBy(visits.filter(isKept), ({ queue, ended }) => `${queue} ${ended.event}`)).toEqual(
        countBy(calls, ({ queue, outcome }) => {
          const event = eventOf[outcome as Outcome]
          return event && `${String(queue)} ${event}`
        }),
      )
      const secondOf = (at: unknown): number => Math.floor(((at as number) + (plan.clockOffsetMs ?? 0)) / 1000)
      const noted = new Map(calls.map((call) => [`${String(call['callId'])} ${String(call['queue'])}`, call]))
      for (const { callId, queue, entered, connected, agent, ended } of visits) {
        const call = noted.get(`${callId} ${queue}`)!
        expect(entered.second).toBe(secondOf(call['enteredAt']))
        expect(agent === undefined ? null : extensionOf(agent)).toBe(call['agent'])
        if (connected) expect(connected.second).toBe(secondOf(call['connectedAt']))
        if (ended) expect(ended.second).toBe(secondOf(call['endedAt']))
      }
      // Dialling Amazon Connect and then losing the call to a restart is the one way not to be transferred.
      const isDone = ({ callId, number }: TransferOut): boolean => ends.get(callId)![0]!.transferredTo === number
      const lost = new Set(calls.filter(({ outcome }) => outcome === 'lost').map(({ callId }) => callId))
      expect(out.filter((call) => !isDone(call) && !lost.has(call.callId))).toEqual([])
    })
  })

  it('notes hand-overs and talk times as the engine sees them', () => {
    forAll(({ facts, taken, ends }) => {
      const calls = facts.filter(({ type }) => type === 'legacy-call')
      const from = new Map(taken.map(({ id, handedOverFrom }) => [id, handedOverFrom ?? null]))
      const talked = new Map<unknown, number>()
      for (const { callId, handedOverFrom, connectedAt, endedAt } of calls) {
        expect(handedOverFrom).toBe(from.get(callId as string))
        if (connectedAt !== null) talked.set(callId, (talked.get(callId) ?? 0) + ((endedAt as number) - (connectedAt as number)))
      }
      for (const [id, [end]] of ends) expect(end!.talkedMs).toBe(talked.get(id) ?? 0)
    })
  })

  it('closes with nobody left', () => {
    forAll((run, lines) => {
      const count = (event: string): number => lines.filter((line) => line.event === event).length
      const restarted = lines.findLastIndex(({ event }) => event === 'QUEUESTART')
      const since = lines.slice(restarted)
      expect(since.filter(({ event }) => event === 'ADDMEMBER')).toHaveLength(since.filter(({ event }) => event === 'REMOVEMEMBER').length)
      expect(count('ENTERQUEUE')).toBeGreaterThan(0)
      const states = new Map(run.facts.filter(({ type }) => type === 'legacy-agent').map(({ agent, state }) => [agent, state]))
      expect([...states.values()].filter((state) => state !== 'offline')).toEqual([])
    })
  })

  it('writes the same lines for the same seed', () => {
    assert(
      property(given, (given) => {
        expect(runPlatform(given)).toEqual(runPlatform(given))
      }),
      { numRuns: 10 },
    )
  })
})

describe('a legacy platform on a busy day', () => {
  const queue = (n: number, agents: number) => ({
    name: `queue-${n}`,
    did: [`+44200000000${n}`],
    patienceMs: 90_000,
    talkMs: 180_000,
    agents,
  })
  const plan = {
    queues: [queue(1, 14), queue(2, 6)],
    aliases: true,
    shiftMs: 90 * MINUTE,
    transferOut: { share: 0.15, numbers: ['+448000001', '+448000002'] },
  }
  const run = runPlatform({ seed: 7, plan, openMs: 10 * 60 * MINUTE, callEveryMs: 10_000 })
  const lines = run.written.map(({ line }) => readLine(line))

  it('shows every event that such a platform writes', () => {
    expect(new Set(lines.map(({ event }) => event))).toEqual(knownEvents)
  })

  it('knows one agent by three names', () => {
    const names = groupBy([...new Set(lines.map(({ agent }) => agent))], extensionOf)
    expect(Math.max(...[...names.values()].map((own) => own.length))).toBe(3)
  })

  it('answers most calls and lets the seats change hands', () => {
    const visits = readVisits(lines)
    expect(visits.filter(({ connected }) => connected).length / visits.length).toBeGreaterThan(0.5)
    const agents = new Set(lines.filter(({ event }) => event === 'ADDMEMBER').map(({ agent }) => extensionOf(agent)))
    expect(agents.size).toBeGreaterThan(20)
  })

  it('hands over to Amazon Connect until it has no number to spare', () => {
    expect(run.out.length).toBeGreaterThan(10)
    expect(run.facts.some(({ type }) => type === 'pool-exhausted')).toBe(true)
    const last = new Map<string, number>()
    for (const { number, at } of run.out) {
      expect(at - (last.get(number) ?? -Infinity)).toBeGreaterThanOrEqual(120_000)
      last.set(number, at)
    }
  })

  it('sends a caller on to another queue under the same call id', () => {
    const queues = groupBy(readVisits(lines), ({ callId }) => callId)
    const moved = [...queues.values()].filter((own) => own.length === 2)
    expect(moved.length).toBeGreaterThan(5)
    for (const [first, second] of moved) {
      expect(first!.ended!.event).toBe('BLINDTRANSFER')
      expect(second!.queue).not.toBe(first!.queue)
    }
  })
})

describe('a legacy platform that is restarted', () => {
  it('loses every call without a line and starts from nothing', () => {
    const plan = { queues: [{ name: 'q', did: ['+44200'], patienceMs: 60_000, talkMs: 120_000, agents: 5 }] }
    const { facts, written } = runPlatform({ seed: 3, plan, openMs: 40 * MINUTE, callEveryMs: 12_000, restartAfterMs: 20 * MINUTE })
    const lost = facts.filter(({ outcome }) => outcome === 'lost')
    expect(lost.length).toBeGreaterThan(4)
    expect(new Set(lost.map(({ at }) => at))).toEqual(new Set([T0 + 20 * MINUTE]))
    const lines = written.map(({ line }) => readLine(line))
    const start = lines.findLastIndex(({ event }) => event === 'QUEUESTART')
    for (const { callId } of lost) expect(lines.slice(start).filter((line) => line.callId === callId)).toEqual([])
    expect(lines.slice(start).some(({ event }) => event === 'CONNECT')).toBe(true)
  })
})
