import { InvalidArgumentError, Option, type Command } from 'commander'
import { kindsByPath, type KindPath } from '#events/envelope'
import { replay } from '../replay.ts'
import { print, runCommand } from '../run-command.ts'
import { clientOf, withServerFlags, type ServerFlags } from '../server-options.ts'

type Flags = ServerFlags & { kind?: KindPath; speed: number | 'max'; rebase?: boolean }

export function addReplayCommand(program: Command): void {
  withServerFlags(
    program.command('replay <path>').description('send recorded events (a file, a folder, or - for standard input) to the running server'),
  )
    .addOption(new Option('--kind <kind>', 'kind of the events; else told by folder name or content').choices(Object.keys(kindsByPath)))
    .option('--speed <n>', 'times real time, or max', parseSpeed, 'max' as number | 'max')
    .option('--rebase', 'move the newest event to now, so that boards and rules see them; without it old events go to history')
    .action((path: string, flags: Flags) =>
      runCommand(flags.json === true, async () => {
        const onProgress =
          process.stderr.isTTY && flags.json !== true
            ? (sent: number, total: number) => process.stderr.write(`\r${sent} of ${total} sent`)
            : undefined
        const client = await clientOf(flags)
        if ((await client.call<{ demo: boolean }>('GET', '/session')).demo)
          console.error('note: this server plays demo data, which are renewed at each start; set CALLBOARD_DEMO=off to keep your own')
        const result = await replay(client, path, {
          kind: flags.kind,
          speed: flags.speed,
          rebase: flags.rebase === true,
          ...(onProgress ? { onProgress } : {}),
        })
        if (onProgress) process.stderr.write('\n')
        const { files, sent, accepted, duplicate, deadLettered } = result
        print(
          flags.json === true,
          result,
          `${files} files, ${sent} events sent: ${accepted} accepted, ${duplicate} duplicate, ${deadLettered} dead-lettered`,
        )
      }),
    )
}

function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return text
  const speed = Number(text)
  if (!(speed > 0)) throw new InvalidArgumentError('a number above 0, or max')
  return speed
}
