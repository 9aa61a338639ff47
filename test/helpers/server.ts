import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

const command = resolve(import.meta.dirname, '../../bin/callboard.mjs')

export interface TestServer {
  url: string
  signInUrl: string
  metricsUrl: string
  dataDir: string
  pid: number
  /** Calls the API with the local token; a body is sent as JSON unless it is text. */
  call<T>(method: string, path: string, body?: unknown, type?: string): Promise<{ status: number; body: T }>
  /** Everything the process wrote to standard error. */
  errors(): string
  /** SIGKILL: no goodbye. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  terminate(): Promise<number | null>
  stop(): Promise<void>
  /** Starts again on the same data folder and port. */
  restart(): Promise<void>
}

/** Calls the API with the local token of the data folder. */
export async function callServer<T>(
  url: string,
  dataDir: string,
  method: string,
  path: string,
  body?: unknown,
  type = 'application/json',
): Promise<{ status: number; body: T }> {
  const token = readFileSync(join(dataDir, 'local-token'), 'utf8').trim()
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': type }) },
    ...(body === undefined
      ? {}
      : { body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, body: (text === '' ? undefined : JSON.parse(text)) as T }
}

/** A real `callboard up` in a process of its own, on a random port and a folder that goes away with `stop`. */
export async function startServer(settings: Record<string, string> = {}): Promise<TestServer> {
  const dataDir = settings['CALLBOARD_DATA_DIR'] ?? mkdtempSync(join(tmpdir(), 'callboard-test-'))
  let child: ChildProcess
  let stderr = ''
  let port = '0'
  const server = { dataDir } as TestServer

  const start = async (): Promise<void> => {
    const env = {
      ...process.env,
      CALLBOARD_DATA_DIR: dataDir,
      CALLBOARD_HTTP_PORT: port,
      CALLBOARD_METRICS_PORT: '0',
      CALLBOARD_DEMO: 'off',
      ...settings,
    }
    child = spawn(process.execPath, [command, 'up', '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stderr!.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-4_000_000)))
    const line = await Promise.race([
      new Promise<string>((done) => createInterface({ input: child.stdout! }).once('line', done)),
      new Promise<never>((_, fail) => child.once('exit', (code) => fail(new Error(`the server ended with ${code}: ${stderr}`)))),
    ])
    const told = JSON.parse(line) as { url: string; signInUrl: string; metricsUrl: string; pid: number }
    Object.assign(server, told)
    port = new URL(told.url).port
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await gone
  }

  Object.assign(server, {
    call: (method: string, path: string, body?: unknown, type?: string) => callServer(server.url, dataDir, method, path, body, type),
    errors: () => stderr,
    kill: () => end('SIGKILL'),
    async terminate() {
      await end('SIGTERM')
      return child.exitCode
    },
    async stop() {
      await end('SIGTERM')
      rmSync(dataDir, { recursive: true, force: true })
    },
    async restart() {
      await end('SIGKILL')
      await start()
    },
  })
  try {
    await start()
  } catch (error) {
    rmSync(dataDir, { recursive: true, force: true })
    throw error
  }
  return server
}
