import { beforeAll, describe, expect, it } from 'vitest'
import { buildCentre } from '#simulator/centre/build'
import { omnichannel } from '#simulator/profiles/inbound'
import { MINUTE, read, readAll, record, T0, type Read, type Readings } from './recording.ts'

const LOOPS = 3
const STORY_AT = T0 + 30 * MINUTE
const SECOND = 1000
const { queues } = buildCentre(omnichannel)
const billing = queues[0]!

describe.each([1, 2, 3, 4, 5, 6])('the story with seed %i', (seed) => {
  let readings: Readings
  let lines: { at: number; waits: number[] }[]
  beforeAll(() => {
    readings = readAll(record({ seed, startAt: T0, storyAt: STORY_AT }, STORY_AT + LOOPS * 10 * MINUTE))
    lines = billingLine(readings['contact-event'])
  })

  const rounds = Array.from({ length: LOOPS }, (_, i) => STORY_AT + i * 10 * MINUTE)
  const lineAt = (time: number): number[] => lines.findLast(({ at }) => at <= time)!.waits.map((since) => time - since)
  const longestAt = (time: number): number => Math.max(0, ...lineAt(time))

  it.each(rounds)('lets seven callers wait in Billing by second 16', (at) => {
    expect(lineAt(at + 1 * SECOND)).toHaveLength(2)
    expect(lineAt(at + 7 * SECOND)).toHaveLength(2)
    expect(lineAt(at + 16 * SECOND)).toHaveLength(7)
  })

  it.each(rounds)('lets the longest wait pass 90 s at second 10', (at) => {
    expect(longestAt(at + 9 * SECOND)).toBeLessThan(90 * SECOND)
    expect(longestAt(at + 14 * SECOND)).toBeGreaterThan(92 * SECOND)
  })

  it.each(rounds)('lets somebody want to cancel everything between second 16 and 22, in a falling tone', (at) => {
    const said = readings['contact-lens'].filter(({ turns }) =>
      turns.some((turn) => turn.type === 'turn' && turn.text.includes('I want to cancel everything')),
    )
    const words = said.find((event) => Math.abs(event.at - at - 19 * SECOND) < 3 * SECOND)
    expect(words?.categories.map(({ name }) => name)).toEqual(['Cancellation intent'])
    const turns = readings['contact-lens'].filter(({ contactId }) => contactId === words?.contactId).flatMap((event) => event.turns)
    const tones = turns.filter((turn) => turn.type === 'turn' && turn.participantRole === 'CUSTOMER').map(({ sentiment }) => sentiment)
    expect(tones.slice(-5)).toEqual(['NEUTRAL', 'NEGATIVE', 'NEGATIVE', 'NEGATIVE', 'NEUTRAL'])
  })

  it.each(rounds)('lets two agents return to the billing desk between second 26 and 30', (at) => {
    const returns = readings['agent-event'].filter(
      ({ current, previous, eventTime }) =>
        current!.config.queues.some(({ name }) => name === 'Billing') &&
        current!.status.type === 'ROUTABLE' &&
        previous?.status.type === 'CUSTOM' &&
        eventTime >= at + 26 * SECOND &&
        eventTime <= at + 30 * SECOND,
    )
    expect(returns.length).toBeGreaterThanOrEqual(2)
  })

  it.each(rounds)('lets the queue drain within 90 s, the longest wait falling below 60 s by second 45', (at) => {
    expect(longestAt(at + 45 * SECOND)).toBeLessThan(60 * SECOND)
    expect(lineAt(at + 90 * SECOND).length).toBeLessThanOrEqual(2)
  })

  it('has a ghost, a chat with a card number, a transfer, a callback and an unanswered ring', () => {
    const agents = readings['agent-event'].filter(({ eventTime }) => eventTime > STORY_AT)
    const lastSeen = new Map<string, number>()
    let longestSilence = 0
    for (const { agentId, eventTime } of agents) {
      longestSilence = Math.max(longestSilence, eventTime - (lastSeen.get(agentId) ?? eventTime))
      lastSeen.set(agentId, eventTime)
    }
    expect(longestSilence).toBeGreaterThan(300 * SECOND)
    expect(agents.some(({ current }) => current!.contacts.some(({ state }) => state === 'MISSED'))).toBe(true)
    const methods = new Set(readings['contact-event'].map(({ initiationMethod }) => initiationMethod))
    expect([...methods]).toEqual(expect.arrayContaining(['API', 'CALLBACK', 'INBOUND', 'QUEUE_TRANSFER', 'TRANSFER']))
    expect(
      readings['contact-lens'].some(({ channel, turns }) => channel === 'CHAT' && turns.some(({ text }) => text.includes('4111 1111'))),
    ).toBe(true)
  })

  it('lets contact events fall silent for 20 s and come all at once', () => {
    const times = readings['contact-event'].map(({ at }) => at)
    const from = STORY_AT + 400 * SECOND
    expect(times.filter((at) => at > from && at < from + 20 * SECOND)).toEqual([])
    expect(times.filter((at) => at === from + 20 * SECOND).length).toBeGreaterThan(1)
  })
})

describe('a story begun without notice', () => {
  it('still lets seven callers wait by second 16 and says the words', () => {
    const events = record({ seed: 1, startAt: T0, storyAt: T0 }, T0 + MINUTE)
    expect(billingLine(read(events, 'contact-event')).findLast(({ at }) => at <= T0 + 16 * SECOND)!.waits).toHaveLength(7)
    expect(JSON.stringify(events.filter(({ at }) => at < T0 + 22 * SECOND))).toContain('I want to cancel everything')
  })
})

describe('before the story', () => {
  it('most queues are calm at 80/20', () => {
    const records = read(record({ seed: 2, startAt: T0 }, T0 + 480 * MINUTE), 'contact-record')
    const levels = queues.map(({ name }) => {
      const own = records.filter(({ queue }) => queue?.name === name)
      return own.filter(({ agent, queueSeconds }) => agent && queueSeconds! <= 20).length / own.length
    })
    expect(levels.filter((level) => level >= 0.8).length).toBeGreaterThanOrEqual(5)
    expect(Math.min(...levels)).toBeGreaterThan(0.6)
  })
})

/** Who waits in Billing after each contact event, as the times they were queued. */
function billingLine(events: readonly Read<'contact-event'>[]): { at: number; waits: number[] }[] {
  const waiting = new Map<string, number>()
  return events.map(({ at, type, contactId, queue, enqueuedAt }) => {
    if (type === 'QUEUED' && queue!.arn === billing.arn) waiting.set(contactId, enqueuedAt!)
    if (type === 'CONNECTED_TO_AGENT' || type === 'DISCONNECTED') waiting.delete(contactId)
    return { at, waits: [...waiting.values()] }
  })
}
