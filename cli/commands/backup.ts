import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as rest } from 'node:timers/promises'
import type { Command } from 'commander'
import { readConfig } from '#config'
import { backupOffline, restoreOffline } from '#offline'
import { NoServer } from '../client.ts'
import { print, runCommand } from '../run-command.ts'
import { addressOf, clientOf, withServerFlags, type ServerFlags } from '../server-options.ts'

interface Backup {
  state: 'none' | 'running' | 'done' | 'failed'
  bytes: number | null
  seconds: number | null
  problem: string | null
}

const POLL_MS = 200

export function addBackupCommands(program: Command): void {
  withServerFlags(
    program.command('backup <folder>').description('copy the data folder into a new folder, while the server runs or while it does not'),
  ).action((folder: string, flags: ServerFlags) =>
    runCommand(flags.json === true, async () => {
      const full = resolve(folder)
      const { bytes, seconds } = await backUp(full, flags)
      print(
        flags.json === true,
        { folder: full, bytes, seconds },
        `${full}: ${((bytes ?? 0) / 1e6).toFixed(1)} MB in ${(seconds ?? 0).toFixed(1)} s`,
      )
    }),
  )
  program
    .command('restore <folder>')
    .description('make a data folder from a backup; the data folder must be new or empty')
    .option('--data-dir <dir>', 'the data folder to be made', process.env['CALLBOARD_DATA_DIR'] ?? './data')
    .option('--config <file>', 'YAML file with settings')
    .option('--json', 'print JSON')
    .action((folder: string, flags: { dataDir: string; config?: string; json?: boolean }) =>
      runCommand(flags.json === true, async () => {
        const config = readConfig({ ...process.env, CALLBOARD_DATA_DIR: flags.dataDir }, flags.config)
        const { createdAt, figures } = await restoreOffline(resolve(folder), config)
        const rows = figures ? Object.entries(figures).map(([table, { rows: n }]) => `${table} ${n}`) : []
        print(
          flags.json === true,
          { dataDir: resolve(flags.dataDir), createdAt, figures },
          `${resolve(flags.dataDir)} is as it was at ${createdAt}${rows.length > 0 ? `: ${rows.join(', ')} rows, checked` : ''}`,
        )
      }),
    )
}

async function backUp(folder: string, flags: ServerFlags): Promise<Pick<Backup, 'bytes' | 'seconds'>> {
  const client = await clientOf(flags)
  try {
    let state = await client.call<Backup>('POST', '/backups', { type: 'application/json', text: JSON.stringify({ folder }) })
    while (state.state === 'running') {
      await rest(POLL_MS)
      state = await client.call<Backup>('GET', '/backups/last')
    }
    if (state.state !== 'done') throw new Error(state.problem ?? 'the backup failed')
    return state
  } catch (error) {
    if (!(error instanceof NoServer) || addressOf(flags).isGiven) throw error
    if (!existsSync(flags.dataDir)) throw new Error(`no server answers, and there is no data folder ${flags.dataDir}`, { cause: error })
    return backupOffline(folder, readConfig({ ...process.env, CALLBOARD_DATA_DIR: flags.dataDir }))
  }
}
