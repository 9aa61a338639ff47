import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { failPlaces, placesToCome } from '#kernel/node/failpoint'
import { toBytes } from '#simulator/output/bytes'
import { createRandom } from '#simulator/random'
import type { WireEvent } from '#simulator/stream'
import { startDynamo } from '../helpers/dynalite.ts'
import { eventually } from '../helpers/eventually.ts'
import { startKinesis } from '../helpers/kinesis.ts'
import { startReceiver, type Receiver } from '../helpers/receiver.ts'
import { caughtUp } from '../helpers/tables.ts'
import { addRuleAndWebhook, checkOutcome, deliverAll, expectSame, type Outcome } from './checker.ts'
import { createVictim, type Victim } from './victim.ts'
import { createWorkload, START, type Workload } from './workload.ts'
import { isLong, seed } from './size.ts'

const HOUR_MS = 3_600_000
const victims: Victim[] = []
let receiver: Receiver
beforeAll(async () => void (receiver = await startReceiver()))
afterAll(() => receiver.stop())
afterEach(() => {
  for (const victim of victims.splice(0)) victim.remove()
})

const makeVictim = (settings: Record<string, string> = {}): Victim => {
  const victim = createVictim({ startAt: START, settings: { CALLBOARD_WEBHOOK_ALLOW: receiver.hostPort, ...settings } })
  victims.push(victim)
  return victim
}

/** A short rest between batches lets the slower parts (inserts once a second, a shard read five times a second) reach the hit that kills. */
const PACE_MS = 30
const pace = (ms = PACE_MS): Promise<void> => new Promise((done) => setTimeout(done, ms))

async function run(workload: Workload, armed: readonly string[]): Promise<{ victim: Victim; outcome: Outcome }> {
  const victim = makeVictim()
  victim.arm(...armed)
  await victim.alive()
  const webhookId = await addRuleAndWebhook(victim, receiver)
  const { refused } = await deliverAll(victim, workload.events, () => pace())
  expect(refused).toEqual([])
  const outcome = await checkOutcome(victim, workload, receiver, webhookId)
  return { victim, outcome }
}

/** Contact events and records come by a stream, which is split half way; the rest by HTTP. */
async function runWithStream(
  workload: Workload,
  armed: readonly string[],
  leases?: { endpoint: string },
): Promise<{ victim: Victim; outcome: Outcome }> {
  const kinesis = await startKinesis()
  try {
    await kinesis.createStream('contacts', 1)
    const source = {
      type: 'kinesis',
      name: 'http',
      stream: 'contacts',
      region: 'us-east-1',
      endpoint: kinesis.endpoint,
      pollIntervalMs: 200,
      ...(leases ? { leaseTable: 'leases', leaseEndpoint: leases.endpoint, leaseMs: 2_000 } : {}),
    }
    const victim = makeVictim({
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      CALLBOARD_SOURCES: JSON.stringify([source]),
    })
    victim.arm(...armed)
    await victim.alive()
    const webhookId = await addRuleAndWebhook(victim, receiver)
    const isStreamed = ({ kind }: WireEvent): boolean => kind === 'contact-event' || kind === 'contact-record'
    const streamed = workload.events.filter(isStreamed)
    const posted = workload.events.filter((event) => !isStreamed(event))
    let put = 0
    const putUntil = async (time: number): Promise<void> => {
      const due = streamed.findIndex(({ at }, i) => i >= put && at > time)
      const upTo = due === -1 ? streamed.length : due
      const records = streamed.slice(put, upTo).map((event, i) => ({ key: String(put + i), data: toBytes(event) }))
      if (records.length > 0) await kinesis.put('contacts', records)
      put = upTo
    }
    await deliverAll(victim, posted, async (batch, batches, now) => {
      await victim.alive()
      await putUntil(now)
      if (batch === Math.floor(batches / 2)) await kinesis.split('contacts', 'shardId-000000000000')
      await pace(2 * PACE_MS)
    })
    await victim.setClock(workload.endsAt)
    await putUntil(workload.endsAt)
    // The children of the split are found within two seconds; then all is read.
    await eventually(
      async () => {
        await victim.alive()
        const text = await (await fetch(`${victim.metricsUrl}/metrics`)).text()
        return [1, 2].every((shard) =>
          new RegExp(`kinesis_behind_ms\\{[^}]*shard="shardId-00000000000${shard}"[^}]*\\} 0$`, 'm').test(text),
        )
      },
      'the stream is read to its end',
      30_000,
    )
    await pace(500)
    const outcome = await checkOutcome(victim, workload, receiver, webhookId)
    return { victim, outcome }
  } finally {
    await kinesis.stop()
  }
}

/** Where each place is reached, and how often at least: a kill is drawn within that. */
const atStart = { CP19: 2, CP20: 3, CP18: 9 } as const
const inWork = {
  CP02: 20,
  CP03: 20,
  CP07: 20,
  CP08: 20,
  CP09: 20,
  CP10: 20,
  CP15: 3,
  CP16: 3,
  CP17: 3,
  CP22: 3,
  CP11: 6,
  CP12: 6,
  CP13: 6,
} as const
const inStream = { CP01: 4, CP04: 4, CP05: 1 } as const
/** Takes and renewals of leases, where the stream is shared. */
const inLeases = { CP06: 9 } as const

