/** What the supervisor and its child say to each other over IPC. The key travels here so that it is in no argument list and no environment. */

export interface EngineCaps {
  /** Ceiling for the whole engine, bytes. */
  memoryBytes: number
  /** Ceiling for one statement, bytes. */
  statementMemoryBytes: number
  /** Statements that run at once; further ones wait. Below the libuv pool size, so that pings, kills and files never wait behind them. */
  concurrentStatements: number
}

export interface DetachedPart {
  database: string
  table: string
  part: string
  reason: string
}

export type ToChild =
  | { type: 'open'; dataDir: string; key: string; port: number; caps: EngineCaps }
  /** Finish what runs, close, exit. */
  | { type: 'stop' }

export type FromChild =
  | { type: 'ready'; port: number; version: string; detachedParts: DetachedPart[] }
  | { type: 'failed'; message: string }

/** Below the store's data folder: where the engine puts backups and takes them from. */
export const BACKUPS_FOLDER = 'backups'

/** Sent with every request; without it the child answers 403. */
export const KEY_HEADER = 'x-callboard-store-key'
