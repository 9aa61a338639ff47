import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stopTestBroker } from '../../scripts/test-kafka.mjs'

/** Before the tests of a project: says where a broker is to be started, should one be needed. Ends it, unless a larger run owns it. */
export function setup(): (() => Promise<void>) | undefined {
  if (process.env['KAFKA_TEST_DIR']) return undefined
  const dir = mkdtempSync(join(tmpdir(), 'callboard-test-kafka-'))
  process.env['KAFKA_TEST_DIR'] = dir
  return () => stopTestBroker(dir)
}
