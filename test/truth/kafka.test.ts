import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { disturb } from '#simulator/disturb/disturb'
import { resolveKnobs } from '#simulator/disturb/knobs'
import { startSimulation } from '#simulator/start'
import { messagesOf, type TruthFact } from '#simulator/stream'
import { toTruth } from '#simulator/truth/figures'
import { kafkaBroker, randomPrefix, whyNoKafka } from '../helpers/kafka.ts'
import { startRole, startSharedStore } from '../helpers/roles.ts'
import { isTaken } from './centre.ts'
import { batchesOf, expectFigures, send } from './roles.ts'

// The closed loop over Kafka: three processes fold, one of them is killed again and again, and in the end everything is as it was.
const minutes = Number(process.env['TRUTH_MINUTES'] ?? 60)
const seed = Number(process.env['TRUTH_SEED'] ?? 20_260)
const KILL_EVERY_MS = 10_000
const KILLS = Number(process.env['TRUTH_KILLS'] ?? 6)
const MINUTE_MS = 60_000
/** So long after the last one began every contact is over. */
const DRAINED_MS = 90 * MINUTE_MS

describe.skipIf(whyNoKafka !== undefined)('omnichannel over Kafka', () => {
  const stops: (() => Promise<void>)[] = []
  beforeAll(() => kafkaBroker(), 600_000)
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop()
  })

  it(
    `ends as it was with one of three processes killed every ${KILL_EVERY_MS / 1000} s, ${KILLS} times, seed ${seed}`,
    { timeout: 900_000 },
    async () => {
      const { brokers } = await kafkaBroker()
      const store = await startSharedStore()
      stops.push(() => store.stop())
      const startAt = Math.floor((Date.now() - DRAINED_MS - minutes * MINUTE_MS) / MINUTE_MS) * MINUTE_MS
      const settings = {
        CALLBOARD_KAFKA_BROKERS: brokers,
        CALLBOARD_KAFKA_TOPIC_PREFIX: randomPrefix(),
        CALLBOARD_STORE: 'clickhouse',
        CALLBOARD_CLICKHOUSE_URL: store.url,
        // One day that holds all of it.
        CALLBOARD_BUSINESS_DAY_START: new Date(startAt - 60 * MINUTE_MS).toISOString().slice(11, 16),
      }
      const facts: TruthFact[] = []
      const simulation = startSimulation({
        profile: 'omnichannel',
        seed,
        steady: true,
        load: 1.7,
        startAt,
        endAt: startAt + minutes * MINUTE_MS,
        note: (fact) => facts.push(fact),
      })
      const events = [...messagesOf(simulation)].filter(({ kind }) => isTaken(kind))
      const disturbed = [...disturb(events, resolveKnobs('hard', { lostContactEvents: 0, clockSkewOf: 'contact-event' }), seed)]
      const truth = toTruth(facts)

      const workers = await Promise.all([1, 2, 3].map(() => startRole('process', settings)))
      const api = await startRole('api', settings)
      stops.push(
        () => api.stop(),
        async () => void (await Promise.all(workers.map((worker) => worker.stop()))),
      )

      const fed = new AbortController()
      const feed = async (): Promise<void> => {
        for (const batch of batchesOf(disturbed, KILLS * 20)) {
          await send(api, batch)
          await new Promise((done) => setTimeout(done, (KILLS * KILL_EVERY_MS * batch.length) / disturbed.length))
        }
        fed.abort()
      }
      const kill = async (): Promise<number> => {
        let kills = 0
        for (; kills < KILLS && !fed.signal.aborted; kills++) {
          await new Promise((done) => setTimeout(done, KILL_EVERY_MS))
          const victim = kills % workers.length
          const { dataDir } = workers[victim]!
          await workers[victim]!.kill()
          workers[victim] = await startRole('process', settings, dataDir)
        }
        return kills
      }
      const [kills] = await Promise.all([kill(), feed()])
      expect(kills).toBeGreaterThan(0)

      await expectFigures(api, truth, { from: startAt, at: disturbed.at(-1)!.at })
      console.log(`${disturbed.length} messages, ${kills} kills: every figure of ${truth.contacts.length} contacts is true`)
    },
  )
})
