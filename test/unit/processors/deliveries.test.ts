import { describe, expect, it } from 'vitest'
import { deliverySchedule, type DeliveryRow } from '#contracts/deliveries'
import { decideNext } from '#processors/deliveries/decide'

const fresh: DeliveryRow = {
  kind: 'delivery',
  id: 'd',
  webhookId: 'w',
  type: 'alert.raised',
  body: '{}',
  createdAt: 0,
  state: 'pending',
  nextAttemptAt: 0,
  attempts: [],
}
const failed = { status: 500, error: 'answered 500', retryAfterSeconds: null }
const timing = { startedAt: 1000, endedAt: 2000, random: 0.5 }

describe('a delivery', () => {
  it('is done with a 2xx', () => {
    expect(decideNext(fresh, { status: 204, error: null, retryAfterSeconds: null }, timing)).toMatchObject({
      state: 'delivered',
      nextAttemptAt: null,
      attempts: [{ at: 1000, status: 204, durationMs: 1000 }],
    })
  })

  it('hook.down: is tried on the whole schedule, then fails', () => {
    let row = fresh
    const waits: number[] = []
    for (let i = 0; i < 20 && row.state === 'pending'; i++) {
      row = decideNext(row, failed, timing)
      if (row.nextAttemptAt !== null) waits.push((row.nextAttemptAt - timing.endedAt) / 1000)
    }
    expect(waits).toEqual(deliverySchedule.slice(1))
    expect(row).toMatchObject({ state: 'failed', nextAttemptAt: null })
  })

  it('spreads its tries by a fifth either way, and waits longer when the receiver asks for it', () => {
    const wait = (random: number, retryAfterSeconds: number | null = null) =>
      decideNext(fresh, { ...failed, retryAfterSeconds }, { ...timing, random }).nextAttemptAt! - timing.endedAt
    expect([wait(0), wait(1)]).toEqual([4000, 6000])
    expect(wait(0.5, 120)).toBe(120_000)
  })

  it('ends at once when the receiver is gone', () => {
    expect(decideNext(fresh, { ...failed, status: 410 }, timing).state).toBe('failed')
  })
})
