import type { Command } from 'commander'
import { print, runCommand } from '../run-command.ts'
import { clientOf, withServerFlags, type ServerFlags } from '../server-options.ts'

interface DeadLetter {
  time: string
  source: string
  reason: string
  message: string
  origin: string
}

export function addDeadLettersCommand(program: Command): void {
  const group = program.command('dead-letters').description('what could not be taken in')
  withServerFlags(group.command('list').description('newest first'))
    .option('--limit <n>', 'how many at most', '50')
    .action((flags: ServerFlags & { limit: string }) =>
      runCommand(flags.json === true, async () => {
        const client = await clientOf(flags)
        const { items } = await client.call<{ items: DeadLetter[] }>('GET', `/dead-letters?limit=${encodeURIComponent(flags.limit)}`)
        const lines = items.map((d) => `${d.time}  ${d.source}  ${d.reason}  ${d.message}  (${d.origin})`)
        print(flags.json === true, items, lines.length === 0 ? 'no dead letters' : lines.join('\n'))
      }),
    )
}
