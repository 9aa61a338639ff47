import { describe, expect, it } from 'vitest'
import type { LiveQuery, SubscribeAnswer } from '#contracts/live'
import { createManualClock } from '#kernel/clock'
import { createLiveClient, keyOf, type Timers } from '../../../dashboard/src/live/client.ts'
import { createTicker } from '../../../dashboard/src/live/ticker.ts'
import type { Transport, TransportEvents } from '../../../dashboard/src/live/transport.ts'
import { iso, queue, T0 } from './samples.ts'

const query: LiveQuery = { rows: 'queues' }
const key = keyOf(query)

async function settle(): Promise<void> {
  for (let i = 0; i < 8; i++) await Promise.resolve()
}

/** A connection in the test's hands: it answers subscriptions with what the test put there. */
function setUp() {
  const clock = createManualClock(0)
  const log: string[] = []
  let events: TransportEvents | undefined
  const answers: SubscribeAnswer[] = []
  const transport: Transport = {
    open: () => void log.push('open'),
    close: () => void log.push('close'),
    subscribe: () => {
      log.push('subscribe')
      const answer = answers.shift()
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('no answer'))
    },
    unsubscribe: (id) => void log.push(`unsubscribe ${id}`),
    listen: (e) => void (events = e),
  }
  const timers: Timers = { now: () => clock.now(), after: (delayMs, task) => clock.after(delayMs, task), random: () => 0.5 }
  const client = createLiveClient(transport, timers)
  const server = (): TransportEvents => {
    if (!events) throw new Error('nobody listens')
    return events
  }
  const status = (at: number): void => server().status({ now: iso(at), demo: true, sources: [] })
  return { clock, log, answers, client, timers, server, status, state: () => client.store.getState() }
}
const snapshot = (seq: number, asOf: number, epoch = 'one'): SubscribeAnswer => ({
  subscription: 'sub',
  epoch,
  seq,
  snapshot: { rows: { billing: queue({ waiting: seq }) }, asOf: iso(asOf) },
})

describe('the live client', () => {
  it('subscribes when the connection is up and is live with the first answer', async () => {
    const t = setUp()
    t.answers.push(snapshot(3, T0))
    t.client.watch(query)
    t.client.start()
    expect(t.log).toEqual(['open'])
    t.server().up()
    await settle()
    expect(t.state()).toMatchObject({ connection: 'live', asOf: T0, held: { [key]: { seq: 3, phase: 'live' } } })
  })

  it('subscribes again on a gap, and shows the old rows until the answer', async () => {
    const t = setUp()
    t.answers.push(snapshot(3, T0), snapshot(9, T0 + 2000))
    t.client.watch(query)
    t.client.start()
    t.server().up()
    await settle()
    t.server().delta({ subscription: 'sub', epoch: 'one', seq: 5, set: {}, del: [], asOf: iso(T0 + 1000) })
    expect(t.state().held[key]).toMatchObject({ phase: 'asking', rows: { billing: { waiting: 3 } } })
    await settle()
    expect(t.state().held[key]).toMatchObject({ phase: 'live', seq: 9, rows: { billing: { waiting: 9 } } })
    expect(t.log).toEqual(['open', 'subscribe', 'unsubscribe sub', 'subscribe'])
  })

  it('comes back by itself after a loss, and takes no older snapshot', async () => {
    const t = setUp()
    t.answers.push(snapshot(3, T0), snapshot(0, T0 - 500, 'two'), snapshot(1, T0 + 100, 'two'))
    t.client.watch(query)
    t.client.start()
    t.server().up()
    await settle()
    t.server().down('lost')
    expect(t.state().connection).toBe('offline')
    t.clock.advance(500)
    expect(t.state().connection).toBe('connecting')
    t.server().up()
    await settle()
    expect(t.state().held[key]).toMatchObject({ asOf: T0, rows: { billing: { waiting: 3 } } })
    t.clock.advance(1000)
    await settle()
    expect(t.state().held[key]).toMatchObject({ asOf: T0 + 100, epoch: 'two', rows: { billing: { waiting: 1 } } })
  })

  it('tries again soon, and on and on, when the server said that it begins anew', () => {
    const t = setUp()
    t.client.start()
    t.server().up()
    t.server().status({ now: iso(T0), demo: true, sources: [], changingTo: 'Virtual desktops' })
    t.server().down('lost')
    for (let attempt = 0; attempt < 5; attempt++) {
      t.clock.advance(200)
      t.server().down('lost')
    }
    expect(t.log.filter((l) => l === 'open')).toHaveLength(6)
  })

  it('falls silent after 3 s without a frame, and live again with the next', async () => {
    const t = setUp()
    t.client.start()
    t.server().up()
    t.status(T0)
    t.clock.advance(2999)
    expect(t.state().connection).toBe('live')
    t.clock.advance(1)
    expect(t.state().connection).toBe('silent')
    t.status(T0 + 4000)
    expect(t.state().connection).toBe('live')
    t.clock.advance(9_999)
    expect(t.log).not.toContain('close')
    t.clock.advance(1)
    expect(t.log).toContain('close')
  })

  it('asks a server that is catching up again soon', async () => {
    const t = setUp()
    t.answers.push({ error: { code: 'NOT_READY', detail: '' } }, snapshot(1, T0))
    t.client.watch(query)
    t.client.start()
    t.server().up()
    await settle()
    expect(t.state().held[key]?.phase).toBe('refused')
    t.clock.advance(1000)
    await settle()
    expect(t.state().held[key]?.phase).toBe('live')
  })

  it('lets go of a subscription nobody looks at, but not at once', async () => {
    const t = setUp()
    t.answers.push(snapshot(3, T0))
    const release = t.client.watch(query)
    t.client.start()
    t.server().up()
    await settle()
    release()
    const again = t.client.watch(query)
    t.clock.advance(5000)
    expect(t.log).toEqual(['open', 'subscribe'])
    again()
    t.clock.advance(5000)
    expect(t.log).toContain('unsubscribe sub')
    expect(t.state().held).toEqual({})
  })
})

describe('the clock of the page', () => {
  it('ticks on the seconds of the server and stands still while the connection is lost', () => {
    const t = setUp()
    const ticker = createTicker(t.client, t.timers, () => 0)
    t.client.start()
    t.server().up()
    t.status(T0 + 300)
    const seen: number[] = []
    ticker.subscribe(() => seen.push(ticker.second() - T0))
    t.clock.advance(1500)
    expect(seen).toEqual([1000])
    t.clock.advance(6_500)
    expect(ticker.second()).toBe(T0)
    expect(seen.at(-1)).toBe(0)
    expect(ticker.clockSecond()).toBe(T0 + 8_000)
  })
})
