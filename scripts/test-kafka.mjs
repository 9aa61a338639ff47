// One broker for a whole test run: whoever needs it first starts it, whoever began the run stops it by its process id.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { missingKafkaTools, startKafka, stopKafka } from './kafka.mjs'

/** Users of the listener where clients have to sign in. */
export const testUsers = { callboard: 'right-password' }

const START_WITHIN_MS = 180_000

/**
 * @typedef {{ brokers: string, signInBrokers: string }} TestBroker
 * @param {string} dir
 * @returns {Promise<TestBroker | { missing: string[] }>}
 */
export async function testBroker(dir) {
  const file = join(dir, 'ready.json')
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  const missing = missingKafkaTools()
  if (missing.length > 0) return { missing }
  if (isFirst(dir)) {
    try {
      const { brokers, signInBrokers } = await startKafka({ dataDir: join(dir, 'broker'), keepAlive: true, users: testUsers })
      writeFileSync(`${file}.new`, JSON.stringify({ brokers, signInBrokers }))
      renameSync(`${file}.new`, file)
    } catch (error) {
      writeFileSync(join(dir, 'failed.txt'), error instanceof Error ? (error.stack ?? error.message) : String(error))
      throw error
    }
  }
  const deadline = Date.now() + START_WITHIN_MS
  while (!existsSync(file)) {
    if (existsSync(join(dir, 'failed.txt'))) throw new Error(readFileSync(join(dir, 'failed.txt'), 'utf8'))
    if (Date.now() > deadline) throw new Error('the test broker did not start')
    await sleep(100)
  }
  return JSON.parse(readFileSync(file, 'utf8'))
}

/** @param {string} dir */
function isFirst(dir) {
  mkdirSync(dir, { recursive: true })
  try {
    mkdirSync(join(dir, 'starting'))
    return true
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false
    throw error
  }
}

/** @param {string} dir */
export async function stopTestBroker(dir) {
  if (existsSync(join(dir, 'broker'))) await stopKafka(join(dir, 'broker'))
  rmSync(dir, { recursive: true, force: true })
}
