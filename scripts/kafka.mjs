#!/usr/bin/env node
// A real single-node Apache Kafka 4.x broker for tests and benches: plain `java`, jars through `mvn`, no container.
//
//   node scripts/kafka.mjs start [--data DIR] [--port N]    prints {"brokers":"127.0.0.1:PORT","pid":N} when ready
//   node scripts/kafka.mjs stop  [--data DIR]
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Kafka, logLevel } from 'kafkajs'

const here = dirname(fileURLToPath(import.meta.url))
const templates = join(here, 'kafka')
const cacheDir = resolve(here, '..', '.kafka')
const DEFAULT_DATA_DIR = join(cacheDir, 'data')
const START_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 20_000

const HEAP = ['-Xms256m', '-Xmx512m']
const JVM = ['-XX:+UseG1GC', '-XX:MaxGCPauseMillis=20', '-XX:+ExplicitGCInvokesConcurrent', '-Djava.awt.headless=true']

/** A tool this script needs is absent; the command line answers with exit code 2. */
export class MissingToolError extends Error {
  /** @param {string[]} tools */
  constructor(tools) {
    super(`cannot start Kafka: ${tools.join(' and ')} not found on PATH (needs a JDK 17 or newer, and Maven to fetch the jars)`)
    this.name = 'MissingToolError'
    this.tools = tools
  }
}

/** @param {string} tool @param {string} versionFlag */
const isRunnable = (tool, versionFlag) => spawnSync(tool, [versionFlag], { stdio: 'ignore' }).status === 0

/** What is missing on this machine; tests skip on it. @returns {string[]} */
export function missingKafkaTools() {
  const missing = isRunnable('java', '-version') ? [] : ['java']
  return existsSync(classPathFile()) || isRunnable('mvn', '-version') ? missing : [...missing, 'mvn']
}

function kafkaVersion() {
  const pinned = /<kafka\.version>(.+?)<\/kafka\.version>/.exec(readFileSync(join(templates, 'pom.xml'), 'utf8'))?.[1]
  return process.env.KAFKA_VERSION ?? pinned ?? ''
}

const classPathFile = () => join(cacheDir, `cp-${kafkaVersion()}.txt`)

/** @param {string} file */
function isComplete(file) {
  return (
    existsSync(file) &&
    readFileSync(file, 'utf8')
      .trim()
      .split(':')
      .every((jar) => existsSync(jar))
  )
}

/** Jars are resolved once into a class path file; Maven's own local repository holds them. */
function classPath() {
  const file = classPathFile()
  if (!isComplete(file)) {
    rmSync(file, { force: true })
    const missing = missingKafkaTools()
    if (missing.length > 0) throw new MissingToolError(missing)
    mkdirSync(cacheDir, { recursive: true })
    const part = `${file}.${process.pid}`
    const args = ['-q', '-B', '-f', join(templates, 'pom.xml'), 'dependency:build-classpath', '-Dmdep.includeScope=runtime']
    const run = spawnSync('mvn', [...args, `-Dmdep.outputFile=${part}`, `-Dkafka.version=${kafkaVersion()}`], {
      stdio: ['ignore', 2, 2],
      timeout: 600_000,
    })
    if (run.status !== 0) throw new Error('mvn could not resolve the Kafka jars (see its output above)')
    renameSync(part, file)
  }
  return readFileSync(file, 'utf8').trim()
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer()
    probe.once('error', fail)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => (address && typeof address === 'object' ? done(address.port) : fail(new Error('no port'))))
    })
  })
}

const recordFile = (/** @type {string} */ dataDir) => join(dataDir, 'broker.json')

/**
 * @typedef {{ brokerPort: number, controllerPort: number, saslPort?: number, pid?: number }} BrokerRecord
 * @param {string} dataDir
 * @returns {BrokerRecord | undefined}
 */
function readRecord(dataDir) {
  return existsSync(recordFile(dataDir)) ? JSON.parse(readFileSync(recordFile(dataDir), 'utf8')) : undefined
}

/** @param {string} dataDir @param {BrokerRecord} record */
const writeRecord = (dataDir, record) => writeFileSync(recordFile(dataDir), JSON.stringify(record))

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A recorded pid may have been reused by another process since: its command line must name our folder. */
function isOurBroker(/** @type {number} */ pid, /** @type {string} */ dataDir) {
  if (!isAlive(pid)) return false
  const run = spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' })
  return run.error ? true : run.stdout.includes(join(dataDir, 'server.properties'))
}

