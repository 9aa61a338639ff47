import { fork } from 'node:child_process'
import { createRequire } from 'node:module'
import { dirname, resolve } from 'node:path'
import { eventually } from './eventually.ts'
import { testKinesis, type TestKinesis } from './kinesis.ts'

const script = createRequire(import.meta.url).resolve('kinesis-local/main.js')
const preload = resolve(import.meta.dirname, 'kinesis-local-preload.cjs')
/** It is told these ports, and gets free ones instead. */
const PLAIN = 1
const TLS = 2
const soon = Object.fromEntries(
  ['CREATE_STREAM', 'REGISTER_STREAM_CONSUMER', 'SPLIT_SHARD', 'MERGE_SHARDS'].map((what) => [`${what}_DURATION`, '10ms']),
)

/** A server that knows stream ARNs, resharding and enhanced fan-out (kinesis-local), in a process of its own, on loopback and a free port. */
export async function startKinesisLocal(): Promise<TestKinesis> {
  const child = fork(script, [], {
    cwd: dirname(script),
    execArgv: ['--require', preload],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { ...process.env, ...soon, KINESIS_MOCK_PLAIN_PORT: `${PLAIN}`, KINESIS_MOCK_TLS_PORT: `${TLS}`, LOG_LEVEL: 'ERROR' },
  })
  const ports = new Map<number, number>()
  child.on('message', ({ asked, port }: { asked: number; port: number }) => ports.set(asked, port))
  const gone = new Promise((done) => child.once('exit', done))
  const end = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
  }
  try {
    await eventually(() => ports.has(PLAIN) && ports.has(TLS), 'kinesis-local listens', 60_000)
  } catch (error) {
    await end()
    throw error
  }
  return testKinesis(`http://127.0.0.1:${ports.get(PLAIN)}`, end)
}
