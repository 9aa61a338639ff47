import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { systemClock } from '#kernel/clock'
import { silentTelemetry } from '#kernel/telemetry'
import { callServer } from './server.ts'
import { createEmbeddedStore } from '#storage/embedded/supervisor'

const command = resolve(import.meta.dirname, '../../bin/callboard.mjs')

export interface RoleProcess {
  pid: number
  /** Of the API; empty for other roles. */
  url: string
  metricsUrl: string
  dataDir: string
  errors(): string
  call<T>(method: string, path: string, body?: unknown, type?: string): Promise<{ status: number; body: T }>
  kill(): Promise<void>
  stop(): Promise<void>
}

/** One role in a process of its own, in `dataDir` or a new folder. `stop` takes a new folder away. */
export async function startRole(
  role: 'ingest' | 'process' | 'api',
  settings: Record<string, string>,
  dataDir?: string,
): Promise<RoleProcess> {
  const dir = dataDir ?? mkdtempSync(join(tmpdir(), `callboard-${role}-`))
  const env = {
    ...process.env,
    CALLBOARD_DATA_DIR: dir,
    CALLBOARD_HTTP_PORT: '0',
    CALLBOARD_METRICS_PORT: '0',
    CALLBOARD_LOG: 'kafka',
    ...settings,
  }
  const child: ChildProcess = spawn(process.execPath, [command, role, '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr!.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-20_000)))
  const line = await Promise.race([
    new Promise<string>((done) => createInterface({ input: child.stdout! }).once('line', done)),
    new Promise<never>((_, fail) => child.once('exit', (code) => fail(new Error(`callboard ${role} ended with ${code}: ${stderr}`)))),
  ])
  const told = JSON.parse(line) as { url?: string; metricsUrl: string; pid: number }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((done) => child.once('exit', done))
    child.kill(signal)
    await gone
  }
  return {
    pid: told.pid,
    url: told.url ?? '',
    metricsUrl: told.metricsUrl,
    dataDir: dir,
    errors: () => stderr,
    call: (method, path, body, type) => callServer(told.url ?? '', dir, method, path, body, type),
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM')
      if (dataDir === undefined) rmSync(dir, { recursive: true, force: true })
    },
  }
}

/** The embedded engine behind an address of its own, for processes that share one: it speaks ClickHouse's HTTP protocol, but is no ClickHouse server. */
export async function startSharedStore(): Promise<{ url: string; stop(): Promise<void> }> {
  const dataDir = mkdtempSync(join(tmpdir(), 'callboard-store-'))
  const engine = createEmbeddedStore({ dataDir, clock: systemClock, telemetry: silentTelemetry })
  await engine.start()
  const server = createServer((incoming, outgoing) => {
    const target = new URL(incoming.url ?? '/', engine.url)
    const headers = { ...incoming.headers, ...engine.headers, host: target.host }
    const forwarded = request(target, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forwarded.on('error', () => outgoing.destroy())
    incoming.pipe(forwarded)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
      await engine.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
