import { drainPending, Session } from 'chdb'
import { pause, type Clock } from '#kernel/clock'
import { formatOf, literal, sessionSetup, type StatementRequest } from './request.ts'
import type { DetachedPart, EngineCaps } from './messages.ts'

/**
 * chDB in this process. Only the child process may hold one: a crash of the engine takes the process with it, and after a fatal
 * signal it hangs for minutes.
 */
export interface Engine {
  /** Runs one statement in a session of its own, so that its settings and parameters die with it. Aborting kills the statement. */
  run(sql: string, request: StatementRequest, signal: AbortSignal): Promise<EngineAnswer>
  /** Resolves when the engine answers; does not wait behind statements. */
  ping(): Promise<void>
  describe(): Promise<{ version: string; detachedParts: DetachedPart[] }>
  close(): Promise<void>
}

export interface EngineAnswer {
  bytes: Uint8Array
  rowsRead: number
  bytesRead: number
  elapsedSeconds: number
}

/** Nothing runs longer, whatever the caller asks for by leaving the setting out. */
const MAX_SECONDS = 60
const KILL_AGAIN_AFTER_MS = 50

/** `backupsDir`: the only place the engine may write backups to and read them from. */
export function openEngine({ path, backupsDir }: { path: string; backupsDir: string }, caps: EngineCaps, clock: Clock): Engine {
  const keeper = new Session(path, { connectionArgs: [...engineArguments(caps), `--backups.allowed_path=${backupsDir}`] })
  // A session runs one statement at a time; kills must not wait behind a ping, nor a ping behind a kill.
  const pinger = new Session(path)
  const gate = createGate(caps.concurrentStatements)

  const runInSession = async (sql: string, request: StatementRequest, signal: AbortSignal): Promise<EngineAnswer> => {
    const session = new Session(path)
    try {
      await session.queryAsync(sessionSetup(request, MAX_SECONDS))
      signal.throwIfAborted()
      const running = session.queryAsync(`${mark(request.tag)} ${sql}`, { format: formatOf(sql, request.format) })
      const stopKilling = killOnAbort(request.tag, signal)
      try {
        const result = await running
        return { bytes: result.bytes(), rowsRead: result.rowsRead, bytesRead: result.bytesRead, elapsedSeconds: result.elapsed }
      } finally {
        stopKilling()
      }
    } finally {
      session.close()
    }
  }

  /** Kills until the caller says that the statement has settled: the first try may come before the engine lists the statement. */
  const killOnAbort = (tag: string, signal: AbortSignal): (() => void) => {
    const settled = new AbortController()
    const kill = async (): Promise<void> => {
      while (!settled.signal.aborted) {
        // ASYNC: the waiting form never returned in trials.
        await keeper.queryAsync(`KILL QUERY WHERE startsWith(query, ${literal(mark(tag))}) ASYNC`).catch(() => undefined)
        await pause(clock, KILL_AGAIN_AFTER_MS, settled.signal)
      }
    }
    const onAbort = (): void => void kill()
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true, signal: settled.signal })
    return () => settled.abort()
  }

  return {
    async run(sql, request, signal) {
      await gate.enter()
      try {
        signal.throwIfAborted()
        return await runInSession(sql, request, signal)
      } finally {
        gate.leave()
      }
    },
    ping: async () => void (await pinger.queryAsync('SELECT 1')),
    async describe() {
      const versions = await keeper.queryAsync('SELECT version()', { format: 'TabSeparated' })
      // An interrupted mutation or a part with missing files is set aside without an error; somebody must be told.
      const parts = await keeper.queryAsync(
        `SELECT database, table, name AS part, ifNull(reason, '') AS reason FROM system.detached_parts WHERE reason != '' LIMIT 100`,
        { format: 'JSONEachRow' },
      )
      const lines = parts.text().split('\n').filter(Boolean)
      return { version: versions.text().trim(), detachedParts: lines.map((line) => JSON.parse(line) as DetachedPart) }
    },
    async close() {
      await drainPending()
      pinger.close()
      keeper.close()
    },
  }
}

const mark = (tag: string): string => `/*${tag}*/`

function engineArguments(caps: EngineCaps): string[] {
  const spillBytes = Math.floor(caps.statementMemoryBytes / 2)
  const cacheBytes = 64 * 1024 * 1024
  return Object.entries({
    max_server_memory_usage: caps.memoryBytes,
    max_memory_usage: caps.statementMemoryBytes,
    max_bytes_before_external_group_by: spillBytes,
    max_bytes_before_external_sort: spillBytes,
    // Their own ceilings are 5 GB each.
    mark_cache_size: cacheBytes,
    index_mark_cache_size: cacheBytes,
    primary_index_cache_size: cacheBytes,
    uncompressed_cache_size: 0,
    output_format_json_quote_64bit_integers: 1,
  }).map(([name, value]) => `--${name}=${value}`)
}

function createGate(places: number): { enter(): Promise<void>; leave(): void } {
  let free = places
  const waiting: (() => void)[] = []
  return {
    enter() {
      if (free > 0) {
        free--
        return Promise.resolve()
      }
      return new Promise((resolve) => waiting.push(resolve))
    },
    leave() {
      const next = waiting.shift()
      if (next) next()
      else free++
    },
  }
}