/** A second listener where clients have to sign in. @param {number} port @param {Record<string, string>} users */
function saslLines(port, users) {
  const list = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`)
  const [first] = Object.entries(users)
  const module = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
  return [
    `sasl.enabled.mechanisms=PLAIN`,
    `listener.name.signed_in.plain.sasl.jaas.config=${module} username="${first?.[0]}" password="${first?.[1]}" ${list.join(' ')};`,
    `listeners=PLAINTEXT://127.0.0.1:@BROKER_PORT@,SIGNED_IN://127.0.0.1:${port},CONTROLLER://127.0.0.1:@CONTROLLER_PORT@`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:@BROKER_PORT@,SIGNED_IN://127.0.0.1:${port},CONTROLLER://127.0.0.1:@CONTROLLER_PORT@`,
    `listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SIGNED_IN:SASL_PLAINTEXT`,
  ].join('\n')
}

/** @param {string} dataDir @param {BrokerRecord} ports @param {Record<string, string> | undefined} users */
function writeConfig(dataDir, ports, users) {
  const template = readFileSync(join(templates, 'server.properties'), 'utf8')
  // Of a name that stands twice, the last counts.
  const text = (users && ports.saslPort ? `${template}\n${saslLines(ports.saslPort, users)}\n` : template)
    .replaceAll('@BROKER_PORT@', String(ports.brokerPort))
    .replaceAll('@CONTROLLER_PORT@', String(ports.controllerPort))
    .replaceAll('@DATA_DIR@', dataDir)
  writeFileSync(join(dataDir, 'server.properties'), text)
}

const log4j = `-Dlog4j2.configurationFile=${join(templates, 'log4j2.properties')}`

