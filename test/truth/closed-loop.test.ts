import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { AlertRule } from '#contracts/settings'
import { disturb } from '#simulator/disturb/disturb'
import { resolveKnobs, type Knobs } from '#simulator/disturb/knobs'
import { createRandom } from '#simulator/random'
import { profileList, startSimulation } from '#simulator/start'
import { messagesOf, type TruthFact, type WireEvent, type WireKind } from '#simulator/stream'
import { alertsOf, type TurnTruth } from '#simulator/truth/alerts'
import { toTruth, type Truth } from '#simulator/truth/figures'
import { eventually } from '../helpers/eventually.ts'
import { openTestStore } from '../helpers/tables.ts'
import { isTaken, openCallboard, type Callboard } from './centre.ts'
import { differences, tell, type Difference } from './compare.ts'
import { compareHistory } from './history.ts'

// Simulate, disturb, run through Callboard, compare with the truth. The size is small in `npm test`; `npm run test:truth` is the whole.
const START = Date.parse('2026-03-04T09:00:00.000Z')
const MINUTE_MS = 60_000
const minutes = Number(process.env['TRUTH_MINUTES'] ?? 60)
const instants = Number(process.env['TRUTH_INSTANTS'] ?? 200)
const seed = Number(process.env['TRUTH_SEED'] ?? 20_260)
const END = START + minutes * MINUTE_MS
const only = process.env['TRUTH_PROFILE']

const rule: AlertRule = {
  name: 'Wants to leave',
  enabled: true,
  severity: 'warning',
  condition: { type: 'phrase', phrases: ['cancel', 'cancelar', 'thank you', 'speak to a manager'], speaker: 'customer' },
  queues: [],
}

interface Simulated {
  truth: Truth
  turns: TurnTruth[]
  events: WireEvent[]
  /** Of kinds that Callboard has no decoder for. */
  notTaken: Map<WireKind, number>
}

function simulate(profile: string): Simulated {
  const facts: TruthFact[] = []
  const events: WireEvent[] = []
  const notTaken = new Map<WireKind, number>()
  // Busier than it can bear, so that callers give up, are moved and called back.
  const busy = { steady: true, load: 1.7 }
  const simulation = startSimulation({ profile, seed, ...busy, startAt: START, endAt: END, note: (fact) => facts.push(fact) })
  for (const event of messagesOf(simulation)) {
    if (isTaken(event.kind)) events.push(event)
    else notTaken.set(event.kind, (notTaken.get(event.kind) ?? 0) + 1)
  }
  return { truth: toTruth(facts), turns: facts.filter((fact): fact is TurnTruth => fact.type === 'turn'), events, notTaken }
}

const contactIdOf = ({ payload }: WireEvent): string => (typeof payload === 'string' ? '' : (payload['ContactId'] as string))
/** Records that can be read: the broken ones are text. */
const isRecord = ({ kind, payload }: WireEvent): boolean => kind === 'contact-record' && typeof payload !== 'string'

const isUnreadable = ({ payload }: WireEvent): boolean =>
  typeof payload === 'string' ? payload !== '' : payload['detail-type'] === 'Amazon Connect Forecast Change'

/** Waits until Callboard answers what is true, or tells where it does not. */
async function agree(callboard: Callboard, truth: Truth, at: number, recorded: ReadonlySet<string>): Promise<void> {
  let differ: Difference[] = []
  await eventually(
    async () => (differ = differences(truth, await callboard.ask(), at, recorded)).length === 0,
    'Callboard says what is true',
    10_000,
  ).catch(() => expect.fail(`at ${new Date(at).toISOString()}\n${tell(differ)}`))
}

/** Everything that happened by a moment is there by that moment, however disturbed within. */
function upTo(moment: number, rest: readonly WireEvent[]): { now: WireEvent[]; later: WireEvent[] } {
  const isDue = ({ kind, at, time }: WireEvent): boolean => (kind === 'contact-record' ? at : time) <= moment
  return { now: rest.filter(isDue), later: rest.filter((event) => !isDue(event)) }
}

const notCompared = new Map<string, number>()
afterAll(() => {
  const list = [...notCompared].map(([what, count]) => `${what}: ${count} messages`)
  console.log(`Not compared, for want of a decoder: ${list.length === 0 ? 'nothing' : list.join('; ')}`)
})