describe('crash.matrix', () => {
  const workload = createWorkload({ seed, minutes: 12, agents: 10, load: 3 })
  const random = createRandom(`${seed}/kills`)
  let clean: Outcome
  beforeAll(async () => {
    const lines = Object.entries(placesToCome).map(([place, reason]) => `${place} not yet: ${reason}`)
    console.log(`crash.matrix: seed ${seed}, ${workload.events.length} messages\n${lines.join('\n')}`)
    const steady = await run(workload, [])
    expect(steady.victim.deaths).toEqual([])
    clean = steady.outcome
  }, 60_000)

  it('crash.matrix has every place there is', () => {
    const covered = [...Object.keys(atStart), ...Object.keys(inWork), ...Object.keys(inStream), ...Object.keys(inLeases), 'CP14']
    expect(covered.sort()).toEqual(
      Object.keys(failPlaces)
        .filter((place) => place !== 'fold')
        .sort(),
    )
  })

  const killed = async (armed: readonly string[], runIt: typeof run = run): Promise<void> => {
    const { victim, outcome } = await runIt(workload, armed)
    expect(victim.deaths, `${workload.events.length} messages`).toEqual(armed.map((failpoint) => ({ failpoint, signal: 'SIGKILL' })))
    expect(Math.max(...victim.readyMs)).toBeLessThan(5_000)
    console.log(`${armed.length} kills, ready within ${Math.max(...victim.readyMs).toFixed(0)} ms: ${armed.join(' ')}`)
    expectSame(outcome, clean)
  }
  const inARow = (place: string, most: number): string[] =>
    [1, 2, random.whole(Math.min(3, most), most)].map((hit) => `${place}:${Math.min(hit, most)}:kill`)
  const onceEach = (places: readonly (readonly [string, number])[]): string[] =>
    places.map(([place, most]) => `${place}:${random.whole(1, Math.min(most, 3))}:kill`)
  const places = [...Object.entries(atStart), ...Object.entries(inWork)]

  it('crash.matrix CP06: 1st, 2nd and a random hit, in a row, with leases', async () => {
    const dynamo = await startDynamo()
    try {
      await killed(inARow('CP06', inLeases.CP06), (w, armed) => runWithStream(w, armed, dynamo))
    } finally {
      await dynamo.stop()
    }
  }, 180_000)

  if (isLong) {
    it.each(places)('crash.matrix %s: 1st, 2nd and a random hit, in a row', (place, most) => killed(inARow(place, most)), 120_000)
    it.each(Object.entries(inStream))(
      'crash.matrix %s: 1st, 2nd and a random hit, in a row',
      (place, most) => killed(inARow(place, most), runWithStream),
      120_000,
    )
  } else {
    // A small workload does not come to them often enough; the full run kills there too.
    const rare = ['CP11', 'CP12', 'CP13', 'CP22']
    console.log(`crash.matrix, small: not at ${rare.join(', ')}`)
    const reached = onceEach(places).filter((armed) => !rare.some((place) => armed.startsWith(place)))
    it('crash.matrix: each place once, in a row', () => killed(reached), 120_000)
    it('crash.matrix: a stream read over a split', () => killed(onceEach(Object.entries(inStream)), runWithStream), 120_000)
  }

  it('crash.matrix CP14: three kills in a row while slices are unlinked', async ({ skip }) => {
    if (!isLong) {
      console.log('skipped crash.matrix CP14: what a lane read less than a day ago is kept now, so its slices are not unlinked here')
      skip()
    }
    const victim = makeVictim()
    await victim.alive()
    const webhookId = await addRuleAndWebhook(victim, receiver)
    const [first, second] = [workload.events.slice(0, 300), workload.events.slice(300)]
    expect((await deliverAll(victim, first)).refused).toEqual([])
    await caughtUp(victim.metricsUrl)
    // Some hours apart, so that there are slices; then all of them are past the log's 72 hours.
    for (const hours of [1, 2, 3, 4, 5]) {
      await victim.setClock(START + hours * HOUR_MS)
      await deliverAll(victim, second.slice(hours, hours + 1))
    }
    await caughtUp(victim.metricsUrl)
    const kept = await eventually(async () => {
      const { body } = await victim.call<{ items: unknown[] }>('GET', '/api/v1/contacts?limit=200&from=2000-01-01T00:00:00Z')
      return body.items.length > 0 && body.items.length
    })
    await victim.kill()
    await victim.setClock(START + 80 * HOUR_MS)
    victim.arm('CP14:1:kill', 'CP14:1:kill', 'CP14:1:kill')
    await eventually(async () => {
      await victim.alive()
      return victim.deaths.length === 4
    }, 'three kills in a row')
    await victim.alive()
    await eventually(() => readdirSync(join(victim.dataDir, 'log/slices')).length <= 2, 'what is past its time is gone')
    expect(readdirSync(join(victim.dataDir, 'log/slices')).filter((name) => name.endsWith('.gone'))).toEqual([])
    const { body } = await victim.call<{ items: unknown[] }>('GET', '/api/v1/contacts?limit=200&from=2000-01-01T00:00:00Z')
    expect(body.items.length).toBe(kept)
    // It goes on taking messages in.
    expect((await deliverAll(victim, second.slice(10, 20))).refused).toEqual([])
    await caughtUp(victim.metricsUrl)
    expect(webhookId).toBeDefined()
  }, 60_000)
})
