import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { createServerClient, type ServerClient } from './client.ts'

export interface ServerFlags {
  url?: string
  key?: string
  dataDir: string
  json?: boolean
}

/** Flags of every command that speaks to the running server. */
export function withServerFlags(command: Command): Command {
  return command
    .option('--url <url>', 'address of the server; without it CALLBOARD_URL, or that of the server that owns the data folder')
    .option('--key <key>', 'API key; without it CALLBOARD_KEY, or the token file of a server on this machine')
    .option('--data-dir <dir>', 'data folder of a server on this machine', process.env['CALLBOARD_DATA_DIR'] ?? './data')
    .option('--json', 'print JSON')
}

const USUAL_ADDRESS = 'http://127.0.0.1:8080'

/** Where the server is, and whether somebody said so: an address that was given must answer. */
export function addressOf(flags: ServerFlags): { url: string; isGiven: boolean } {
  const given = flags.url ?? process.env['CALLBOARD_URL']
  if (given !== undefined) {
    if (!URL.canParse(given)) throw new Error(`--url ${given} is not an address`)
    return { url: given, isGiven: true }
  }
  const file = join(flags.dataDir, 'address')
  return { url: existsSync(file) ? readFileSync(file, 'utf8').trim() : USUAL_ADDRESS, isGiven: false }
}

export function clientOf(flags: ServerFlags): Promise<ServerClient> {
  return createServerClient({ url: addressOf(flags).url, key: flags.key, dataDir: flags.dataDir })
}
