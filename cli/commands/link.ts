import type { Command } from 'commander'
import { print, runCommand } from '../run-command.ts'
import { addressOf, clientOf, withServerFlags, type ServerFlags } from '../server-options.ts'

export function addLinkCommand(program: Command): void {
  withServerFlags(program.command('link').description('a new link that signs one more browser in')).action((flags: ServerFlags) =>
    runCommand(flags.json === true, async () => {
      const { code } = await (await clientOf(flags)).call<{ code: string }>('POST', '/session/codes')
      const url = `${addressOf(flags).url.replace(/\/$/, '')}/#code=${code}`
      print(flags.json === true, { url }, url)
    }),
  )
}
