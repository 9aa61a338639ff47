import { describe, expect, it } from 'vitest'
import { profileList, startSimulation } from '#simulator/start'
import type { TruthFact, WireEvent } from '#simulator/stream'
import { toTruth } from '#simulator/truth/figures'
import { createRandom } from '#simulator/random'
import { eventually } from '../helpers/eventually.ts'
import { isTaken, openCallboard } from './centre.ts'
import { differences, tell, type Difference } from './compare.ts'

const START = Date.parse('2026-03-04T09:00:00.000Z')
const MINUTE_MS = 60_000
const minutes = Number(process.env['TRUTH_MINUTES'] ?? 20)
const instants = Number(process.env['TRUTH_INSTANTS'] ?? 25)
const seed = Number(process.env['TRUTH_SEED'] ?? 20_260)
const END = START + minutes * MINUTE_MS

describe.each(profileList)('$name', ({ name }) => {
  it(`is what it is at ${instants} moments of ${minutes} minutes (seed ${seed})`, { timeout: 600_000 }, async () => {
    const facts: TruthFact[] = []
    const events: WireEvent[] = []
    const simulation = startSimulation({ profile: name, seed, startAt: START, endAt: END, note: (fact) => facts.push(fact) })
    for (let event = simulation.next(); event; event = simulation.next()) if (isTaken(event.kind)) events.push(event)
    const truth = toTruth(facts)
    const random = createRandom(`${seed}/instants`)
    const last = events.at(-1)!.at
    const moments = [...Array.from({ length: instants }, () => random.whole(START, END)), last + 1000].sort((a, b) => a - b)
    const callboard = await openCallboard(START)
    const recorded = new Set<string>()
    try {
      let rest = events
      for (const moment of moments) {
        const due = (event: WireEvent): boolean => (event.kind === 'contact-record' ? event.at : event.time) <= moment
        const now = rest.filter(due)
        rest = rest.filter((event) => !due(event))
        callboard.clock.set(moment)
        await callboard.deliver(random.shuffle(now))
        for (const { kind, payload } of now) {
          if (kind === 'contact-record' && typeof payload !== 'string') recorded.add(String(payload['ContactId']))
        }
        let differ: Difference[] = []
        await eventually(
          async () => {
            differ = differences(truth, await callboard.ask(), moment, recorded)
            return differ.length === 0
          },
          'Callboard says what is true',
          6000,
        ).catch(() => expect.fail(`${new Date(moment).toISOString()}\n${tell(differ)}`))
      }
      expect(rest).toEqual([])
    } finally {
      await callboard.stop()
      callboard.remove()
    }
  })
})
