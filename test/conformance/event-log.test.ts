import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbLog } from '#log/lmdb/log'
import { createMemoryLog } from '#log/memory'
import type { EventLog } from '#log/port'
import { eventLogSuite } from './event-log-suite.ts'
import { suiteTopicSpecs } from './support.ts'

eventLogSuite(
  'memory',
  async (options) => {
    const log = createMemoryLog({ topics: suiteTopicSpecs, ...options })
    return { log, cleanUp: () => log.close() }
  },
  { usesClock: true, compactsAtOnce: true },
)

eventLogSuite(
  'lmdb',
  async (options) => {
    const dir = await mkdtemp(join(tmpdir(), 'callboard-log-'))
    const open = (): Promise<EventLog> => openLmdbLog({ dir, topics: suiteTopicSpecs, ...options })
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
  { usesClock: true, compactsAtOnce: true },
)
