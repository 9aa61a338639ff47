import { Command } from 'commander'
import { addBackupCommands } from './commands/backup.ts'
import { addDeadLettersCommand } from './commands/dead-letters.ts'
import { addDoctorCommand } from './commands/doctor.ts'
import { addKeysCommand } from './commands/keys.ts'
import { addLinkCommand } from './commands/link.ts'
import { addMigrateCommand } from './commands/migrate.ts'
import { addRoleCommands } from './commands/roles.ts'
import { addReplayCommand } from './commands/replay.ts'
import { addSimulateCommand } from './commands/simulate.ts'
import { readVersion } from '#kernel/node/version'
import { addUpCommand } from './commands/up.ts'

/** `callboard <command>`: every command has --help and --json and ends non-zero on failure. */
export function createProgram(): Command {
  const program = new Command('callboard')
    .description('Real-time analytics for Amazon Connect contact centres')
    .version(readVersion())
    .showHelpAfterError()
  addUpCommand(program)
  addRoleCommands(program)
  addReplayCommand(program)
  addSimulateCommand(program)
  addKeysCommand(program)
  addLinkCommand(program)
  addDeadLettersCommand(program)
  addDoctorCommand(program)
  addMigrateCommand(program)
  addBackupCommands(program)
  return program
}
