import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKafkaLog } from '#log/kafka/log'
import type { EventLog } from '#log/port'
import { eventLogSuite } from './event-log-suite.ts'
import { suiteTopicSpecs } from './support.ts'

const brokers = process.env['KAFKA_BROKERS'] ?? ''

eventLogSuite(
  'kafka',
  async ({ partitionCount, maxRecordBytes, tombstoneRetentionMs }) => {
    const dir = await mkdtemp(join(tmpdir(), 'callboard-log-'))
    const prefix = `t-${randomUUID().slice(0, 8)}.`
    const open = (): Promise<EventLog> =>
      openKafkaLog({ connection: { brokers: [brokers] }, prefix, dir, topics: suiteTopicSpecs, partitionCount, maxRecordBytes, tombstoneRetentionMs })
    let log = await open()
    return {
      log,
      async reopen() {
        await log.close()
        return (log = await open())
      },
      async cleanUp() {
        await log.close()
        await rm(dir, { recursive: true })
      },
    }
  },
  { usesClock: false, compactsAtOnce: false },
)