describe.each(profileList.filter(({ name }) => !only || name === only))('$name', ({ name }) => {
  const { truth, turns, events, notTaken } = simulate(name)
  for (const [kind, count] of notTaken) notCompared.set(`${name} ${kind}`, count)
  const lastAt = events.at(-1)!.at
  const random = createRandom(`${seed}/instants`)
  const moments = Array.from({ length: instants }, () => random.whole(START, END)).sort((a, b) => a - b)

  const withCallboard = async (body: (callboard: Callboard) => Promise<void>): Promise<void> => {
    const callboard = await openCallboard(START)
    try {
      await body(callboard)
    } finally {
      callboard.remove()
    }
  }

  it(`is seen as it is at ${instants} moments of ${minutes} minutes, seed ${seed}`, { timeout: 900_000 }, () =>
    withCallboard(async (callboard) => {
      const knobs = resolveKnobs('mild', { ...gentle, resentRecords: 0.2 })
      const disturbed = [...disturb(events, knobs, seed)]
      const recorded = new Set<string>()
      let rest = disturbed
      for (const moment of [...moments, disturbed.at(-1)!.at]) {
        const { now, later } = upTo(moment, rest)
        rest = later
        callboard.clock.set(moment)
        await callboard.deliver(now)
        for (const event of now.filter(isRecord)) recorded.add(contactIdOf(event))
        await agree(callboard, truth, moment, recorded)
      }
      await callboard.stop()
    }),
  )

  it(`ends as it was, in figures, history and alerts, however disturbed, seed ${seed}`, { timeout: 900_000 }, () =>
    withCallboard(async (callboard) => {
      await callboard.post('/api/v1/alert-rules', rule)
      const disturbed = [...disturb(events, resolveKnobs('hard', { ...survivable, lostContactEvents: 0 }), seed)]
      const at = Math.max(lastAt, disturbed.at(-1)!.at)
      let deadLettered = 0
      for (let i = 0; i < disturbed.length; i += 400) {
        const batch = disturbed.slice(i, i + 400)
        callboard.clock.set(batch.at(-1)!.at)
        deadLettered += (await callboard.deliver(batch)).deadLettered
      }
      callboard.clock.set(at)
      const recorded = new Set(truth.contacts.map(({ id }) => id))
      await agree(callboard, truth, at, recorded)
      // A broken message, or an event of another service's kind: kept as it came, with the reason.
      expect(deadLettered).toBe(disturbed.filter(isUnreadable).length)

      const contacts = new Map(truth.contacts.map((c) => [c.id, { queueId: c.queueId }]))
      const wanted = alertsOf(turns, [{ id: 'rule', rule }], contacts)
      type Page = { items: { entity: { id: string }; state: string; raisedAt: string }[]; nextCursor: string | null }
      const raised = async (): Promise<string[]> => {
        const found: string[] = []
        for (let cursor = ''; ;) {
          const page = await callboard.get<Page>(`/api/v1/alerts?limit=200${cursor}`)
          for (const { entity, raisedAt } of page.items) {
            const earliest = wanted.find(({ contactId }) => contactId === entity.id)?.sentAt
            expect(Date.parse(raisedAt), 'raised before the words were heard').toBeGreaterThanOrEqual(earliest ?? 0)
          }
          found.push(...page.items.map(({ entity, state }) => `${entity.id} ${state}`))
          if (!page.nextCursor) return found.sort()
          cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
        }
      }
      const expectedAlerts = wanted.map(({ contactId, state }) => `${contactId} ${state}`).sort()
      await eventually(async () => JSON.stringify(await raised()) === JSON.stringify(expectedAlerts), 'the alerts are there', 10_000).catch(
        async () => expect(await raised()).toEqual(expectedAlerts),
      )
      await callboard.settled()
      await callboard.stop()
      const { store, stop } = await openTestStore(join(callboard.dataDir, 'clickhouse'))
      try {
        const differ = await compareHistory(store, truth)
        expect(differ.slice(0, 8), `${differ.length} differences in the stored history`).toEqual([])
      } finally {
        await stop()
      }
    }),
  )

  it(`is told within bounds while contact events are lost, and healed by the records, seed ${seed}`, { timeout: 900_000 }, () =>
    withCallboard(async (callboard) => {
      const lost: TruthFact[] = []
      const disturbed = [...disturb(events, resolveKnobs('none', { lostContactEvents: 0.1 }), seed, (fact) => lost.push(fact))]
      const recorded = new Set<string>()
      let rest = disturbed
      let [worst, sum, looks] = [0, 0, 0]
      for (const moment of moments) {
        const { now, later } = upTo(moment, rest)
        rest = later
        callboard.clock.set(moment)
        await callboard.deliver(now)
        for (const event of now.filter(isRecord)) recorded.add(contactIdOf(event))
        // An event that never came can mislead until the contact's record comes.
        const open = new Set(lost.flatMap((fact) => ('contactId' in fact && fact.at <= moment + MINUTE_MS ? [String(fact.contactId)] : [])))
        for (const id of recorded) open.delete(id)
        await callboard.folded()
        const said = (await callboard.ask()).get('all')!['CONTACTS_IN_QUEUE']!
        const is = truth.contacts.filter((c) => c.waits.some(({ from, to }) => from <= moment && moment < to)).length
        const off = Math.abs(said - is)
        expect(off, `${said} waiting, in truth ${is}, with ${open.size} contacts told incompletely`).toBeLessThanOrEqual(open.size)
        worst = Math.max(worst, off)
        sum += off
        looks++
      }
      callboard.clock.set(lastAt)
      await callboard.deliver(rest)
      await agree(callboard, truth, lastAt, new Set(truth.contacts.map(({ id }) => id)))
      console.log(
        `${name}: ${lost.length} contact events lost; contacts in queue off by ${(sum / looks).toFixed(2)} on average, at most ${worst}`,
      )
      await callboard.stop()
    }),
  )
})

/** Within a moment everything may be out of order and twice; across it, nothing is held back. */
const gentle: Partial<Knobs> = { duplicates: 0.1, duplicateTimes: 2, disorderWithin: 10_000, disorderAcross: 10_000 }
/** EventBridge's clock may be wrong. An agent's own time stamps may not: nothing else says when. */
const survivable: Partial<Knobs> = { clockSkewOf: 'contact-event' }
