#!/usr/bin/env node
// `npm test`: checks, then every test. Installs the browser the end-to-end tests need where it can, else says what is missing.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from './build.mjs'
import { stopTestBroker } from './test-kafka.mjs'

const root = resolve(import.meta.dirname, '..')
const run = (command, args, options = {}) => spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status ?? 1
const must = (command, args) => {
  const status = run(command, args)
  if (status !== 0) process.exit(status)
}

ensureBrowser()
must('npm', ['run', '--silent', 'check'])
build()
// The closed loop at a small size; `npm run test:truth` is the whole.
process.env.TRUTH_MINUTES ??= '12'
process.env.TRUTH_INSTANTS ??= '12'
// One Kafka broker for all projects: the first test that needs it starts it in this folder.
process.env.KAFKA_TEST_DIR = mkdtempSync(join(tmpdir(), 'callboard-test-kafka-'))
const status = run(process.execPath, [resolve(root, 'node_modules/vitest/vitest.mjs'), 'run'])
await stopTestBroker(process.env.KAFKA_TEST_DIR)
process.exit(status)

function ensureBrowser() {
  if (existsSync('/usr/bin/chromium') || process.env.CHROMIUM_PATH) return
  const isDebianRoot = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')
  if (!isDebianRoot) {
    console.error(
      'The end-to-end tests need Chromium: install it as /usr/bin/chromium, or set CHROMIUM_PATH to a Chromium or Chrome binary.',
    )
    process.exit(2)
  }
  console.error('Installing Chromium for the end-to-end tests …')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const quiet = { env, stdio: ['ignore', 'ignore', 'inherit'] }
  run('apt-get', ['update', '-qq'], quiet)
  const status = run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium'], quiet)
  if (status !== 0) {
    console.error('apt-get could not install chromium; install it by hand and run the tests again.')
    process.exit(status)
  }
}
