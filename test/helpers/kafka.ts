import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKafkaLog, type KafkaLogOptions } from '#log/kafka/log'
import type { EventLog } from '#log/port'
import { missingKafkaTools } from '../../scripts/kafka.mjs'
import { testBroker } from '../../scripts/test-kafka.mjs'

/** Why tests against a real broker cannot run here; undefined: they can. */
export const whyNoKafka: string | undefined = (() => {
  const missing = missingKafkaTools()
  if (missing.length === 0) return undefined
  const reason = `${missing.join(' and ')} not found: a real Kafka broker needs a JDK 17 and Maven`
  if (process.env['KAFKA_TESTS'] === 'required') throw new Error(reason)
  console.log(`skipped: ${reason}`)
  return reason
})()

/** The broker of this test run; started when first asked for. */
export async function kafkaBroker(): Promise<{ brokers: string; signInBrokers: string }> {
  const broker = await testBroker(process.env['KAFKA_TEST_DIR']!)
  if ('missing' in broker) throw new Error(`${broker.missing.join(' and ')} not found`)
  return broker
}

/** Topics, groups and transactional ids of nobody else. */
export const randomPrefix = (): string => `t-${randomUUID().slice(0, 8)}.`

/** Opens logs on topics of their own, each in a folder of its own; `cleanUp` closes them all. */
export async function kafkaLogs(
  base: Omit<KafkaLogOptions, 'dir' | 'prefix' | 'connection'> & { connection?: KafkaLogOptions['connection'] },
): Promise<{ prefix: string; open(options?: Partial<KafkaLogOptions>): Promise<EventLog>; cleanUp(): Promise<void> }> {
  const { brokers } = await kafkaBroker()
  const prefix = randomPrefix()
  const dirs: string[] = []
  const logs: EventLog[] = []
  return {
    prefix,
    async open(options = {}) {
      const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'callboard-log-')))
      dirs.push(dir)
      const log = await openKafkaLog({ connection: { brokers: [brokers] }, prefix, ...base, ...options, dir })
      logs.push(log)
      return log
    },
    async cleanUp() {
      await Promise.all(logs.map((log) => log.close()))
      await Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true })))
    },
  }
}
