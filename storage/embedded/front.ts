/**
 * Entry point of the child process that holds the embedded engine. It is started by `supervisor.ts` only, takes its settings over
 * IPC, and listens on loopback. It ends when told to, or at once when its parent goes away.
 */
import { once } from 'node:events'
import { mkdirSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { systemClock } from '#kernel/clock'
import { messageOf } from '#kernel/errors'
import { openEngine, type Engine } from './engine.ts'
import { createHttpServer } from './http-server.ts'
import { BACKUPS_FOLDER, type FromChild, type ToChild } from './messages.ts'

let running: { engine: Engine; server: Server } | undefined

function tell(message: FromChild): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send(message, undefined, undefined, () => resolve())
    else resolve()
  })
}

async function open({ dataDir, key, port, caps }: Extract<ToChild, { type: 'open' }>): Promise<void> {
  const tmpDir = join(dataDir, 'incoming')
  mkdirSync(join(dataDir, 'engine'), { recursive: true, mode: 0o700 })
  const engine = openEngine({ path: join(dataDir, 'engine'), backupsDir: join(dataDir, BACKUPS_FOLDER) }, caps, systemClock)
  // Only now: the engine's lock proves that no other process writes its rows there.
  rmSync(tmpDir, { recursive: true, force: true })
  mkdirSync(tmpDir, { mode: 0o700 })
  const server = createHttpServer({ engine, key, tmpDir })
  running = { engine, server }
  const about = await engine.describe()
  await listen(server, port)
  await tell({ type: 'ready', port: (server.address() as AddressInfo).port, ...about })
}

async function openOrFail(message: Extract<ToChild, { type: 'open' }>): Promise<void> {
  try {
    await open(message)
  } catch (error) {
    await tell({ type: 'failed', message: messageOf(error) })
    process.exit(1)
  }
}

/** The port of the former child if it is still free, so that callers need not learn a new one. */
async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if (port === 0 || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    await listen(server, 0)
  }
}

async function stop(): Promise<void> {
  if (running) {
    const { server, engine } = running
    await new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeIdleConnections()
    })
    await engine.close()
  }
  process.exit(0)
}

process.on('message', (message: ToChild) => {
  if (message.type === 'stop') void stop()
  else void openOrFail(message)
})
// A normal exit waits for running statements; a kill does not, and is safe for what was acknowledged.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
// A terminal or a service manager signals the whole group; the parent must be able to flush before the store goes.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined)
