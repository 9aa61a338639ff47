import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe } from 'vitest'
import { kafkaBroker, kafkaLogs, whyNoKafka } from '../helpers/kafka.ts'
import { eventLogSuite } from './event-log-suite.ts'
import { suiteTopicSpecs } from './support.ts'

describe.skipIf(whyNoKafka !== undefined)('Apache Kafka 4.x', () => {
  // Jars may have to be fetched first.
  beforeAll(() => kafkaBroker(), 600_000)

  eventLogSuite(
    'kafka',
    async ({ partitionCount, maxRecordBytes, tombstoneRetentionMs }) => {
      const logs = await kafkaLogs({ topics: suiteTopicSpecs, partitionCount, maxRecordBytes, tombstoneRetentionMs })
      const dir = await mkdtemp(join(tmpdir(), 'callboard-log-'))
      let log = await logs.open({ dir })
      return {
        log,
        async reopen() {
          await log.close()
          return (log = await logs.open({ dir }))
        },
        cleanUp: logs.cleanUp,
      }
    },
    { usesClock: false, compactsAtOnce: false },
  )
})