/** @param {string} cp @param {string} dataDir */
function formatStorage(cp, dataDir) {
  if (existsSync(join(dataDir, 'log', 'meta.properties'))) return
  // A cluster id is any 16 bytes in URL-safe base 64 without a leading dash (the tool would take it for an option).
  const clusterId = Buffer.from(crypto.getRandomValues(new Uint8Array(16)))
    .toString('base64url')
    .replace(/^-/, 'A')
  const args = ['format', '--standalone', '-t', clusterId, '-c', join(dataDir, 'server.properties')]
  const run = spawnSync('java', ['-Xmx128m', '-XX:TieredStopAtLevel=1', '-cp', cp, log4j, 'kafka.tools.StorageTool', ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  if (run.status !== 0) throw new Error(`formatting the Kafka data folder failed:\n${run.stdout}${run.stderr}`)
}

/** @param {string} cp @param {string} dataDir @param {Record<string, string>} overrides */
function spawnBroker(cp, dataDir, overrides) {
  const log = openSync(join(dataDir, 'kafka.log'), 'a')
  const extra = Object.entries(overrides).flatMap(([key, value]) => ['--override', `${key}=${value}`])
  const args = [...HEAP, ...JVM, log4j, `-Dkafka.logs.dir=${dataDir}`, '-cp', cp, 'kafka.Kafka']
  const child = spawn('java', [...args, join(dataDir, 'server.properties'), ...extra], {
    cwd: dataDir,
    detached: true,
    stdio: ['ignore', log, log],
  })
  closeSync(log)
  child.unref()
  if (child.pid === undefined) throw new MissingToolError(['java'])
  return { child, pid: child.pid }
}

const tailOfLog = (/** @type {string} */ dataDir) => readFileSync(join(dataDir, 'kafka.log'), 'utf8').split('\n').slice(-25).join('\n')

/** @param {string} brokers */
async function answers(brokers) {
  const kafka = new Kafka({
    brokers: [brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 2000,
    retry: { retries: 0 },
  })
  const admin = kafka.admin()
  try {
    await admin.connect()
    return (await admin.describeCluster()).brokers.length === 1
  } catch {
    return false
  } finally {
    await admin.disconnect().catch(() => {})
  }
}

/** @param {{ pid: number, dataDir: string, brokers: string }} broker */
async function waitUntilReady({ pid, dataDir, brokers }) {
  const deadline = Date.now() + START_TIMEOUT_MS
  while (Date.now() < deadline) {
    if (!isAlive(pid)) throw new Error(`Kafka ended while starting:\n${tailOfLog(dataDir)}`)
    if (await answers(brokers)) return
    await sleep(100)
  }
  process.kill(pid, 'SIGKILL')
  throw new Error(`Kafka did not answer within ${START_TIMEOUT_MS} ms:\n${tailOfLog(dataDir)}`)
}

/** @param {number} pid */
async function endProcess(pid) {
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
    if (!isAlive(pid)) return
    process.kill(pid, signal)
    const deadline = Date.now() + STOP_TIMEOUT_MS
    while (isAlive(pid) && Date.now() < deadline) await sleep(50)
  }
}

/**
 * Starts a broker and resolves once it answers. A data folder keeps its ports and cluster id, so the same folder can
 * be stopped, killed and started again. Without `dataDir` a temporary one is made, and removed by `stop()`.
 * @param {{ dataDir?: string, port?: number, overrides?: Record<string, string>, keepAlive?: boolean, users?: Record<string, string> }} [options]
 *   `overrides`: broker settings; `keepAlive`: the broker outlives this process (the command line needs that); `users`: names and
 *   passwords (SASL PLAIN) for a second listener, `signInBrokers`
 */
export async function startKafka({ dataDir, port, overrides = {}, keepAlive = false, users } = {}) {
  const missing = missingKafkaTools()
  if (missing.length > 0) throw new MissingToolError(missing)
  const dir = dataDir ? resolve(dataDir) : mkdtempSync(join(tmpdir(), 'callboard-kafka-'))
  mkdirSync(dir, { recursive: true })
  const known = readRecord(dir)
  if (known?.pid && isOurBroker(known.pid, dir)) throw new Error(`a broker already runs on ${dir} (pid ${known.pid})`)

  /** @type {BrokerRecord} */
  const ports = {
    brokerPort: port ?? known?.brokerPort ?? (await freePort()),
    controllerPort: known?.controllerPort ?? (await freePort()),
    ...(users ? { saslPort: known?.saslPort ?? (await freePort()) } : {}),
  }
  const cp = classPath()
  writeConfig(dir, ports, users)
  formatStorage(cp, dir)
  const { child, pid } = spawnBroker(cp, dir, overrides)
  writeRecord(dir, { ...ports, pid })
  const killNow = () => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
  if (!keepAlive) {
    process.once('exit', killNow)
    child.once('exit', () => process.removeListener('exit', killNow))
  }

  const brokers = `127.0.0.1:${ports.brokerPort}`
  await waitUntilReady({ pid, dataDir: dir, brokers })
  const stop = async () => {
    await endProcess(pid)
    if (!dataDir) rmSync(dir, { recursive: true, force: true })
  }
  return { brokers, signInBrokers: ports.saslPort ? `127.0.0.1:${ports.saslPort}` : undefined, pid, dataDir: dir, stop }
}

/**
 * Ends the broker recorded in a data folder.
 * @param {string} dataDir
 * @returns {Promise<boolean>} whether one was running
 */
export async function stopKafka(dataDir) {
  const dir = resolve(dataDir)
  const pid = readRecord(dir)?.pid
  if (pid === undefined || !isOurBroker(pid, dir)) return false
  await endProcess(pid)
  return true
}

const USAGE = 'usage: kafka.mjs start|stop [--data DIR] [--port N]'

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { data: { type: 'string' }, port: { type: 'string' } },
  })
  const dataDir = values.data ?? DEFAULT_DATA_DIR
  const port = values.port === undefined ? undefined : Number(values.port)
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) throw new Error(`--port ${values.port}: not a port`)
  if (positionals[0] === 'start') {
    const { brokers, pid } = await startKafka({ dataDir, ...(port === undefined ? {} : { port }), keepAlive: true })
    console.log(JSON.stringify({ brokers, pid }))
  } else if (positionals[0] === 'stop') {
    console.log(JSON.stringify({ stopped: await stopKafka(dataDir) }))
  } else {
    throw new Error(USAGE)
  }
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(error instanceof MissingToolError || !(error instanceof Error) ? String(error.message ?? error) : error.message)
    process.exitCode = error instanceof MissingToolError ? 2 : 1
  })
}
