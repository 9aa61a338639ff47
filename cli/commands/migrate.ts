import type { Command } from 'commander'
import { readConfig } from '#config'
import { migrateOffline } from '#offline'
import { print, runCommand } from '../run-command.ts'

export function addMigrateCommand(program: Command): void {
  program
    .command('migrate')
    .description('bring the analytics store to the newest schema; a server does this by itself when it starts')
    .option('--config <file>', 'YAML file with settings')
    .option('--json', 'print JSON')
    .action((flags: { config?: string; json?: boolean }) =>
      runCommand(flags.json === true, async () => {
        const applied = await migrateOffline(readConfig(process.env, flags.config))
        print(flags.json === true, { applied }, applied.length === 0 ? 'nothing to do' : `applied ${applied.join(', ')}`)
      }),
    )
}
