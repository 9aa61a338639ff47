import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Delta } from '#contracts/live'
import { createManualClock, type ManualClock } from '#kernel/clock'
import { startApi, subscribe, type Client, type Harness } from './harness.ts'
import { agent, T0 } from './rows.ts'
import { eventually } from '../../helpers/eventually.ts'

let clock: ManualClock
let api: Harness
beforeEach(async () => {
  clock = createManualClock(T0)
  api = await startApi({ clock })
})
afterEach(() => api.close())

/** The client's own TCP reading, so that the server's queue fills as it does with a sleeping laptop. */
const webSocketOf = (client: Client) => (client.io.engine.transport as unknown as { ws: { pause(): void; resume(): void } }).ws
const counter = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(api.telemetry.render())?.[1] ?? 0)
const AGENTS = 20
let round = 0
/** One frame of about 400 KB. */
const changeEverything = async (): Promise<void> => {
  round++
  const padding = 'x'.repeat(20_000)
  await api.put(...Array.from({ length: AGENTS }, (_, i) => agent(`a${i}`, { missedOffers: round, username: padding })))
  await eventually(() => [...api.rows.agents.values()].filter((a) => a.missedOffers === round).length === AGENTS)
  clock.advance(100)
}

async function twoClients(): Promise<{ slow: Client; quick: Client; slowDeltas: Delta[]; quickDeltas: Delta[] }> {
  const token = await api.key(['read'])
  const [slow, quick] = [await api.connect({ token }), await api.connect({ token })]
  const slowDeltas: Delta[] = []
  const quickDeltas: Delta[] = []
  slow.on('delta', (d) => void slowDeltas.push(d))
  quick.on('delta', (d) => void quickDeltas.push(d))
  await subscribe(slow, { rows: 'agents' })
  await subscribe(quick, { rows: 'agents' })
  webSocketOf(slow).pause()
  for (let i = 0; i < 200 && counter('api_live_clients_behind_total') === 0; i++) await changeEverything()
  expect(counter('api_live_clients_behind_total')).toBe(1)
  return { slow, quick, slowDeltas, quickDeltas }
}

describe('a client that stops reading', () => {
  it('skips frames, sees a gap when it reads again, and goes on from a new snapshot', async () => {
    const { slow, quick, slowDeltas, quickDeltas } = await twoClients()
    for (let i = 0; i < 3; i++) await changeEverything()
    const sent = await eventually(
      () =>
        quickDeltas.at(-1)!.set['a0'] && (quickDeltas.at(-1)!.set['a0'] as { missedOffers: number }).missedOffers === round && quickDeltas,
    )
    expect(sent.map((d) => d.seq)).toEqual(sent.map((_, i) => i + 1))

    webSocketOf(slow).resume()
    const isGap = (d: Delta, i: number): boolean => i > 0 && d.seq !== slowDeltas[i - 1]!.seq + 1
    await eventually(() => {
      clock.advance(1000)
      return slowDeltas.some(isGap)
    })
    const gap = slowDeltas.find(isGap)!
    expect(gap).toMatchObject({ set: {}, del: [] })
    const again = await subscribe(slow, { rows: 'agents' })
    expect(again.snapshot.rows['a0']).toMatchObject({ missedOffers: round })
    const before = slowDeltas.length
    await changeEverything()
    await eventually(() => slowDeltas.length > before)
    expect(slowDeltas.at(-1)!.seq).toBe(again.seq + 1)
    expect(quick.connected).toBe(true)
  })

  it('is disconnected as slow_consumer after 30 s, and nobody else is', async () => {
    const { slow, quick } = await twoClients()
    clock.advance(29_000)
    expect(counter('api_live_disconnects_total\\{reason="slow_consumer"\\}')).toBe(0)
    clock.advance(3000)
    expect(counter('api_live_disconnects_total\\{reason="slow_consumer"\\}')).toBe(1)
    await eventually(() => {
      clock.advance(1000)
      return counter('api_live_connections') === 1
    })
    webSocketOf(slow).resume()
    await eventually(() => slow.disconnected)
    expect(quick.connected).toBe(true)
  })

  it('with a large board is not taken for slow because of its snapshot', async () => {
    const padding = 'x'.repeat(30_000)
    await api.put(...Array.from({ length: 60 }, (_, i) => agent(`b${i}`, { username: padding })))
    await eventually(() => api.rows.agents.size === 60)
    const client = await api.connect({ token: await api.key(['read']) })
    const { snapshot } = await subscribe(client, { rows: 'agents' })
    expect(Object.keys(snapshot.rows)).toHaveLength(60)
    clock.advance(1000)
    expect(counter('api_live_clients_behind_total')).toBe(0)
    expect(client.connected).toBe(true)
  })
})
