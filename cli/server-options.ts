import type { Command } from 'commander'
import { createServerClient, type ServerClient } from './client.ts'

export interface ServerFlags {
  url: string
  key?: string
  dataDir: string
  json?: boolean
}

/** Flags of every command that speaks to the running server. */
export function withServerFlags(command: Command): Command {
  return command
    .option('--url <url>', 'address of the server', process.env['CALLBOARD_URL'] ?? 'http://127.0.0.1:8080')
    .option('--key <key>', 'API key; without it CALLBOARD_KEY, or the token file of a server on this machine')
    .option('--data-dir <dir>', 'data folder of a server on this machine', process.env['CALLBOARD_DATA_DIR'] ?? './data')
    .option('--json', 'print JSON')
}

export function clientOf(flags: ServerFlags): Promise<ServerClient> {
  return createServerClient({ url: flags.url, key: flags.key, dataDir: flags.dataDir })
}
